/**
 * Actions: what was to happen to the server during the run, as marks for charts.
 *
 * Read from the scenario as it is shown in a result; an entry that cannot be read, or lies behind the end, is left out.
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
