/**
 * Maps without their defaults: what single executors have instead of the scenario's own words.
 *
 * Every key may be left out, and what is left out stays away: it is the scenario's own. Checks the values that are given;
 * what they come to together with the others is checked where the two are one (executor-settings.ts).
 */
import { z } from 'zod';

/** The keys of a map that may be given alone, and of the maps in it that are named. */
export function given(map: z.ZodObject, inside: readonly string[], without: readonly string[]): z.ZodType {
  const fields = Object.entries(map.shape as Readonly<Record<string, z.ZodType>>)
    .filter(([key]) => !without.includes(key))
    .map(([key, field]) => {
      const bare = withoutDefault(field);
      const word = inside.includes(key) && bare instanceof z.ZodObject ? given(bare, [], []) : bare;
      return [key, word.optional().describe(field.description ?? '')] as const;
    });
  return z.strictObject(Object.fromEntries(fields));
}

function withoutDefault(schema: z.ZodType): z.ZodType {
  const isWrapper =
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
  return isWrapper ? withoutDefault(schema.unwrap() as z.ZodType) : schema;
}
