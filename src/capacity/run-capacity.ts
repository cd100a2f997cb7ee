/**
 * Run a search for a capacity: trials by real runs, each on disk when it is done, so that a search that was ended can go on: it is told
 * what it knew, and asks for the rest.
 */
import { basename } from 'node:path';
import { UsageError } from '../errors.js';
import type { Measured } from '../result/capacity.js';
import type { Result } from '../result/result.js';
import type { TrialLog } from '../result/trial-log.js';
import { makeTrial, type TrialConditions } from '../run/trial.js';
import type { LoadedScenario } from '../scenario/load-scenario.js';
import type { Override } from '../scenario/overrides.js';
import { createDraws } from '../statistics/draws.js';
import { describeScaling, type UslReport } from '../statistics/usl.js';
import { judgeTrial } from './judge-trial.js';
import { observe } from './observation.js';
import { type CapacityFound, type SearchOptions, searchCapacity, type TrialRequest } from './search.js';
import { type LevelLine, type SearchLine, searchLog, type TrialLine } from './search-log.js';
import { atRate, atVus } from './trial-scenario.js';

export interface CapacityPlan {
  /** The scenario as its user wrote it. */
  readonly base: LoadedScenario;
  /** Its executor that is put aside. */
  readonly executor: string;
  /** The scenario with this over it, and the seed of a trial. */
  readonly load: (over: readonly Override[], seed: number) => Promise<LoadedScenario>;
  readonly seed: number;
  /** Of scenario and options. */
  readonly digest: string;
}

export interface CapacityRunOptions extends TrialConditions {
  readonly directory: string;
  readonly isResumed: boolean;
  readonly startedAt: string;
  /** Monotonic. */
  readonly now: () => number;
  /** What comes next, in words. */
  readonly onTrial: (sentence: string) => void;
  /** What a trial came to. */
  readonly onJudged: (line: TrialLine | LevelLine) => void;
}

export interface RateSearch {
  readonly found: CapacityFound;
  readonly trials: readonly TrialLine[];
}

/** @throws MailbenchError what broke it; the trials that were finished are on disk */
export async function searchByRate(
  plan: CapacityPlan,
  search: SearchOptions,
  options: CapacityRunOptions,
): Promise<RateSearch> {
  const log = searchLog(options.directory);
  const known = begin(log, plan, options).filter((line) => line.type === 'trial');
  const trials: TrialLine[] = [];
  const found = await searchCapacity(search, async (request) => {
    const line = known[trials.length] ?? (await makeRateTrial(plan, request, trials.length, options));
    if (line === null) return null;
    if (trials.length >= known.length) {
      log.append(line);
      options.onJudged(line);
    }
    trials.push(line);
    return line;
  });
  return { found, trials };
}

export interface VuSweep {
  readonly levels: readonly LevelLine[];
  /** null with fewer than 6 levels. */
  readonly scaling: UslReport | null;
  readonly isStopped: boolean;
}

/** Every level in turn, `rounds` times. @throws MailbenchError */
export async function sweepByVus(
  plan: CapacityPlan,
  {
    vus,
    rounds,
    seconds,
  }: { readonly vus: readonly number[]; readonly rounds: number; readonly seconds: number },
  options: CapacityRunOptions,
): Promise<VuSweep> {
  const log = searchLog(options.directory);
  const levels = begin(log, plan, options).filter((line) => line.type === 'level');
  // Level by level would lay a drift of the machine over the curve.
  const asked = Array.from({ length: rounds }, () => vus).flat();
  for (const level of asked.slice(levels.length)) {
    const line = await makeLevel(plan, { vus: level, seconds }, levels.length, options);
    if (line === null) break;
    log.append(line);
    options.onJudged(line);
    levels.push(line);
  }
  const measured = levels.flatMap(({ vus: concurrency, acceptedPerSec }) =>
    acceptedPerSec === null || acceptedPerSec === 0 ? [] : [{ concurrency, throughput: acceptedPerSec }],
  );
  const isStopped = levels.length < asked.length;
  return { levels, scaling: describeScaling(measured, createDraws(plan.seed)), isStopped };
}

function begin(
  log: TrialLog<SearchLine>,
  { digest, seed }: CapacityPlan,
  { isResumed, startedAt }: CapacityRunOptions,
): readonly SearchLine[] {
  const lines = isResumed ? log.read() : [];
  const [head] = lines;
  if (head === undefined) log.append({ type: 'capacity', v: 1, digest, seed, startedAt });
  else if (head.type !== 'capacity' || head.digest !== digest || head.seed !== seed) {
    throw new UsageError('CAPACITY_CHANGED', 'the search is another one than that which was begun', {
      hint: 'Put its scenario and its flags back, or begin anew without --resume.',
    });
  }
  return lines;
}

const WARMUP_SHARE = 0.2;
const LONGEST_WARMUP_SECONDS = 5;

async function makeRateTrial(
  plan: CapacityPlan,
  request: TrialRequest,
  index: number,
  options: CapacityRunOptions,
): Promise<TrialLine | null> {
  const { purpose, ratePerSec, seconds } = request;
  options.onTrial(`${purpose}: ${ratePerSec}/s for ${seconds} s`);
  const warmupSeconds = warmupOf(seconds);
  const asked = { ratePerSec, seconds: seconds + warmupSeconds, warmupSeconds };
  const loaded = await plan.load(atRate(plan.base.scenario, plan.executor, asked), seedOf(plan, index));
  const startedMs = options.now();
  const trial = await makeTrial(loaded, options);
  if (trial === null) return null;
  const { result, directory, notDrained } = trial;
  const judgement = judgeTrial(observe(result, { ...asked, notDrained }), ratePerSec);
  return {
    type: 'trial',
    ...{ purpose, ratePerSec, seconds },
    verdict: judgement.verdict,
    reasons: [...judgement.reasons],
    tookSeconds: (options.now() - startedMs) / 1000,
    ...measuredOf(result),
    run: basename(directory),
  };
}

async function makeLevel(
  plan: CapacityPlan,
  { vus, seconds }: { readonly vus: number; readonly seconds: number },
  index: number,
  options: CapacityRunOptions,
): Promise<LevelLine | null> {
  options.onTrial(`${vus} VUs for ${seconds} s`);
  const warmupSeconds = warmupOf(seconds);
  const asked = { vus, seconds: seconds + warmupSeconds, warmupSeconds };
  const loaded = await plan.load(atVus(plan.base.scenario, plan.executor, asked), seedOf(plan, index));
  const trial = await makeTrial(loaded, options);
  if (trial === null) return null;
  return { type: 'level', vus, ...measuredOf(trial.result), run: basename(trial.directory) };
}

function warmupOf(seconds: number): number {
  return Math.max(1, Math.min(LONGEST_WARMUP_SECONDS, Math.round(WARMUP_SHARE * seconds)));
}

function seedOf({ seed }: CapacityPlan, index: number): number {
  return (seed + index) % 2 ** 32;
}

function measuredOf({ metrics }: Result): Measured {
  const value = (metric: string, key: string) => {
    const found = metrics[metric];
    return found === undefined || found.n === 0 ? null : (found.values[key] ?? null);
  };
  return {
    acceptedPerSec: value('smtp_messages{outcome:accepted}', 'rate'),
    medianMs: value('smtp_message_duration', 'med'),
    p99Ms: value('smtp_message_duration', 'p(99)'),
    failedShare: value('smtp_message_failed', 'rate'),
    deliveredMs: value('smtp_delivery_duration', 'med'),
  };
}
