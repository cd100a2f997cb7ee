/** What an experiment leaves: its comparison, and, of a server against itself, the noise floor of this host. */
import { basename, join } from 'node:path';
import { makeComparison } from '../compare/comparison.js';
import type { Experiment } from '../experiment/experiment.js';
import type { FinishedRounds } from '../experiment/run-experiment.js';
import type { Comparison } from '../result/comparison.js';
import { noiseFloorOf, saveNoiseFloor } from '../result/noise-floor.js';
import type { Result } from '../result/result.js';
import { linkLatest, readResult } from '../result/run-directory.js';
import { type ComparisonFlags, leaveComparison } from './comparison-output.js';
import { DEFAULT_OUT } from './find-run.js';
import { RUNS_FOLDER } from './many-runs.js';
import { mailbenchVersion } from './version.js';

export interface ExperimentOutputFlags extends ComparisonFlags {
  out: string | undefined;
  aa: boolean;
}

/** At least one round. Returns the exit code. @throws EnvironmentError where it cannot be written */
export function leaveExperiment(
  directory: string,
  opened: Experiment,
  finished: FinishedRounds,
  flags: ExperimentOutputFlags,
): number {
  linkLatest(directory);
  const rounds = finished.rounds.map((runs) => resultsOf(runs, directory));
  const out = flags.out ?? DEFAULT_OUT;
  const comparison = comparisonOf(rounds, opened, finished, out);
  const isWhole = finished.rounds.length === opened.rounds;
  if (flags.aa && isWhole) saveNoiseFloor(out, { ...floorOf(comparison), name: opened.name });
  const results: Record<string, readonly Result[]> = Object.fromEntries(
    opened.variants.map(({ name }) => [name, rounds.map((round) => round[name] as Result)]),
  );
  return leaveComparison(directory, comparison, { results, flags });
}

function resultsOf(runs: Readonly<Record<string, string>>, directory: string): Record<string, Result> {
  return Object.fromEntries(
    Object.entries(runs).map(([variant, run]) => [variant, readResult(join(directory, RUNS_FOLDER, run))]),
  );
}

function comparisonOf(
  rounds: readonly Readonly<Record<string, Result>>[],
  { name, seed, primaries, marginOf, variants, rounds: wanted }: Experiment,
  finished: FinishedRounds,
  out: string,
): Comparison {
  const names = variants.map((variant) => variant.name);
  const place = (run: string) => `${RUNS_FOLDER}/${basename(run)}`;
  const isShort = rounds.length < wanted;
  const host = Object.values(rounds[0] ?? {})[0]?.run.host.hostname ?? '';
  return makeComparison(rounds, {
    ...{ name, seed, primaries, marginOf },
    at: new Date().toISOString(),
    mailbench: mailbenchVersion(),
    variants: names,
    isPaired: true,
    void: finished.voids.map(({ round, variant, run, reason }) => ({
      round,
      variant,
      reason,
      run: place(run),
    })),
    runs: finished.rounds.flatMap((runs, at) =>
      names.map((variant) => ({ round: at + 1, variant, run: place(runs[variant] ?? '') })),
    ),
    noiseFloor: noiseFloorOf(out, host, name),
    warnings: isShort ? [`Only ${rounds.length} of ${wanted} rounds came to their end.`] : [],
  });
}

function floorOf({ host, at, rounds, rows }: Comparison) {
  return { host, at, rounds, rows: rows.map(({ metric, unit, mdePct }) => ({ metric, unit, mdePct })) };
}
