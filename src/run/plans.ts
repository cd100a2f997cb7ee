/**
 * From a Scenario to the plans of its shards, and to what the journal says of a run before it starts. Pure.
 */
import { cpus, hostname, release, totalmem, type } from 'node:os';
import type { RunInfo } from '../result/result.js';
import type { ExecutorSpec } from '../scenario/executor-spec.js';
import type { Scenario } from '../scenario/scenario.js';
import { settingsOfAll } from '../scenario/settings.js';
import type { Plan } from '../shard/plan.js';
import type { ClockAnchor } from '../shard/real-clock.js';

export interface PlanOptions {
  readonly runId: string;
  readonly anchor: ClockAnchor;
  readonly workers: number;
  readonly logMessages: 'notable' | 'all';
  /** What setup() of the scenario's code returned. */
  readonly data?: unknown;
}

export function makePlans(scenario: Scenario, options: PlanOptions): Plan[] {
  const settings = settingsOfAll(scenario);
  return Array.from({ length: options.workers }, (_, index) => ({
    v: 1,
    run: { id: options.runId, anchor: options.anchor },
    shard: { index, count: options.workers },
    scenario,
    settings,
    ...(options.data === undefined ? {} : { data: options.data }),
    logMessages: options.logMessages,
  }));
}

/** open when any executor is. */
export function loadModelOf(scenario: Scenario): 'open' | 'closed' {
  return specsOf(scenario).some(isOpen) ? 'open' : 'closed';
}

/** From the start of the run: where warm-up is over, and where arrivals end (null when iterations decide), ms. */
export function steadyOf(scenario: Scenario): { readonly fromMs: number; readonly toMs: number | null } {
  const specs = specsOf(scenario);
  const fromMs = Math.min(...specs.map((spec) => spec.startTimeMs + spec.warmupMs));
  return { fromMs, toMs: plannedMsOf(scenario) };
}

/** Whether an executor changes its load on purpose. */
export function isRamped(scenario: Scenario): boolean {
  return specsOf(scenario).some((spec) => 'stages' in spec);
}

/** How long iterations are begun, ms; null when their number decides. */
export function plannedMsOf(scenario: Scenario): number | null {
  const ends = specsOf(scenario).map((spec) =>
    'durationMs' in spec ? spec.startTimeMs + spec.durationMs : null,
  );
  return ends.some((end) => end === null) ? null : Math.max(...(ends as number[]));
}

/** How many iterations there will be; null when time decides. */
export function plannedIterationsOf(scenario: Scenario): number | null {
  const counts = specsOf(scenario).map((spec) => {
    if (spec.executor === 'shared-iterations') return spec.iterations;
    return spec.executor === 'per-vu-iterations' ? spec.iterations * spec.vus : null;
  });
  return counts.some((count) => count === null) ? null : (counts as number[]).reduce((a, b) => a + b, 0);
}

/** The longest a run can take to the last outcome, ms: for the width of journal lines. */
export function longestMsOf(scenario: Scenario): number {
  return Math.max(
    ...specsOf(scenario).map((spec) => spec.startTimeMs + ('durationMs' in spec ? spec.durationMs : 0)),
  );
}

export function hostInfo(workers: number): RunInfo['host'] {
  const cores = cpus();
  return {
    hostname: hostname(),
    os: type(),
    kernel: release(),
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
    workers,
  };
}

function specsOf(scenario: Scenario): ExecutorSpec[] {
  return Object.values(scenario.scenarios);
}

function isOpen(spec: ExecutorSpec): boolean {
  return 'preAllocatedVUs' in spec;
}
