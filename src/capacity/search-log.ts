/** Search log: capacity.ndjson, the trials of a search so far. A search that goes on is told them again, in their order. */
import { z } from 'zod';
import { TrialLog } from '../result/trial-log.js';

export const SEARCH_LOG_FILE = 'capacity.ndjson';

const nullable = z.number().nullable();

const measured = {
  acceptedPerSec: nullable,
  medianMs: nullable,
  p99Ms: nullable,
  failedShare: nullable,
  deliveredMs: nullable,
};

const line = z.discriminatedUnion('type', [
  /** The first one. */
  z.strictObject({
    type: z.literal('capacity'),
    v: z.literal(1),
    /** Of scenario and options: it goes on only as the same. */
    digest: z.string(),
    seed: z.number(),
    startedAt: z.string(),
  }),
  z.strictObject({
    type: z.literal('trial'),
    purpose: z.enum(['bracket', 'narrow', 'confirm', 'probe', 'profile']),
    ratePerSec: z.number(),
    seconds: z.number(),
    verdict: z.enum(['pass', 'fail', 'void']),
    reasons: z.array(z.strictObject({ rule: z.string(), text: z.string() })),
    tookSeconds: z.number(),
    ...measured,
    /** Folder of the run, in `runs/`. */
    run: z.string(),
  }),
  z.strictObject({ type: z.literal('level'), vus: z.int(), ...measured, run: z.string() }),
]);

export type SearchLine = z.infer<typeof line>;
export type TrialLine = Extract<SearchLine, { type: 'trial' }>;
export type LevelLine = Extract<SearchLine, { type: 'level' }>;

export function searchLog(directory: string): TrialLog<SearchLine> {
  return new TrialLog(directory, SEARCH_LOG_FILE, line);
}
