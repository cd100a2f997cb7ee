/** Whole shards in this process, on real sockets and the real clock. */

import type { LoadClock } from '#src/load/workload.js';
import { MetricAccumulator } from '#src/metrics/accumulator.js';
import type { Counts, Snapshot } from '#src/metrics/snapshot.js';
import type { Client } from '#src/scenario/client-options.js';
import type { ExecutorSpec } from '#src/scenario/executor-spec.js';
import type { Envelope, Scenario, Target } from '#src/scenario/scenario.js';
import { settingsOfAll } from '#src/scenario/settings.js';
import type { MessageBatch, MessageReport } from '#src/shard/message-report.js';
import type { Plan } from '#src/shard/plan.js';
import { type ClockAnchor, createRealClock, takeAnchor } from '#src/shard/real-clock.js';
import { Shard } from '#src/shard/shard.js';
import { NO_PARAMETERS, tlsOptions } from '#test/smtp/options.js';

export interface ScenarioOptions {
  readonly port: number;
  readonly seed?: number;
  readonly client?: Partial<Client>;
  readonly target?: Partial<Target>;
  readonly envelope?: Envelope;
}

export interface ShardRun {
  readonly snapshots: readonly Snapshot[];
  readonly reports: readonly MessageReport[];
  /** How often onEnd came. */
  readonly ends: number;
}

export const TIMEOUTS = {
  connectMs: 5_000,
  tlsMs: 5_000,
  greetingMs: 5_000,
  commandMs: 5_000,
  authMs: 5_000,
  dataInitiationMs: 5_000,
  dataBlockMs: 5_000,
  dataTerminationMs: 5_000,
  quitMs: 1_000,
};

export const SEVERAL_RECIPIENTS: Envelope = {
  parameters: NO_PARAMETERS,
  senders: null,
  from: 'bounce-{{seq}}@sender.example.test',
  to: [1, 3].map((perMessage) => ({
    weight: 1,
    address: 'user{{n}}@{{domain}}',
    domains: [{ domain: 'example.test', weight: 1 }],
    users: 50,
    perMessage: { min: perMessage, max: perMessage },
    list: null,
    choose: 'uniform',
    exponent: 1,
    expect: null,
  })),
};

const PLAIN_CLIENT = {
  kind: 'mailbench',
  chunkBytes: null,
  window: 1,
  limits: 'honour',
  sourceAddresses: [],
  sourcePorts: null,
  xclient: [],
  xforward: [],
  xclientBeforeTls: false,
  hello: 'ehlo',
  proxy: null,
  thinkTimeMs: { min: 0, max: 0 },
  rset: false,
  steps: [],
  bodyBytesPerSec: null,
  abandon: null,
  idle: null,
  retries: { attempts: 1, delayMs: 0, factor: 1, classes: [], inDoubt: false, reusedSession: false },
} as const;

export function scenarioOf(
  specs: Readonly<Record<string, ExecutorSpec>>,
  { port, seed = 1, client = {}, target = {}, envelope = SEVERAL_RECIPIENTS }: ScenarioOptions,
): Scenario {
  return {
    name: 'test',
    seed,
    tags: {},
    delivery: null,
    code: null,
    actions: [],
    target: {
      url: `smtp://127.0.0.1:${port}`,
      protocol: 'smtp',
      isEmbedded: false,
      routes: [{ address: { kind: 'tcp', host: '127.0.0.1', port }, weight: 1 }],
      dns: { lookup: 'once', family: 'any', servers: [] },
      tls: tlsOptions(),
      auth: null,
      authorized: false,
      ...target,
    },
    client: {
      ...PLAIN_CLIENT,
      ehlo: null,
      pipelining: 'auto',
      messagesPerSession: { min: 1, max: 8 },
      timeouts: TIMEOUTS,
      reconnectDelayMs: { first: 1, max: 4 },
      ...client,
    },
    messages: [1_024, 3_000].map((sizeBytes) => ({
      kind: 'size',
      weight: 1,
      sizeBytes,
      dkim: [],
      expect: null,
    })),
    envelope,
    scenarios: specs,
    own: {},
    thresholds: {},
  };
}

/** Runs a scenario on `count` shards. `beforeStart` gets them when they are ready to. */
export async function runShards(
  scenario: Scenario,
  count = 1,
  beforeStart: (shards: readonly Shard[]) => void = () => {},
  createClock: (anchor: ClockAnchor) => LoadClock = createRealClock,
): Promise<ShardRun> {
  const anchor = takeAnchor();
  const clock = createClock(anchor);
  const snapshots: Snapshot[] = [];
  const reports: MessageReport[] = [];
  let ends = 0;
  const shards: Shard[] = [];
  const ended = Array.from({ length: count }, (_, index) => {
    const plan: Plan = {
      v: 1,
      run: { id: 'test-run', anchor },
      shard: { index, count },
      // As it goes to a worker: plain data, in which what was one object still is.
      ...structuredClone({ scenario, settings: settingsOfAll(scenario) }),
      logMessages: 'notable',
    };
    return new Promise<void>((resolve, onFailed) => {
      const onSnapshot = (snapshot: Snapshot, messages: MessageBatch) => {
        snapshots.push(JSON.parse(JSON.stringify(snapshot)) as Snapshot);
        reports.push(...messages.reports);
      };
      const onEnd = () => {
        ends++;
        resolve();
      };
      shards.push(new Shard(plan, clock, { onSnapshot, onEnd, onFailed }));
    });
  });
  for (const shard of shards) await shard.prepare();
  beforeStart(shards);
  const startUs = clock.nowUs() + 5_000;
  for (const shard of shards) shard.start(startUs);
  await Promise.all(ended);
  return { snapshots, reports, ends };
}

export function totalOf(snapshots: readonly Snapshot[]): MetricAccumulator {
  const total = new MetricAccumulator();
  for (const snapshot of snapshots) total.add(snapshot);
  return total;
}

export function countsOf(snapshots: readonly Snapshot[]): Counts {
  const total = totalOf(snapshots);
  const { counts } = total;
  total.destroy();
  return counts;
}

/** Numbers of accepted messages as snapshots tell them, ascending. */
export function acceptedNumbers(snapshots: readonly Snapshot[]): number[] {
  return snapshots
    .flatMap(({ accepted }) => accepted)
    .flatMap(([first, count, step]) => Array.from({ length: count }, (_, i) => first + i * step))
    .sort((a, b) => a - b);
}
