/** Trial scenario: a scenario whose one executor is put aside for one that asks what the search asks. */
import { UsageError } from '../errors.js';
import type { ExecutorSpec } from '../scenario/executor-spec.js';
import { type Override, valueOverride } from '../scenario/overrides.js';
import type { Scenario } from '../scenario/scenario.js';

export interface Asked {
  /** Iterations a second, arriving by chance (Poisson). */
  readonly ratePerSec: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
}

export interface AskedVus {
  readonly vus: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
}

/** Which executor is searched for. @throws UsageError when there are several, and none is named */
export function searchedExecutor({ scenarios }: Scenario, name: string | undefined): string {
  const names = Object.keys(scenarios);
  const [only, ...others] = names;
  if (name === undefined && only !== undefined && others.length === 0) return only;
  if (name !== undefined && names.includes(name)) return name;
  throw new UsageError(
    'CAPACITY_EXECUTOR',
    name === undefined
      ? `the scenario has several executors: ${names.join(', ')}`
      : `the scenario has no executor ${JSON.stringify(name)}: it has ${names.join(', ')}`,
    {
      hint:
        'Say which one is to be searched with, e.g. --executor ' +
        (only ?? 'default') +
        '; others are left out.',
    },
  );
}

/** Words of executors that say when iterations start; what they do, tags and what is expected stay. */
const WHEN = [
  ...['vus', 'iterations', 'maxDuration', 'duration', 'startVUs', 'stages', 'gracefulRampDown', 'startTime'],
  ...[
    'rate',
    'startRate',
    'timeUnit',
    'arrival',
    'curve',
    'trace',
    'preAllocatedVUs',
    'maxVUs',
    'warmup',
    'executor',
  ],
];

const LABEL = 'mailbench capacity';
/** Of a scenario that says nothing of arrivals. */
const FEWEST_MAX_VUS = 1_000;

export function atRate(scenario: Scenario, name: string, asked: Asked): readonly Override[] {
  const { preAllocatedVUs, maxVUs } = vusOf(scenario.scenarios[name]!);
  return replaced(scenario, name, {
    executor: 'constant-arrival-rate',
    arrival: 'poisson',
    rate: asked.ratePerSec,
    ...{ preAllocatedVUs, maxVUs },
    ...timesOf(asked),
  });
}

export function atVus(scenario: Scenario, name: string, asked: AskedVus): readonly Override[] {
  return replaced(scenario, name, { executor: 'constant-vus', vus: asked.vus, ...timesOf(asked) });
}

function timesOf({ seconds, warmupSeconds }: Asked | AskedVus): Readonly<Record<string, string>> {
  return { duration: `${seconds}s`, warmup: `${warmupSeconds}s` };
}

function replaced(
  { scenarios }: Scenario,
  name: string,
  words: Readonly<Record<string, unknown>>,
): readonly Override[] {
  const place = ['scenarios', name];
  const others = Object.keys(scenarios).filter((other) => other !== name);
  return [
    ...others.map((other) => valueOverride(['scenarios', other], undefined, LABEL)),
    ...WHEN.map((key) => valueOverride([...place, key], undefined, LABEL)),
    ...Object.entries(words).map(([key, value]) => valueOverride([...place, key], value, LABEL)),
  ];
}

function vusOf(spec: ExecutorSpec): { readonly preAllocatedVUs: number; readonly maxVUs: number } {
  if ('maxVUs' in spec) return { preAllocatedVUs: spec.preAllocatedVUs, maxVUs: spec.maxVUs };
  const vus = 'vus' in spec ? spec.vus : Math.max(spec.startVUs, ...spec.stages.map(({ target }) => target));
  return { preAllocatedVUs: Math.min(vus, FEWEST_MAX_VUS), maxVUs: Math.max(vus, FEWEST_MAX_VUS) };
}

/** Where a search begins when nobody says: the rate of the scenario, if it has one. */
export function startOf(spec: ExecutorSpec): number {
  if (spec.executor === 'constant-arrival-rate') return (1000 * spec.rate) / spec.timeUnitMs;
  if (spec.executor === 'ramping-arrival-rate' && spec.stages.length > 0)
    return (1000 * Math.max(1, ...spec.stages.map(({ target }) => target))) / spec.timeUnitMs / 2;
  return DEFAULT_START;
}

const DEFAULT_START = 20;
