/**
 * A whole shard with one VU against a server that misbehaves, and what must be true whatever it does.
 *
 * Every run: each message ends as expected and in order; the last one is accepted, so the VU lives on; what was counted as
 * accepted is what the server took; the counts add up; no script of the server broke; every connection is closed; and
 * neither what was read nor what was kept of it is large.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Client } from '#src/scenario/client-options.js';
import type { Envelope, Target } from '#src/scenario/scenario.js';
import type { MessageReport } from '#src/shard/message-report.js';
import { sharedIterations } from '#test/load/rig.js';
import { assertIdentities } from '#test/shard/identities.js';
import {
  acceptedNumbers,
  runShards,
  SEVERAL_RECIPIENTS,
  type ShardRun,
  scenarioOf,
  totalOf,
} from '#test/shard/shard-rig.js';
import { type Behaviour, type GoodServer, startGoodServer } from './good-dialog.js';
import { createSteadyClock } from './steady-clock.js';

export interface HostileCase extends Behaviour {
  readonly title: string;
  readonly client?: Partial<Client>;
  readonly target?: Partial<Target>;
  readonly recipients?: number;
  readonly envelope?: Partial<Envelope>;
  readonly messageBytes?: number;
  /** One line a message: `accepted`, `rejected MAIL 550 policy`, `failed DATA timeout network`, `… in doubt`. */
  readonly messages: readonly string[];
  /** Connections the server saw. */
  readonly sessions: number;
  /** Not all runs end well: a certificate does not get better. Otherwise the last message must be accepted. */
  readonly neverBetter?: boolean;
  /** What may be read for each message, where good replies are long. */
  readonly receivedBound?: number;
  /** Times out soon; otherwise only where a message is expected to. */
  readonly isImpatient?: boolean;
  /** More about the run. */
  readonly also?: (run: HostileRun) => void | Promise<void>;
}

export interface HostileRun extends ShardRun {
  readonly server: GoodServer;
  /** Text of the deciding reply or error of each message, in order. */
  readonly texts: readonly string[];
  readonly receivedBytes: number;
}

/** Where a time-out is to be seen: this long, and up to a tenth of a second more. */
const SHORT_MS = 200;
/** Where none is: longer than any machine is busy. */
const LONG_MS = 30_000;
/** Of what a session reads before it gives up: the longest reply and one more read. */
const RECEIVED_BOUND = 160 * 1024;
/** Of what a run of a few messages reports, as JSON. */
const REPORTED_BOUND = 40 * 1024;

/** Each case is a test of its own; several run at a time. */
export function hostile(title: string, cases: readonly HostileCase[]): void {
  describe(title, { concurrency: 12 }, () => {
    for (const one of cases) {
      test(one.title, { timeout: 20_000 }, async (t) => {
        const server = await startGoodServer(t, one);
        const run = await runAgainst(server, one);
        assertEnds(run, one);
        await one.also?.(run);
      });
    }
  });
}

async function runAgainst(server: GoodServer, one: HostileCase): Promise<HostileRun> {
  const { client, target, envelope, recipients = 1, messageBytes = 2_000 } = one;
  const isImpatient = one.isImpatient ?? one.messages.some((words) => words.includes(' timeout '));
  const scenario = scenarioOf(
    { a: sharedIterations({ vus: 1, iterations: one.messages.length }) },
    {
      port: server.raw.port,
      target: { ...(one.isLmtp === true && { protocol: 'lmtp' }), ...target },
      client: {
        messagesPerSession: { min: 100, max: 100 },
        reconnectDelayMs: { first: 1, max: 1 },
        timeouts: timeoutsOf(isImpatient ? SHORT_MS : LONG_MS),
        ...client,
      },
      envelope: { ...envelopeTo(recipients), ...envelope },
    },
  );
  const messages = [{ kind: 'size', weight: 1, sizeBytes: messageBytes, dkim: [], expect: null }] as const;
  const run = await runShards({ ...scenario, messages }, 1, () => {}, createSteadyClock);
  await server.raw.quiet();
  const total = totalOf(run.snapshots);
  const receivedBytes = total.select('data_received', 1)?.values().values.count ?? 0;
  total.destroy();
  const texts = inOrder(run.reports).map(({ reply }) => reply);
  return { ...run, server, texts, receivedBytes };
}

function timeoutsOf(ms: number): Client['timeouts'] {
  return {
    connectMs: ms,
    tlsMs: ms,
    greetingMs: ms,
    commandMs: ms,
    authMs: ms,
    dataInitiationMs: ms,
    dataBlockMs: ms,
    dataTerminationMs: ms,
    quitMs: ms,
  };
}

function envelopeTo(perMessage: number): Envelope {
  const [entry] = SEVERAL_RECIPIENTS.to;
  return {
    ...SEVERAL_RECIPIENTS,
    to: [{ ...(entry as Envelope['to'][number]), perMessage: { min: perMessage, max: perMessage } }],
  };
}

function assertEnds({ snapshots, reports, server, receivedBytes }: HostileRun, one: HostileCase): void {
  assert.deepEqual(inOrder(reports).map(inWords), one.messages);
  assert.equal(server.raw.connections, one.sessions, 'sessions');
  if (one.neverBetter !== true) assert.equal(one.messages.at(-1), 'accepted', 'a case that ends badly');
  assertIdentities(snapshots);
  assertTaken(server, snapshots, one.messages);
  assert.deepEqual(server.raw.errors, [], 'a script broke');
  assert.deepEqual(server.strayContents, [], 'content that nobody was accepted for');
  assert.ok(
    receivedBytes <= (one.receivedBound ?? RECEIVED_BOUND) * one.messages.length,
    `${receivedBytes} bytes were read`,
  );
  const kept = JSON.stringify([reports, snapshots.map(({ outcomes }) => outcomes)]).length;
  assert.ok(kept <= REPORTED_BOUND, `${kept} bytes are reported`);
}

/** The server took what we count as accepted, and maybe what is in doubt. */
function assertTaken(
  { taken }: GoodServer,
  snapshots: ShardRun['snapshots'],
  messages: readonly string[],
): void {
  const numbers = taken.map(({ number }) => number);
  assert.equal(new Set(numbers).size, numbers.length, 'taken twice');
  const doubtful = messages.flatMap((words, number) => (words.endsWith('in doubt') ? [number] : []));
  const sure = numbers.filter((number) => !doubtful.includes(number));
  assert.deepEqual(
    sure.sort((a, b) => a - b),
    acceptedNumbers(snapshots),
    'accepted',
  );
}

function inOrder(reports: readonly MessageReport[]): MessageReport[] {
  return [...reports].sort((a, b) => a.number - b.number);
}

function inWords({ outcome, phase, cause, code, class: klass, why }: MessageReport): string {
  if (outcome === 'accepted') return 'accepted';
  const doubt = why === 'in-doubt' ? ' in doubt' : '';
  return `${outcome} ${phase} ${cause === '' ? code : cause} ${klass}${doubt}`;
}
