/**
 * Rules about executors with a rate of arrivals: rates that no generator can offer, and those that come to nothing.
 */
import type { KeyPath } from '../../yaml/key-path.js';
import type { Partly } from '../check-words.js';
import type { ExecutorWords } from '../schema/schema.js';
import { msOf, type Report } from './rule.js';
import { arrivalsOf, durationMsOf } from './spans.js';

/** Arrivals a second above this are beyond any network stack: one a microsecond. */
export const MAX_RATE_PER_SEC = 1_000_000;

type Spec = Partly<ExecutorWords>;

export function checkArrivals(spec: Spec, path: KeyPath, report: Report): void {
  if (spec.executor !== 'constant-arrival-rate' && spec.executor !== 'ramping-arrival-rate') return;
  checkCourse(spec, path, report);
  for (const [key, rate] of ratesOf(spec)) checkRate(rate, spec, { path, key }, report);
  checkEnough(spec, path, report);
  checkMaxVus(spec, path, report);
}

type ArrivalSpec =
  | Partly<Extract<ExecutorWords, { executor: 'constant-arrival-rate' }>>
  | Partly<Extract<ExecutorWords, { executor: 'ramping-arrival-rate' }>>;

/** A ramping rate follows its stages, the file of a curve, or a trace. */
function checkCourse(spec: ArrivalSpec, path: KeyPath, report: Report): void {
  if (spec.executor !== 'ramping-arrival-rate') return;
  const { stages, curve, trace, arrival = 'uniform', startRate } = spec;
  const given = Object.entries({ stages, curve, trace }).filter(([, words]) => words !== undefined);
  const names = given.map(([name]) => name);
  const careful = report.restingOn(...['stages', 'curve', 'trace', 'arrival'].map((key) => [...path, key]));
  if (names.length !== 1) {
    const has = names.length === 0 ? 'none of stages, curve and trace' : names.join(' and ');
    careful(
      path,
      'SCENARIO_ARRIVALS',
      `has ${has}, and needs exactly one`,
      'Write e.g. `stages: [{ duration: 1m, target: 100 }]`.',
    );
  } else if ((arrival === 'trace') !== (trace !== undefined)) {
    const message =
      trace === undefined ? 'is trace, but there is no trace' : 'must be trace, because there is one';
    careful(
      [...path, 'arrival'],
      'SCENARIO_ARRIVALS',
      message,
      'Write `arrival: trace` and `trace: times.csv`, or neither.',
    );
  }
  if (startRate !== undefined && stages === undefined && names.length === 1)
    careful([...path, 'startRate'], 'SCENARIO_ARRIVALS', `has no use beside a ${names[0]}`, 'Leave it out.');
}

/** Every rate that the file gives, and where. */
function ratesOf(spec: ArrivalSpec): readonly (readonly [KeyPath, number])[] {
  if (spec.executor === 'constant-arrival-rate') return [[['rate'], spec.rate ?? 0]];
  if (spec.executor !== 'ramping-arrival-rate') return [];
  const stages = spec.stages ?? [];
  return [
    [['startRate'], spec.startRate ?? 0],
    ...stages.map((stage, i) => [['stages', i, 'target'], stage?.target ?? 0] as const),
  ];
}

function checkRate(
  rate: number,
  spec: ArrivalSpec,
  { path, key }: { readonly path: KeyPath; readonly key: KeyPath },
  report: Report,
): void {
  const ratePerSec = rate / ((msOf(spec.timeUnit) ?? 1000) / 1000);
  if (ratePerSec <= MAX_RATE_PER_SEC) return;
  report.restingOn([...path, 'timeUnit'])(
    [...path, ...key],
    'SCENARIO_RATE',
    `comes to ${Math.round(ratePerSec)} iterations a second, more than one a microsecond`,
    'Lower the rate, or check timeUnit.',
  );
}

function checkEnough(spec: ArrivalSpec, path: KeyPath, report: Report): void {
  const arrivals = arrivalsOf(spec);
  if (arrivals === undefined || arrivals >= 1) return;
  const isConstant = spec.executor === 'constant-arrival-rate';
  // A rate of 0 has been reported.
  if (isConstant && arrivals === 0) return;
  report.restingOn([...path, 'timeUnit'])(
    [...path, isConstant ? 'rate' : 'stages'],
    'SCENARIO_RATE',
    `makes less than one iteration in the whole duration (${isConstant ? spec.duration : `${durationMsOf(spec)}ms`})`,
    'Raise the rate, or run longer.',
  );
}

function checkMaxVus({ preAllocatedVUs, maxVUs }: ArrivalSpec, path: KeyPath, report: Report): void {
  if (maxVUs === undefined || preAllocatedVUs === undefined || maxVUs >= preAllocatedVUs) return;
  report(
    [...path, 'maxVUs'],
    'SCENARIO_VUS',
    `is ${maxVUs}, below the ${preAllocatedVUs} of preAllocatedVUs`,
    'Raise maxVUs, or lower preAllocatedVUs.',
  );
}
