/**
 * Marks for charts: what was to happen to the server during the run, and when thresholds first failed.
 *
 * Actions are read from the scenario as it is shown in a result; an entry that cannot be read, or lies behind the end, is left out.
 */
import type { Result } from '../result/result.js';
import { durationMs } from './warmup.js';
import { isRecord } from './wording.js';

export interface Mark {
  readonly atMs: number;
  /** The user's word: foreign text. */
  readonly name: string;
}

export function actionsOf({ scenario, run }: Result): readonly Mark[] {
  const { actions } = scenario;
  if (!Array.isArray(actions)) return [];
  return actions.flatMap((action): Mark[] => {
    if (!isRecord(action) || typeof action.name !== 'string') return [];
    const atMs = durationMs(action.at);
    return atMs === null || atMs > run.durationMs ? [] : [{ atMs, name: action.name }];
  });
}

/** One mark for those that first failed at the same moment. */
export function crossingsOf({ thresholds }: Pick<Result, 'thresholds'>): readonly Mark[] {
  const byMoment = new Map<number, string[]>();
  for (const { crossedAtMs, threshold } of thresholds)
    if (crossedAtMs !== undefined)
      byMoment.set(crossedAtMs, [...(byMoment.get(crossedAtMs) ?? []), threshold]);
  return [...byMoment].map(([atMs, names]) => ({ atMs, name: `✗ ${names.join(', ')}` }));
}
