/** The words of an experiment file. What a variant puts over the scenario is checked where the two are one. */
import { z } from 'zod';
import { nameWord, seedWord } from '../scenario/schema/schema.js';
import { chance, positiveDuration } from '../yaml/quantity-words.js';

const command = z
  .string()
  .min(1)
  .regex(/^[^\0]*$/, { error: 'must not hold a NUL' });

export const variantWords = z
  .object({
    prepare: command
      .optional()
      .describe('Shell command before each of its runs: puts its configuration in place.'),
    ready: command
      .optional()
      .describe('Shell command that ends with 0 once the server is ready; asked until it does.'),
    conclude: command.optional().describe('Shell command after each of its runs.'),
  })
  .catchall(z.unknown())
  .describe('What is its own: words of the scenario that differ, and commands.');

export const experimentWords = z.strictObject({
  name: nameWord.optional().describe('Name of the experiment; the name of the file when not given.'),
  scenario: z
    .union([z.string().min(1), z.record(z.string(), z.unknown())])
    .describe('The scenario that all variants run: a file, relative to this one, or its words.'),
  rounds: z.int().min(1).max(200).default(10).describe('Runs of each variant.'),
  seed: seedWord.optional().describe('Of the orders and of all draws; random when not given.'),
  margin: z
    .union([chance, z.record(z.string(), chance)])
    .default({})
    .describe('The least change that matters: for all, or by measure, with `default`.'),
  primary: z
    .array(z.string())
    .min(1)
    .max(4)
    .optional()
    .describe('Measures that decide, e.g. smtp_message_duration p(99).'),
  baseline: z
    .string()
    .optional()
    .describe('The variant that others are compared with; the first when not given.'),
  drained: command
    .optional()
    .describe('Shell command that ends with 0 once the server has nothing left to deliver.'),
  drainWithin: positiveDuration.default('5m').describe('How long that may take.'),
  readyWithin: positiveDuration.default('1m').describe('How long a server may take to be ready.'),
  variants: z
    .record(
      z.string().regex(/^(?!\d+$)[\w.-]{1,64}$/, {
        error: 'must be a name of letters, digits, `.`, `_` and `-`, and not a number',
      }),
      variantWords,
    )
    .refine((map) => Object.keys(map).length >= 2, { error: 'must hold at least two variants' })
    .describe('What is compared.'),
});

export type ExperimentWords = z.output<typeof experimentWords>;
