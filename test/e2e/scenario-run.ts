/**
 * A scenario, as it stands in a file, run on one shard in this process: what the CLI does without its processes, for
 * tests that make many runs against one real server.
 */
import { hasTags, parseKey } from '#src/metrics/key.js';
import type { Counts, OutcomeCount } from '#src/metrics/snapshot.js';
import type { MessageReport } from '#src/shard/message-report.js';
import { load } from '../scenario/load.js';
import { runShards, totalOf } from '../shard/shard-rig.js';

export interface ScenarioRun {
  readonly counts: Counts;
  /** Most frequent first. */
  readonly outcomes: readonly OutcomeCount[];
  readonly reports: readonly MessageReport[];
  /** A counter, its label sets that have these tags added up. */
  counter(name: string, tags?: Readonly<Record<string, string>>): number;
  /** How often the server answered a command with this code. */
  replies(command: string, code: number): number;
}

/** Runs the words of a scenario file with `iterations` messages from `vus` VUs. */
export async function runScenario(
  scenario: Readonly<Record<string, unknown>>,
  { iterations, vus = 1 }: { readonly iterations: number; readonly vus?: number },
): Promise<ScenarioRun> {
  const scenarios = { test: { executor: 'shared-iterations', vus, iterations } };
  const loaded = load(JSON.stringify({ seed: 1, scenarios, ...scenario }));
  const { snapshots, reports } = await runShards(loaded.scenario);
  const total = totalOf(snapshots);
  const { counts, outcomes } = total;
  total.destroy();
  const counters = snapshots.flatMap((snapshot) => Object.entries(snapshot.counters));
  const counter = (wanted: string, wantedTags = {}) =>
    counters
      .map(([key, count]) => ({ ...parseKey(key), count }))
      .filter(({ name, tags }) => name === wanted && hasTags(tags, wantedTags))
      .reduce((sum, { count }) => sum + count, 0);
  const replies = (command: string, code: number) => counter('smtp_replies', { command, code: `${code}` });
  return { counts, outcomes, reports, counter, replies };
}
