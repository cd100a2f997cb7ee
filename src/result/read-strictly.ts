/** Read strictly: a JSON file that we wrote, against its schema. */
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { UsageError } from '../errors.js';
import { errnoOf } from './file-error.js';

/** `problem`: why it cannot be used, with the key that is wrong. */
export function parseStrictly<T>(
  path: string,
  schema: z.ZodType<T>,
): { readonly value: T } | { readonly problem: string } {
  const json = parseJson(path);
  if ('problem' in json) return { problem: `${path} cannot be used: ${json.problem}` };
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return { value: parsed.data };
  const issue = parsed.error.issues[0]!;
  const where = issue.path.join('.') || 'the whole file';
  return { problem: `${path} cannot be used: ${where}: ${issue.message}` };
}

/** What a comparison or a search left. @throws UsageError REPORT_UNREADABLE */
export function readReport<T>(path: string, schema: z.ZodType<T>): T {
  const parsed = parseStrictly(path, schema);
  if ('value' in parsed) return parsed.value;
  throw new UsageError('REPORT_UNREADABLE', parsed.problem, {
    hint: 'It was changed by hand, or written by another version of mailbench: make it again.',
  });
}

function parseJson(path: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: JSON.parse(readFileSync(path, 'utf8')) };
  } catch (error) {
    return { problem: errnoOf(error) };
  }
}
