/**
 * `mailbench capacity SCENARIO`: the highest rate that a server sustains, by trials, or its throughput over VUs.
 *
 * Every finished trial is on disk; Ctrl-C, a server that goes away and a full disk leave them there, and --resume goes on.
 */
import { createHash, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import type { CommandModule } from 'yargs';
import {
  type CapacityPlan,
  type CapacityRunOptions,
  type RateSearch,
  searchByRate,
  sweepByVus,
  type VuSweep,
} from '../capacity/run-capacity.js';
import { PROFILE_SHARES } from '../capacity/search.js';
import { type LevelLine, SEARCH_LOG_FILE, searchLog, type TrialLine } from '../capacity/search-log.js';
import { searchedExecutor, startOf } from '../capacity/trial-scenario.js';
import { UsageError } from '../errors.js';
import type { Capacity, CapacityLevel, CapacityTrial } from '../result/capacity.js';
import { linkLatest } from '../result/run-directory.js';
import { canTellDrained } from '../run/trial.js';
import type { LoadedScenario } from '../scenario/load-scenario.js';
import { openScenario } from '../scenario/open-scenario.js';
import type { Override } from '../scenario/overrides.js';
import {
  type CapacityArguments,
  type CapacityOptions,
  capacityOptionsOf,
  describeCapacityFlags,
} from './capacity-flags.js';
import { leaveCapacity } from './capacity-output.js';
import { findRun } from './find-run.js';
import { ManyRuns, manyRunsFolder, RUNS_FOLDER } from './many-runs.js';
import { tell } from './terminal.js';
import { mailbenchVersion } from './version.js';

export const capacityCommand: CommandModule<object, CapacityArguments> = {
  command: 'capacity <scenario>',
  describe: 'Find the highest rate that a server sustains',
  builder: describeCapacityFlags,
  handler: (flags) => capacity(flags),
};

async function capacity(flags: CapacityArguments): Promise<void> {
  const options = capacityOptionsOf(flags);
  const resumed = flags.resume === undefined ? null : resumable(flags.resume);
  const plan = await makePlan(flags, options, resumed);
  const warnings = warningsOf(plan, flags);
  if (!flags.quiet) for (const warning of warnings) tell(`warning: ${warning}\n`);
  const startedAt = new Date();
  const runs = new ManyRuns(flags);
  const directory = manyRunsFolder(resumed, flags.out, startedAt);
  const folder = dirname(flags.scenario);
  const around: CapacityRunOptions = {
    directory,
    isResumed: resumed !== null,
    startedAt: startedAt.toISOString(),
    now: () => Number(process.hrtime.bigint()) / 1e6,
    drained: flags.drained ?? null,
    drainWithinMs: options.drainWithinMs,
    folder,
    perform: (loaded) => runs.perform(loaded, { directory, folder }),
    isStopped: () => runs.isStopped,
    untilIdle: () => runs.untilIdle(),
    onNote: (sentence) => runs.say(sentence),
    onTrial: (sentence) => runs.say(sentence),
    onJudged: (line) => runs.say(`  ${wordsOf(line)}`),
  };
  try {
    const found = await find(plan, { flags, options, around });
    const answer = makeAnswer(plan, found, { flags, options, warnings });
    linkLatest(directory);
    process.exitCode = leaveCapacity(directory, answer, { leastPerSec: options.leastPerSec, flags });
  } finally {
    runs.release();
  }
}

/** @throws UsageError */
function resumable(name: string): string {
  const directory = findRun(name);
  if (existsSync(join(directory, SEARCH_LOG_FILE))) return directory;
  throw new UsageError('CAPACITY_NOT_FOUND', `${directory} is not the folder of a search for a capacity`, {
    hint: `Name the folder that holds ${SEARCH_LOG_FILE}.`,
  });
}

async function makePlan(
  flags: CapacityArguments,
  { precision, trialSeconds, levels }: CapacityOptions,
  resumed: string | null,
): Promise<CapacityPlan> {
  const { set, authorized, start, by, rounds, drained } = flags;
  const [head] = resumed === null ? [] : searchLog(resumed).read();
  const seed = flags.seed ?? (head?.type === 'capacity' ? head.seed : randomInt(2 ** 32));
  const open = (own: number, over: readonly Override[]) =>
    openScenario({
      file: flags.scenario,
      flags: { set, authorized, seed: own },
      env: process.env,
      drawSeed: () => own,
      over,
    });
  const base = await open(seed, []);
  const executor = searchedExecutor(base.scenario, flags.executor);
  const words = [base.display, executor, precision, trialSeconds, start, by, levels, rounds, drained];
  return {
    ...{ base, executor, seed },
    load: (over, own) => open(own, over),
    digest: createHash('sha256').update(JSON.stringify(words)).digest('hex'),
  };
}

function warningsOf({ base }: CapacityPlan, { drained, by }: CapacityArguments): readonly string[] {
  const isBlind = !canTellDrained(base, drained ?? null);
  const needsLimits = by === 'rate' && Object.keys(base.scenario.thresholds).length === 0;
  return [
    ...base.warnings,
    ...(isBlind
      ? [
          'Nothing tells what the server delivers: one that puts mail aside looks better than it is. Add delivery: to the scenario, or --drained COMMAND.',
        ]
      : []),
    ...(needsLimits ? ['The scenario has no thresholds: however slow, what is taken is sustained.'] : []),
  ];
}

type Found = { readonly search: RateSearch } | { readonly sweep: VuSweep };

async function find(
  plan: CapacityPlan,
  {
    flags: { by, start, rounds },
    options: { precision, maxSeconds, trialSeconds, levels },
    around,
  }: {
    readonly flags: CapacityArguments;
    readonly options: CapacityOptions;
    readonly around: CapacityRunOptions;
  },
): Promise<Found> {
  if (by === 'vus')
    return { sweep: await sweepByVus(plan, { vus: levels, rounds, seconds: trialSeconds }, around) };
  const startPerSec = start ?? startOf(plan.base.scenario.scenarios[plan.executor]!);
  return { search: await searchByRate(plan, { startPerSec, precision, maxSeconds, trialSeconds }, around) };
}

function makeAnswer(
  { base, seed }: CapacityPlan,
  found: Found,
  {
    flags,
    options: { precision, demand },
    warnings,
  }: {
    readonly flags: CapacityArguments;
    readonly options: CapacityOptions;
    readonly warnings: readonly string[];
  },
): Capacity {
  return {
    schemaVersion: 1,
    name: base.scenario.name,
    at: new Date().toISOString(),
    mailbench: mailbenchVersion(),
    host: hostname(),
    target: base.scenario.target.url,
    ...{ seed, precision, demand },
    by: flags.by,
    rules: rulesOf(base),
    ...('search' in found ? ofSearch(found.search) : ofSweep(found.sweep)),
    warnings: [...warnings],
  };
}

function rulesOf({ scenario }: LoadedScenario): string[] {
  return Object.entries(scenario.thresholds).flatMap(([metric, all]) =>
    all.map(({ source }) => `${metric} ${source}`),
  );
}

type Answer = Omit<
  Capacity,
  | 'schemaVersion'
  | 'name'
  | 'at'
  | 'mailbench'
  | 'host'
  | 'target'
  | 'seed'
  | 'precision'
  | 'demand'
  | 'by'
  | 'rules'
  | 'warnings'
>;

function ofSearch({ found, trials }: RateSearch): Answer {
  const { sustainedPerSec, bracketPerSec, ...rest } = found;
  const profiled = trials.filter(({ purpose }) => purpose === 'profile');
  return {
    ...rest,
    sustainedPerSec,
    bracketPerSec: [...bracketPerSec],
    sustainedMessagesPerSec: messagesAt(trials, sustainedPerSec),
    trials: trials.map(trialOf),
    profile: profiled.map((line, at) => {
      const { purpose: _, ...trial } = trialOf(line);
      return { share: PROFILE_SHARES[at] ?? 1, ...trial };
    }),
    concurrency: null,
  };
}

/** An iteration is a message, or a session of several: the ratio is that of the trials at this rate. */
function messagesAt(trials: readonly TrialLine[], ratePerSec: number | null): number | null {
  if (ratePerSec === null) return null;
  const ratios = trials.flatMap((trial) =>
    trial.ratePerSec === ratePerSec && trial.acceptedPerSec !== null
      ? [trial.acceptedPerSec / ratePerSec]
      : [],
  );
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / Math.max(1, ratios.length);
  // Arrivals by chance are some more or fewer.
  return Math.abs(mean - 1) < 0.05 ? ratePerSec : ratePerSec * mean;
}

function ofSweep({ levels, scaling, isStopped }: VuSweep): Answer {
  return {
    sustainedPerSec: null,
    sustainedMessagesPerSec: null,
    bracketPerSec: [null, null],
    bindingRule: null,
    generatorLimited: false,
    didNotRecover: false,
    notMonotonic: false,
    endedBy: isStopped ? 'stopped' : 'precision',
    trials: [],
    profile: [],
    concurrency: { levels: levels.map(levelOf), scaling },
  };
}

function trialOf({ type: _, tookSeconds: __, reasons, run, ...rest }: TrialLine): CapacityTrial {
  return { ...rest, reasons: reasons.map(({ text }) => text), run: `${RUNS_FOLDER}/${run}` };
}

function levelOf({ type: _, run, ...rest }: LevelLine): CapacityLevel {
  return { ...rest, run: `${RUNS_FOLDER}/${run}` };
}

function wordsOf(line: TrialLine | LevelLine): string {
  const accepted = `${line.acceptedPerSec?.toFixed(0) ?? 0}/s accepted`;
  if (line.type === 'level') return accepted;
  return [line.verdict, accepted, ...line.reasons.slice(0, 1).map(({ text }) => text)].join(', ');
}
