/** Rig: one scenario over one or more shards in virtual time, and everything that was observed. */
import { ClockDriver } from '#src/load/clock-driver.js';
import { createExecutor, type Executor } from '#src/load/executor.js';
import type { Slot } from '#src/load/workload.js';
import type { Draw } from '#src/scenario/draw.js';
import type {
  ConstantArrivalRate,
  ConstantVus,
  ExecutorSpec,
  PerVuIterations,
  RampingArrivalRate,
  RampingVus,
  SharedIterations,
} from '#src/scenario/executor-spec.js';
import { type Answers, FakeWorkload } from './fake-workload.js';
import { VirtualClock, type VirtualClockOptions } from './virtual-clock.js';

/** The start of every run: not 0, so that a missing offset shows. */
export const START_US = 7_000_000;

export interface RigOptions extends VirtualClockOptions {
  readonly shards?: number;
  readonly answers?: (vu: number, slot: Slot) => Answers;
  readonly interruptUs?: number | null;
  readonly mayReturn?: boolean;
}

export interface RigShard {
  readonly executor: Executor;
  readonly workload: FakeWorkload;
  readonly started: Slot[];
  readonly dropped: { readonly atUs: number; readonly count: number }[];
  /** When onEnd was called: exactly once, if all is well. */
  readonly endsUs: number[];
}

export interface Rig {
  readonly clock: VirtualClock;
  readonly shards: readonly RigShard[];
  /** Start all shards and let time pass, by default until nothing is pending. */
  run(untilUs?: number): void;
}

export function createRig(spec: ExecutorSpec, options: RigOptions = {}): Rig {
  return createRigs([spec], options)[0]!;
}

/** Scenarios side by side, on one clock: the executors of a shard share its event loop. Each rig runs them all. */
export function createRigs(specs: readonly ExecutorSpec[], options: RigOptions = {}): readonly Rig[] {
  const clock = new VirtualClock({ startUs: START_US, ...options });
  const loops = range(options.shards ?? 1).map(() => ({ clock, driver: new ClockDriver(clock) }));
  const shards = specs.map((spec) =>
    loops.map((loop, index) => createShard(spec, { index, count: loops.length }, loop, options)),
  );
  const run = (untilUs?: number) => {
    for (const shard of shards.flat()) shard.executor.start(START_US);
    clock.run(untilUs);
  };
  return shards.map((own) => ({ clock, shards: own, run }));
}

export function numbersOf(shards: readonly RigShard[]): number[] {
  return shards.flatMap((shard) => shard.started.map((slot) => slot.iteration)).sort((a, b) => a - b);
}

export function countDropped(shards: readonly RigShard[]): number {
  return shards.flatMap((shard) => shard.dropped).reduce((sum, { count }) => sum + count, 0);
}

/** When iterations were due, started and dropped ones alike, µs from the start, ascending. */
export function dueOf(shards: readonly RigShard[]): number[] {
  const due = shards.flatMap(({ started, dropped }) => [
    ...started.map(({ scheduledAtUs }) => scheduledAtUs),
    ...dropped.flatMap(({ atUs, count }) => Array<number>(count).fill(atUs)),
  ]);
  return due.map((us) => us - START_US).sort((a, b) => a - b);
}

/** 0 … count − 1. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

export function after(us: number): () => Answers {
  return () => ({ readyUs: us, doneUs: us, first: 'done' });
}

/** Every draw a hash of its arguments; good enough to look random, and the same everywhere. */
export const hashDraw: Draw = (number, purpose) => {
  let hash = Math.imul(number + 1, 0x9e3779b1) ^ Math.imul(purpose + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
};

const COMMON = {
  startTimeMs: 0,
  gracefulStopMs: 30_000,
  warmupMs: 0,
  iteration: 'message',
  tags: {},
} as const;

export function sharedIterations(keys: Partial<SharedIterations>): SharedIterations {
  return { ...COMMON, executor: 'shared-iterations', vus: 1, iterations: 1, maxDurationMs: 600_000, ...keys };
}

export function perVuIterations(keys: Partial<PerVuIterations>): PerVuIterations {
  return { ...COMMON, executor: 'per-vu-iterations', vus: 1, iterations: 1, maxDurationMs: 600_000, ...keys };
}

export function constantVus(keys: Partial<ConstantVus>): ConstantVus {
  return { ...COMMON, executor: 'constant-vus', vus: 1, durationMs: 1_000, ...keys };
}

export function rampingVus(keys: Partial<RampingVus>): RampingVus {
  const { stages = [{ durationMs: 1_000, target: 10 }] } = keys;
  return {
    ...COMMON,
    executor: 'ramping-vus',
    startVUs: 1,
    stages,
    durationMs: stages.reduce((sum, { durationMs }) => sum + durationMs, 0),
    gracefulRampDownMs: 30_000,
    ...keys,
  };
}

export function constantArrivalRate(keys: Partial<ConstantArrivalRate>): ConstantArrivalRate {
  return {
    ...COMMON,
    executor: 'constant-arrival-rate',
    rate: 100,
    timeUnitMs: 1_000,
    arrival: 'uniform',
    durationMs: 1_000,
    preAllocatedVUs: 1,
    maxVUs: 1,
    ...keys,
  };
}

export function rampingArrivalRate(keys: Partial<RampingArrivalRate>): RampingArrivalRate {
  const { stages = [{ durationMs: 1_000, target: 100 }] } = keys;
  return {
    ...COMMON,
    executor: 'ramping-arrival-rate',
    startRate: 0,
    timeUnitMs: 1_000,
    arrival: 'uniform',
    stages,
    traceUs: null,
    durationMs: stages.reduce((sum, { durationMs }) => sum + durationMs, 0),
    preAllocatedVUs: 1,
    maxVUs: 1,
    ...keys,
  };
}

function createShard(
  spec: ExecutorSpec,
  shard: { index: number; count: number },
  { clock, driver }: { clock: VirtualClock; driver: ClockDriver },
  options: RigOptions,
): RigShard {
  const workload = new FakeWorkload({
    clock,
    answers: options.answers ?? after(1_000),
    interruptUs: options.interruptUs ?? null,
    mayReturn: options.mayReturn ?? false,
  });
  const started: Slot[] = [];
  const dropped: { atUs: number; count: number }[] = [];
  const endsUs: number[] = [];
  const executor = createExecutor(spec, {
    shard,
    driver,
    draw: hashDraw,
    workload,
    observer: {
      started: (slot) => started.push(slot),
      dropped: (atUs, count) => dropped.push({ atUs, count }),
    },
    onEnd: () => endsUs.push(clock.nowUs()),
  });
  workload.control = executor;
  return { executor, workload, started, dropped, endsUs };
}
