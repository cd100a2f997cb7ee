/**
 * The JSON Schema of the scenario file, for editors: the words of schema.ts, from the same source.
 *
 * Draft 2020-12. Says nothing about rules across keys. A `${NAME}` is allowed wherever the schema wants more than
 * plain text, because it is replaced before anything is checked.
 */
import { z } from 'zod';
import { scenarioWords } from './schema/schema.js';

const REFERENCE = { type: 'string', pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}' };

type Node = Record<string, unknown>;

export function scenarioJsonSchema(): Readonly<Record<string, unknown>> {
  return { title: 'mailbench scenario', ...jsonSchemaOf(scenarioWords) };
}

/** Of any file in which references are replaced. */
export function jsonSchemaOf(words: z.ZodType): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(words, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => allowReference(jsonSchema as Node),
  });
}

/** Turns `{type: integer, …}` into `anyOf` of that and a reference. */
function allowReference(node: Node): void {
  const isPlainText = node.type === 'string' && node.pattern === undefined && node.enum === undefined;
  const isScalar = ['string', 'integer', 'number', 'boolean'].includes(String(node.type));
  // The discriminator of the executors stays a bare constant: editors choose the branch by it.
  if (isPlainText || !isScalar || node.const !== undefined) return;
  const { description, default: fallback, ...constraint } = node;
  for (const key of Object.keys(node)) delete node[key];
  if (description !== undefined) node.description = description;
  if (fallback !== undefined) node.default = fallback;
  node.anyOf = [constraint, REFERENCE];
}
