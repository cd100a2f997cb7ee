/** Whole shards that send through nodemailer, against a server that counts for itself. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ExecutorSpec } from '#src/scenario/executor-spec.js';
import { constantArrivalRate, constantVus, perVuIterations, sharedIterations } from '#test/load/rig.js';
import { assertIdentities, assertMetricsAgree, assertServerAgrees } from '../identities.js';
import { type MailServer, startMailServer } from '../mail-server.js';
import {
  acceptedNumbers,
  countsOf,
  runShards,
  type ScenarioOptions,
  scenarioOf,
  TIMEOUTS,
  totalOf,
} from '../shard-rig.js';
import type { Answer, Policy, Step } from '../smtp-dialog.js';

const CLIENT = { kind: 'nodemailer', messagesPerSession: { min: 8, max: 8 } } as const;
const EXECUTORS: Readonly<Record<string, ExecutorSpec>> = {
  'shared-iterations': sharedIterations({ vus: 6, iterations: 60 }),
  'per-vu-iterations': perVuIterations({ vus: 4, iterations: 10 }),
  'constant-vus': constantVus({ vus: 4, durationMs: 150 }),
  'constant-arrival-rate': constantArrivalRate({
    rate: 300,
    durationMs: 200,
    preAllocatedVUs: 4,
    maxVUs: 12,
  }),
};
const ONE = sharedIterations({ vus: 1, iterations: 1 });

function load(server: { readonly port: number }, spec: ExecutorSpec, more: Partial<ScenarioOptions> = {}) {
  return runShards(
    scenarioOf({ a: spec }, { port: server.port, ...more, client: { ...CLIENT, ...more.client } }),
  );
}

/** One message to a server of this policy. */
async function outcomeOf(
  t: { after(fn: () => void): void },
  policy: Policy,
  more: Partial<ScenarioOptions> = {},
) {
  const server = await startMailServer(t, policy, { isLmtp: more.target?.protocol === 'lmtp' });
  const { snapshots, reports } = await load(server, ONE, more);
  assertIdentities(snapshots);
  const { counts, outcomes } = totalOf(snapshots);
  const { outcome, phase, scope, cause, code, sample } = outcomes[0] ?? assert.fail('no outcome');
  return {
    server,
    counts,
    reports,
    snapshots,
    row: { outcome, phase, scope, cause, code },
    sample,
    klass: outcomes[0]?.class,
  };
}

const at =
  (where: Step, answer: Answer): Policy =>
  (step) =>
    step === where ? answer : null;

/** Refuses one in eight steps, by a hash of how many there were. */
function moody(): Policy {
  const answers: readonly Answer[] = ['450 4.7.1 later', '550 5.1.1 nobody', '421 4.3.2 going', 'hang-up'];
  let steps = 0;
  return (step) => {
    const hash = Math.imul(++steps ^ (steps >>> 7), 0x2c1b3c6d) >>> 8;
    if (step === 'QUIT' || step === 'RSET' || hash % 8 !== 0) return null;
    return answers[(hash >>> 8) % (step === 'RCPT' ? 2 : 4)] ?? null;
  };
}

describe('a shard that sends through nodemailer', () => {
  for (const [name, spec] of Object.entries(EXECUTORS)) {
    test(`adds up against a good server with ${name}`, async (t) => {
      const server = await startMailServer(t);
      const { snapshots, ends } = await load(server, spec);
      const counts = countsOf(snapshots);
      assert.ok(counts.accepted > 0);
      assert.equal(counts.accepted, counts.begun);
      assert.equal(ends, 1);
      assertIdentities(snapshots);
      assertMetricsAgree(snapshots);
      assertServerAgrees(server, snapshots);
      assert.equal(server.openConnections, 0);
    });

    test(`adds up against a moody server with ${name}`, async (t) => {
      const server = await startMailServer(t, moody());
      const { snapshots } = await load(server, spec);
      assertIdentities(snapshots);
      assertMetricsAgree(snapshots);
      assertServerAgrees(server, snapshots);
    });
  }

  test('sends what our own client sends: numbers, envelopes and sizes', async (t) => {
    const [theirs, ours] = await Promise.all([startMailServer(t), startMailServer(t)]);
    const spec = sharedIterations({ vus: 3, iterations: 40 });
    const { snapshots } = await load(theirs, spec);
    await load(ours, spec, { client: { kind: 'mailbench' } });
    const byNumber = ({ taken }: MailServer) => taken.toSorted((a, b) => a.number - b.number);
    const plain = (server: MailServer) =>
      // The content holds the time of sending.
      byNumber(server).map(({ content: _, ...taken }) => ({
        ...taken,
        recipients: taken.recipients.map((to) => to.split('>')[0]),
      }));
    assert.deepEqual(plain(theirs), plain(ours));
    assert.equal(acceptedNumbers(snapshots).length, 40);
  });

  test('opens as many sessions as messagesPerSession asks for, and counts them and their bytes', async (t) => {
    const server = await startMailServer(t);
    const { snapshots } = await load(server, sharedIterations({ vus: 1, iterations: 24 }));
    const total = totalOf(snapshots);
    assert.equal(server.connections, 3);
    assert.equal(total.select('smtp_sessions', 1)?.n, 3);
    assert.equal(total.select('smtp_session_duration', 1)?.n, 3);
    assert.equal(total.select('smtp_connecting', 1)?.n, 3);
    assert.equal(total.select('data_sent', 1)?.n, server.traffic.read);
    assert.equal(total.select('data_received', 1)?.n, server.traffic.written);
    assert.equal(total.select('smtp_replies{command:CONTENT,code:250}', 1)?.n, 24);
    // What nodemailer does not tell stays empty, and shows that no wire client of ours was at work.
    for (const unknown of ['smtp_command_waiting', 'smtp_content_sending', 'smtp_transaction_duration'])
      assert.equal(total.select(unknown, 1)?.n ?? 0, 0, unknown);
    total.destroy();
  });

  test('of two shards each has its own VUs and numbers', async (t) => {
    const server = await startMailServer(t);
    const spec = sharedIterations({ vus: 4, iterations: 40 });
    const { snapshots } = await runShards(scenarioOf({ a: spec }, { port: server.port, client: CLIENT }), 2);
    assertIdentities(snapshots);
    assertServerAgrees(server, snapshots);
    assert.equal(countsOf(snapshots).accepted, 40);
  });

  test('cuts off what is in flight when it is aborted, in doubt where all was sent', async (t) => {
    let abort = () => {};
    const server = await startMailServer(t, (step) => {
      if (step !== 'CONTENT') return null;
      setImmediate(abort);
      return 'silence';
    });
    const scenario = scenarioOf({ a: ONE }, { port: server.port, client: CLIENT });
    const { snapshots, ends } = await runShards(scenario, 1, ([shard]) => {
      abort = () => shard?.abort();
    });
    const { interrupted, inDoubt } = countsOf(snapshots);
    assert.deepEqual([interrupted, inDoubt, ends], [1, 1, 1]);
    assertIdentities(snapshots);
  });
});

describe('what a server does to nodemailer', () => {
  const rejected = (phase: string, code: number, scope: string) => ({
    outcome: 'rejected',
    phase,
    scope,
    cause: '',
    code,
  });
  const failed = (phase: string, cause: string) => ({
    outcome: 'failed',
    phase,
    scope: 'session',
    cause,
    code: 0,
  });
  const CASES: readonly (readonly [title: string, policy: Policy, row: object, klass: string])[] = [
    ['a 550 to MAIL', at('MAIL', '550 5.7.1 no'), rejected('MAIL', 550, 'message'), 'policy'],
    [
      'a 550 to every RCPT',
      at('RCPT', '550 5.1.1 nobody'),
      rejected('RCPT', 550, 'recipient'),
      'mailbox_invalid',
    ],
    ['a 451 to DATA', at('DATA', '451 4.3.0 no'), rejected('DATA', 451, 'message'), 'system'],
    ['a 552 to the content', at('CONTENT', '552 5.3.4 big'), rejected('CONTENT', 552, 'message'), 'size'],
    [
      'a 421 to the content',
      at('CONTENT', '421 4.3.2 going'),
      rejected('CONTENT', 421, 'session'),
      'throttled',
    ],
    ['a 421 to MAIL', at('MAIL', '421 4.3.2 going'), rejected('MAIL', 421, 'session'), 'throttled'],
    [
      'a 554 as greeting',
      at('CONNECT', '554 5.7.1 no'),
      rejected('GREETING', 554, 'session'),
      'connection_limit',
    ],
    ['a 421 to EHLO', at('EHLO', '421 4.3.2 going'), rejected('EHLO', 421, 'session'), 'throttled'],
    ['a close after the content', at('CONTENT', 'hang-up'), failed('CONTENT', 'closed'), 'network'],
    ['no SMTP as greeting', at('CONNECT', 'hello'), failed('GREETING', 'malformed-reply'), 'protocol'],
  ];
  for (const [title, policy, row, klass] of CASES) {
    test(`${title} is told as our own client tells it`, async (t) => {
      const seen = await outcomeOf(t, policy);
      assert.deepEqual([seen.row, seen.klass], [row, klass]);
      const own = await outcomeOf(t, policy, { client: { kind: 'mailbench' } });
      assert.deepEqual([own.row, own.klass], [row, klass]);
    });
  }

  test('silence after the content is a time-out in doubt, in its phase', async (t) => {
    const timeouts = {
      ...TIMEOUTS,
      commandMs: 50,
      authMs: 50,
      dataInitiationMs: 50,
      dataBlockMs: 50,
      dataTerminationMs: 50,
    };
    const { row, counts } = await outcomeOf(t, at('CONTENT', 'silence'), { client: { timeouts } });
    assert.deepEqual(row, failed('CONTENT', 'timeout'));
    assert.equal(counts.inDoubt, 1);
  });

  test('a silent greeting is a time-out in its phase', async (t) => {
    const timeouts = { ...TIMEOUTS, greetingMs: 50, tlsMs: 50 };
    const { row } = await outcomeOf(t, at('CONNECT', 'silence'), { client: { timeouts } });
    assert.deepEqual(row, failed('GREETING', 'timeout'));
  });

  test('a port that refuses is refused, and no storm of connections', async (t) => {
    const server = await startMailServer(t);
    const client = { ...CLIENT, reconnectDelayMs: { first: 20, max: 40 } };
    const target = { routes: [{ address: { kind: 'tcp', host: '127.0.0.1', port: 1 }, weight: 1 }] } as const;
    const spec = constantVus({ vus: 1, durationMs: 200 });
    const { snapshots } = await runShards(scenarioOf({ a: spec }, { port: server.port, client, target }));
    const { outcomes, counts } = totalOf(snapshots);
    assert.deepEqual([outcomes.length, outcomes[0]?.cause, outcomes[0]?.phase], [1, 'refused', 'connect']);
    assert.ok(counts.begun <= 10, `${counts.begun} connections`);
    assertIdentities(snapshots);
  });

  test('a recipient that is refused makes it partial, and its reply counts', async (t) => {
    const policy: Policy = (step, argument) =>
      step === 'RCPT' && /user1\d/.test(argument) ? '550 5.1.1 no' : null;
    const server = await startMailServer(t, policy);
    const { snapshots } = await load(server, sharedIterations({ vus: 2, iterations: 40 }));
    const total = totalOf(snapshots);
    assert.ok(total.counts.partial > 0);
    assert.ok(total.counts.refused > total.counts.rejected, 'copies of accepted messages too');
    assert.equal(total.select('smtp_replies{command:RCPT,code:550}', 1)?.n, total.counts.refused);
    total.destroy();
    assertIdentities(snapshots);
    assertServerAgrees(server, snapshots);
  });

  test('in LMTP each recipient has an answer of its own', async (t) => {
    let answers = 0;
    const policy: Policy = (step) => (step === 'CONTENT' && ++answers % 2 === 0 ? '550 5.2.2 full' : null);
    const server = await startMailServer(t, policy, { isLmtp: true });
    const spec = sharedIterations({ vus: 2, iterations: 40 });
    const { snapshots } = await load(server, spec, { target: { protocol: 'lmtp' } });
    const { accepted, partial, rejected: refused } = countsOf(snapshots);
    assert.ok(Math.min(accepted, partial, refused) > 0);
    assertIdentities(snapshots);
    assertServerAgrees(server, snapshots);
  });
});
