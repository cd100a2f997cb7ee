/** The scenarios of the library, each with what makes it short enough for a test and still what it is. */
import { fileURLToPath } from 'node:url';

export interface LibraryCase {
  readonly name: string;
  /** Beside its file. */
  readonly flags: readonly string[];
  /** Exit codes that are right on a machine with time. */
  readonly exit: readonly number[];
}

/** What its table by scenario says, of executors that have settings of their own. */
export interface MatrixCase extends LibraryCase {
  /** Executors whose messages the embedded server does not take for want of an extension. */
  readonly notOffered: readonly string[];
}

export const LIBRARY: readonly LibraryCase[] = [
  { name: 'quick', flags: set('scenarios.steady.duration=3s', 'scenarios.steady.warmup=500ms'), exit: [0] },
  { name: 'smoke', flags: [], exit: [0] },
  {
    name: 'load',
    flags: set('scenarios.usual.duration=4s', 'scenarios.usual.warmup=500ms', 'scenarios.usual.rate=40'),
    exit: [0],
  },
  {
    name: 'stress',
    flags: set(
      'scenarios.before.duration=1s',
      'scenarios.above.startTime=1s',
      'scenarios.above.stages=[{duration: 1s, target: 90}, {duration: 1s, target: 90}, {duration: 500ms, target: 50}]',
      'scenarios.after.startTime=3500ms',
      'scenarios.after.duration=1s',
    ),
    exit: [0],
  },
  {
    name: 'spike',
    flags: set(
      'scenarios.crowd.stages=[{duration: 1s, target: 20}, {duration: 0s, target: 100}, {duration: 1s, target: 100}, {duration: 0s, target: 20}, {duration: 1s, target: 20}]',
    ),
    exit: [0],
  },
  { name: 'soak', flags: set('scenarios.steady.duration=3s', 'scenarios.steady.warmup=500ms'), exit: [0] },
  {
    name: 'breakpoint',
    flags: set(
      'scenarios.rising.stages=[{duration: 4s, target: 150}]',
      'scenarios.rising.maxVUs=50',
      'scenarios.rising.preAllocatedVUs=20',
    ),
    exit: [0, 99],
  },
  {
    name: 'scalability',
    flags: set(
      'scenarios.steps.stages=[{duration: 500ms, target: 1}, {duration: 0s, target: 4}, {duration: 500ms, target: 4}, {duration: 0s, target: 16}, {duration: 500ms, target: 16}]',
    ),
    exit: [0],
  },
  { name: 'tls', flags: set('scenarios.newcomers.duration=2s', 'scenarios.newcomers.rate=40'), exit: [0] },
  {
    name: 'rude-clients',
    flags: set('scenarios.crowd.duration=2s', 'scenarios.crowd.rate=40', 'client.idle.sessions=20'),
    exit: [0],
  },
];

export const MATRICES: readonly MatrixCase[] = [
  { name: 'interoperability', flags: [], exit: [0], notOffered: ['deliver-by', 'priority', 'prdr'] },
  { name: 'security', flags: [], exit: [0], notOffered: ['login-scram'] },
  {
    name: 'complexity',
    flags: set(
      ...['plain', 'encrypted', 'verified', 'filtered'].flatMap((name, i) => [
        `scenarios.${name}.duration=1s`,
        `scenarios.${name}.startTime=${i}s`,
      ]),
    ),
    exit: [0],
    notOffered: [],
  },
];

/** Of a file of the library. */
export function scenarioPath(name: string): string {
  return fileURLToPath(new URL(`../../scenarios/${name}`, import.meta.url));
}

function set(...values: readonly string[]): readonly string[] {
  return values.flatMap((value) => ['--set', value]);
}
