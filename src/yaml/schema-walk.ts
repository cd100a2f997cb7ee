/**
 * Finds the part of a zod schema that stands for a path of the document, to tell which keys are known there.
 *
 * Unions are resolved by the kind of the value (map, list, scalar) and by the keys that must hold one certain word, such
 * as `executor`; no schema offers two maps at one place without such a key.
 */
import { z } from 'zod';
import type { KeyPath } from './key-path.js';
import { isMap, valueAt } from './source-tree.js';

/** The keys a map may have at this path; empty where any key goes, or none. */
export function knownKeysAt(schema: z.ZodType, root: unknown, path: KeyPath): readonly string[] {
  let part: z.ZodType | undefined = narrow(schema, root);
  for (const [at, step] of path.entries()) {
    const child = childOf(part, step);
    if (child === undefined) return [];
    part = narrow(child, valueAt(root, path.slice(0, at + 1)));
  }
  return part instanceof z.ZodObject ? Object.keys(part.shape) : [];
}

function childOf(schema: z.ZodType | undefined, step: string | number): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Readonly<Record<string, z.ZodType>>;
    return Object.hasOwn(shape, step) ? shape[step] : undefined;
  }
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  return undefined;
}

/** Takes off optional and default wrappers, and picks the branch of a union that this value means. */
function narrow(schema: z.ZodType, value: unknown): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return narrow(schema.unwrap() as z.ZodType, value);
  }
  if (!(schema instanceof z.ZodUnion)) return schema;
  const branches = (schema.options as readonly z.ZodType[]).map((option) => narrow(option, value));
  return branches.find((branch) => branch !== undefined && fits(branch, value));
}

function fits(schema: z.ZodType, value: unknown): boolean {
  if (Array.isArray(value)) return schema instanceof z.ZodArray;
  if (!isMap(value)) return false;
  if (schema instanceof z.ZodRecord) return true;
  if (!(schema instanceof z.ZodObject)) return false;
  return Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).every(
    ([key, word]) => !(word instanceof z.ZodLiteral) || word.safeParse(value[key]).success,
  );
}
