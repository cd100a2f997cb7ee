/** The JSON Schema of behaviour files, for editors: the words of schema.ts, from the same source. Draft 2020-12. */
import { z } from 'zod';
import { behavioursFile } from './schema.js';

export function behavioursJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(behavioursFile, { io: 'input', target: 'draft-2020-12' });
  return { title: 'mailbench behaviours', ...schema };
}
