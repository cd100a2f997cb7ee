/**
 * Pacing: how late arrivals start on the real clock of this machine, with a workload that does nothing.
 *
 * Quantiles of lateness, and how much of the loop was polling, for each rate. The loop is otherwise idle, so this is the floor
 * under every lateness a run reports.
 */
import { performance } from 'node:perf_hooks';
import { ClockDriver } from '#src/load/clock-driver.js';
import { createExecutor } from '#src/load/executor.js';
import type { LoadControl, Workload } from '#src/load/workload.js';
import type { ConstantArrivalRate } from '#src/scenario/executor-spec.js';
import { createRealClock, takeAnchor } from '#src/shard/real-clock.js';
import { type Row, renderTable } from './table.js';

export interface PacingSample {
  readonly ratePerSec: number;
  readonly scheduled: number;
  readonly latenessUs: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly max: number;
  };
  /** Event-loop utilisation as Node sees it, and without the time spent polling. */
  readonly utilisation: { readonly raw: number; readonly corrected: number };
}

export async function benchPacing(): Promise<string> {
  const rows: Row[] = [];
  for (const ratePerSec of [500, 5_000]) {
    const { latenessUs, utilisation } = await measurePacing(ratePerSec, 3_000);
    for (const [quantile, us] of Object.entries(latenessUs)) {
      rows.push({ name: `lateness ${quantile} at ${ratePerSec}/s`, unit: 'µs', samples: [us] });
    }
    rows.push({
      name: `loop busy at ${ratePerSec}/s, without polls`,
      unit: '',
      samples: [utilisation.corrected],
    });
  }
  return renderTable('Pacing: how late arrivals start, Poisson, with nothing to do', rows);
}

export async function measurePacing(ratePerSec: number, durationMs: number): Promise<PacingSample> {
  const driver = new ClockDriver(createRealClock(takeAnchor()));
  const latenessesUs: number[] = [];
  const before = performance.eventLoopUtilization();
  const startUs = driver.clock.nowUs();
  await runArrivals(createSpec(ratePerSec, durationMs), driver, latenessesUs);
  const wallUs = driver.clock.nowUs() - startUs;
  const { active } = performance.eventLoopUtilization(before);
  latenessesUs.sort((a, b) => a - b);
  const at = (q: number) => latenessesUs[Math.ceil(q * latenessesUs.length) - 1] ?? Number.NaN;
  return {
    ratePerSec,
    scheduled: latenessesUs.length,
    latenessUs: { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) },
    utilisation: {
      raw: (active * 1_000) / wallUs,
      corrected: (active * 1_000 - driver.takePollUs()) / wallUs,
    },
  };
}

function runArrivals(spec: ConstantArrivalRate, driver: ClockDriver, latenessesUs: number[]): Promise<void> {
  return new Promise((resolve) => {
    let control: LoadControl;
    const workload: Workload = {
      iterate: (vu) => {
        control.ready(vu);
        control.done(vu);
      },
      retire: () => {},
      interrupt: () => {},
    };
    const executor = createExecutor(spec, {
      shard: { index: 0, count: 1 },
      driver,
      draw: Math.random,
      workload,
      observer: {
        started: (slot) => latenessesUs.push(slot.startedAtUs - slot.scheduledAtUs),
        dropped: () => {},
      },
      onEnd: resolve,
    });
    control = executor;
    executor.start(driver.clock.nowUs());
  });
}

function createSpec(ratePerSec: number, durationMs: number): ConstantArrivalRate {
  return {
    executor: 'constant-arrival-rate',
    startTimeMs: 0,
    gracefulStopMs: 0,
    warmupMs: 0,
    iteration: 'message',
    tags: {},
    rate: ratePerSec,
    timeUnitMs: 1_000,
    arrival: 'poisson',
    durationMs,
    preAllocatedVUs: 1,
    maxVUs: 1,
  };
}
