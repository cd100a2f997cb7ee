/** One scenario for each executor that there is, small, and long enough to be stopped in the middle. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutorName } from '#src/scenario/schema/schema.js';

const VUS = { preAllocatedVUs: 10, maxVUs: 60 };

/** Begins within the first second and goes on for several, unless iterations decide. */
export const EVERY_EXECUTOR: Readonly<Record<ExecutorName, object>> = {
  'shared-iterations': { executor: 'shared-iterations', vus: 8, iterations: 600 },
  'per-vu-iterations': { executor: 'per-vu-iterations', vus: 6, iterations: 70 },
  'constant-vus': { executor: 'constant-vus', vus: 4, duration: '1500ms' },
  'ramping-vus': {
    executor: 'ramping-vus',
    startVUs: 2,
    stages: [
      { duration: '700ms', target: 6 },
      { duration: '700ms', target: 1 },
      { duration: '400ms', target: 4 },
    ],
  },
  'constant-arrival-rate': {
    executor: 'constant-arrival-rate',
    rate: 150,
    duration: '2s',
    arrival: 'poisson',
    ...VUS,
  },
  'ramping-arrival-rate': {
    executor: 'ramping-arrival-rate',
    startRate: 20,
    stages: [
      { duration: '1s', target: 200 },
      { duration: '1s', target: 20 },
    ],
    ...VUS,
  },
};

/** The same, without an end that a test would reach. */
export function endless(spec: object): object {
  const long = { iterations: 10_000_000, duration: '10m', stages: [{ duration: '10m', target: 40 }] };
  return Object.fromEntries(
    Object.entries(spec).map(([key, value]) => [key, key in long ? long[key as keyof typeof long] : value]),
  );
}

/** Resolves once something was accepted, as the journal of the run in this folder says. */
export async function underway(out: string): Promise<void> {
  for (;;) {
    const [name] = existsSync(out) ? readdirSync(out).filter((entry) => entry !== 'latest') : [];
    const path = join(out, name ?? '', 'journal.ndjson');
    if (name !== undefined && existsSync(path) && readFileSync(path, 'utf8').includes('"accepted":[['))
      return;
    await sleep(20);
  }
}
