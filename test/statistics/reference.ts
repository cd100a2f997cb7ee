/** Values that SciPy gave: fixtures/reference.py made them. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const bounds = z.tuple([z.number(), z.number()]).nullable();

const schema = z.object({
  signedRank: z.array(
    z.object({
      differences: z.array(z.number()),
      p: z.number(),
      estimate: z.number(),
      interval95: bounds,
      interval90: bounds,
    }),
  ),
  studentQuantile: z.array(z.object({ p: z.number(), df: z.number(), t: z.number() })),
  studentCdf: z.array(z.object({ t: z.number(), df: z.number(), p: z.number() })),
  growth: z.array(z.object({ values: z.array(z.number()), slope: z.number(), p: z.number() })),
  usl: z.array(
    z.object({
      points: z.array(z.tuple([z.number(), z.number()])),
      gamma: z.number(),
      sigma: z.number(),
      kappa: z.number(),
    }),
  ),
});

// Compiled tests stand elsewhere: from the folder of the project.
const FILE = 'test/statistics/fixtures/reference.json';

export const REFERENCE = schema.parse(JSON.parse(readFileSync(FILE, 'utf8')));
