/** The JSON Schema of the experiment file, for editors: the words of words.ts, from the same source. */
import { jsonSchemaOf } from '../scenario/json-schema.js';
import { experimentWords } from './words.js';

export function experimentJsonSchema(): Readonly<Record<string, unknown>> {
  return { title: 'mailbench experiment', ...jsonSchemaOf(experimentWords) };
}
