/**
 * `scenarios` into executors: durations become milliseconds; a curve becomes stages and a trace its times.
 *
 * What the file of a curve or a trace makes of an executor is judged here, as rules/load.ts judges what the scenario says itself.
 */
import type { KeyPath } from '../yaml/key-path.js';
import { MAX_DURATION_MS } from '../yaml/quantities.js';
import { toMs as ms } from '../yaml/quantity-words.js';
import { readCurve, readTrace } from './arrival-files.js';
import type { ExecutorSpec, RampingArrivalRate, Stage } from './executor-spec.js';
import { MAX_RATE_PER_SEC } from './rules/arrivals.js';
import type { Report } from './rules/rule.js';
import { areaUnder } from './rules/spans.js';
import type { ExecutorWords } from './schema/schema.js';

interface Context {
  readonly folder: string;
  readonly report: Report;
}

type RampingWords = Extract<ExecutorWords, { executor: 'ramping-arrival-rate' }>;
type Course = Pick<RampingArrivalRate, 'startRate' | 'stages' | 'durationMs' | 'traceUs'>;

export function toExecutors(
  scenarios: Readonly<Record<string, ExecutorWords>>,
  context: Context,
): Record<string, ExecutorSpec> {
  return Object.fromEntries(
    Object.entries(scenarios).map(([name, words]) => [name, toExecutor(words, ['scenarios', name], context)]),
  );
}

function toExecutor(words: ExecutorWords, path: KeyPath, context: Context): ExecutorSpec {
  const common = {
    startTimeMs: ms(words.startTime),
    gracefulStopMs: ms(words.gracefulStop),
    warmupMs: ms(words.warmup),
    iteration: words.iteration,
    tags: words.tags,
  };
  switch (words.executor) {
    case 'shared-iterations':
    case 'per-vu-iterations': {
      const { executor, vus, iterations, maxDuration } = words;
      return { executor, vus, iterations, maxDurationMs: ms(maxDuration), ...common };
    }
    case 'constant-vus': {
      const { executor, vus, duration } = words;
      return { executor, vus, durationMs: ms(duration), ...common };
    }
    case 'ramping-vus': {
      const { executor, startVUs, gracefulRampDown } = words;
      const stages = toStages(words.stages);
      const durationMs = lengthMs(stages);
      return { executor, startVUs, stages, durationMs, gracefulRampDownMs: ms(gracefulRampDown), ...common };
    }
    case 'constant-arrival-rate': {
      const { executor, rate, arrival, duration } = words;
      return { executor, rate, arrival, durationMs: ms(duration), ...toArrivals(words), ...common };
    }
    case 'ramping-arrival-rate': {
      const { executor, arrival } = words;
      return { executor, arrival, ...toCourse(words, path, context), ...toArrivals(words), ...common };
    }
    default:
      return words satisfies never;
  }
}

function toArrivals({
  timeUnit,
  preAllocatedVUs,
  maxVUs,
}: RampingWords | Extract<ExecutorWords, { rate: number }>) {
  return { timeUnitMs: ms(timeUnit), preAllocatedVUs, maxVUs: maxVUs ?? preAllocatedVUs };
}

function toStages(
  words: readonly { readonly duration: string | number; readonly target: number }[],
): readonly Stage[] {
  return words.map(({ duration, target }) => ({ durationMs: ms(duration), target }));
}

function lengthMs(stages: readonly Stage[]): number {
  return stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/** When the arrivals of a ramping rate are due: by its stages, the file of a curve, or that of a trace. */
function toCourse(words: RampingWords, path: KeyPath, context: Context): Course {
  const { startRate = 0, curve, trace } = words;
  if (trace !== undefined)
    return judged(traced(trace, path, context), words, [...path, 'trace'], context.report);
  if (curve === undefined) {
    const stages = toStages(words.stages ?? []);
    return { startRate, stages, durationMs: lengthMs(stages), traceUs: null };
  }
  return judged(
    curved(curve, [...path, 'curve'], context),
    words,
    [...path, 'curve', 'file'],
    context.report,
  );
}

const NOTHING: Course = { startRate: 0, stages: [], durationMs: 0, traceUs: null };

function traced(file: string, path: KeyPath, { folder, report }: Context): Course {
  const read = readTrace(file, folder);
  if ('message' in read) {
    report([...path, 'trace'], 'SCENARIO_ARRIVALS_FILE', read.message, read.hint);
    return NOTHING;
  }
  // The last one is due before the end.
  return {
    ...NOTHING,
    traceUs: read.timesUs,
    durationMs: Math.floor((read.timesUs.at(-1) ?? 0) / 1_000) + 1,
  };
}

function curved(
  words: NonNullable<RampingWords['curve']>,
  path: KeyPath,
  { folder, report }: Context,
): Course {
  const read = readCurve(words.file, folder);
  if ('message' in read) {
    report([...path, 'file'], 'SCENARIO_ARRIVALS_FILE', read.message, read.hint);
    return NOTHING;
  }
  const fileMs = lengthMs(read.stages);
  const shrink = words.duration === undefined || fileMs === 0 ? 1 : ms(words.duration) / fileMs;
  const peak = Math.max(read.startRate, ...read.stages.map(({ target }) => target));
  const grow = words.peak === undefined || peak === 0 ? 1 : words.peak / peak;
  const stages = read.stages.map(({ durationMs, target }) => ({
    durationMs: durationMs * shrink,
    target: target * grow,
  }));
  return { startRate: read.startRate * grow, stages, durationMs: lengthMs(stages), traceUs: null };
}

function judged(course: Course, words: RampingWords, path: KeyPath, report: Report): Course {
  if (course === NOTHING) return course;
  const { startRate, stages, durationMs, traceUs } = course;
  const unitMs = ms(words.timeUnit);
  const highest = Math.max(startRate, ...stages.map(({ target }) => target)) / (unitMs / 1_000);
  const code = 'SCENARIO_ARRIVALS_FILE';
  if (highest > MAX_RATE_PER_SEC)
    report(
      path,
      code,
      `comes to ${Math.round(highest)} iterations a second, more than one a microsecond`,
      'Lower `peak`, or check timeUnit.',
    );
  if (durationMs > MAX_DURATION_MS)
    report(path, code, 'lasts more than 24 days', 'Shorten it with `duration`, or take a part of the file.');
  if (traceUs === null && areaUnder(startRate, stages) / unitMs < 1)
    report(path, code, 'makes less than one iteration in all', 'Raise `peak`, or check timeUnit.');
  if (ms(words.warmup) > 0 && ms(words.warmup) >= durationMs)
    report(
      path,
      code,
      `lasts ${durationMs}ms, no longer than the warm-up: nothing is left to measure`,
      'Shorten the warm-up.',
    );
  return course;
}
