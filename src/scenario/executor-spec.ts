/**
 * Executor specs: when to send, as plain data: what a scenario file says of an executor, with every default filled in.
 *
 * What each does is in load/, in the file of its name.
 */

interface ExecutorCommon {
  /** When this executor starts, from the start of the run. */
  readonly startTimeMs: number;
  readonly gracefulStopMs: number;
  /** Iterations scheduled in the first warmupMs run but are not counted in trends, rates and thresholds. */
  readonly warmupMs: number;
  readonly iteration: 'message' | 'session';
  readonly tags: Readonly<Record<string, string>>;
}

export type ExecutorSpec =
  | SharedIterations
  | PerVuIterations
  | ConstantVus
  | RampingVus
  | ConstantArrivalRate
  | RampingArrivalRate;

export interface SharedIterations extends ExecutorCommon {
  readonly executor: 'shared-iterations';
  readonly vus: number;
  readonly iterations: number;
  readonly maxDurationMs: number;
}

export interface PerVuIterations extends ExecutorCommon {
  readonly executor: 'per-vu-iterations';
  readonly vus: number;
  /** For each VU. */
  readonly iterations: number;
  readonly maxDurationMs: number;
}

export interface ConstantVus extends ExecutorCommon {
  readonly executor: 'constant-vus';
  readonly vus: number;
  readonly durationMs: number;
}

export interface RampingVus extends ExecutorCommon {
  readonly executor: 'ramping-vus';
  readonly startVUs: number;
  /** At least one; targets are numbers of VUs. */
  readonly stages: readonly Stage[];
  /** Of all stages together. */
  readonly durationMs: number;
  /** How long a VU that leaves may take for what it has in flight. */
  readonly gracefulRampDownMs: number;
}

export interface ConstantArrivalRate extends ExecutorCommon {
  readonly executor: 'constant-arrival-rate';
  /** Arrivals per timeUnit. */
  readonly rate: number;
  readonly timeUnitMs: number;
  readonly arrival: 'uniform' | 'poisson';
  readonly durationMs: number;
  readonly preAllocatedVUs: number;
  readonly maxVUs: number;
}

export interface RampingArrivalRate extends ExecutorCommon {
  readonly executor: 'ramping-arrival-rate';
  /** Arrivals per timeUnit, as are the targets of the stages. */
  readonly startRate: number;
  readonly timeUnitMs: number;
  readonly arrival: 'uniform' | 'poisson' | 'trace';
  /** At least one; none with a trace. */
  readonly stages: readonly Stage[];
  /** When each iteration is due, µs from the start, ascending; null unless `arrival` is `trace`. */
  readonly traceUs: readonly number[] | null;
  /** Of all stages together, or of the trace. */
  readonly durationMs: number;
  readonly preAllocatedVUs: number;
  readonly maxVUs: number;
}

/** Go to the target in a straight line; at once when it takes no time. */
export interface Stage {
  readonly durationMs: number;
  readonly target: number;
}
