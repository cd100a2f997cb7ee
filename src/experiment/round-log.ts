/** Round log: experiment.ndjson, what of an experiment is done. */
import { z } from 'zod';
import { TrialLog } from '../result/trial-log.js';

export const ROUND_LOG_FILE = 'experiment.ndjson';

const line = z.discriminatedUnion('type', [
  /** The first one. */
  z.strictObject({
    type: z.literal('experiment'),
    v: z.literal(1),
    name: z.string(),
    /** Of its words: it goes on only as the same. */
    digest: z.string(),
    seed: z.number(),
    variants: z.array(z.string()),
    startedAt: z.string(),
  }),
  z.strictObject({
    type: z.literal('round'),
    round: z.int().positive(),
    /** As they were run. */
    order: z.array(z.string()),
    /** Folder of each run, in `runs/`. */
    runs: z.record(z.string(), z.string()),
  }),
  z.strictObject({
    type: z.literal('void'),
    round: z.int().positive(),
    variant: z.string(),
    run: z.string(),
    reason: z.string(),
  }),
]);

export type RoundLine = z.infer<typeof line>;

export function roundLog(directory: string): TrialLog<RoundLine> {
  return new TrialLog(directory, ROUND_LOG_FILE, line);
}
