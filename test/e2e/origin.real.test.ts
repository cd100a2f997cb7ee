/**
 * Who the client claims to be: XCLIENT, XFORWARD and the PROXY protocol, as Postfix logs them.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { eventually } from '../servers/eventually.js';
import { type Postfix, type PostfixOptions, startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { runScenario, type ScenarioRun } from './scenario-run.js';

/** One session for each message. */
const LOAD = { vus: 2, iterations: 8 };
const ANYWHERE = { smtpd_relay_restrictions: 'reject_unauth_destination' };

describe('a Postfix that believes its client', { concurrency: 3 }, () => {
  test('XCLIENT: each session is logged under the name and address it gave, in turn', async (t) => {
    const postfix = await start(t, {
      extra: { ...ANYWHERE, inet_protocols: 'all', smtpd_authorized_xclient_hosts: '127.0.0.1' },
    });
    if (postfix === undefined) return;
    const xclient = [
      { NAME: 'one.example.org', ADDR: '192.0.2.1', HELO: 'helo.example.org', PROTO: 'ESMTP' },
      { NAME: '[UNAVAILABLE]', ADDR: 'IPV6:2001:db8::2' },
    ];
    const run = await send(postfix, { xclient });
    assert.equal(run.replies('XCLIENT', 220), LOAD.iterations);
    assert.deepEqual(await clients(postfix), {
      'one.example.org[192.0.2.1]': LOAD.iterations / 2,
      'unknown[2001:db8::2]': LOAD.iterations / 2,
    });
  });

  test('XFORWARD: the original client stands in the log beside ours', async (t) => {
    const postfix = await start(t, { extra: { smtpd_authorized_xforward_hosts: '127.0.0.1' } });
    if (postfix === undefined) return;
    const xforward = {
      NAME: 'far.example.org',
      ADDR: '198.51.100.7',
      HELO: 'far.example.org',
      SOURCE: 'REMOTE',
    };
    const run = await send(postfix, { xforward });
    assert.ok(run.replies('XFORWARD', 250) >= LOAD.iterations);
    assert.deepEqual(await clients(postfix), { 'unknown[127.0.0.1]': LOAD.iterations });
    const log = await postfix.log();
    assert.equal(log.match(/, orig_client=far\.example\.org\[198\.51\.100\.7\]/g)?.length, LOAD.iterations);
  });

  test('XCLIENT where it is not offered fails the session, and sends nothing', async (t) => {
    const postfix = await start(t);
    if (postfix === undefined) return;
    const { counts, outcomes } = await run(postfix, { xclient: { ADDR: '192.0.2.1' } });
    assert.equal(counts.accepted, 0);
    assert.deepEqual(
      outcomes.map(({ outcome, phase, cause }) => [outcome, phase, cause]),
      [['failed', 'XCLIENT', 'not-offered']],
    );
    assert.equal((await postfix.countsFromLog()).accepted, 0);
  });

  for (const version of [1, 2]) {
    test(`PROXY version ${version}: each session is logged under the address it gave, in turn`, async (t) => {
      const postfix = await start(t, { proxy: true, extra: { ...ANYWHERE, inet_protocols: 'all' } });
      if (postfix === undefined) return;
      const source = ['192.0.2.9:4711', '[2001:db8::9]:4712'];
      await send(postfix, { proxy: { version, source: source[0], destination: '192.0.2.25:25' } });
      assert.deepEqual(await clients(postfix), { 'unknown[192.0.2.9]': LOAD.iterations });
      await send(postfix, { proxy: { version, source: source[1], destination: '[2001:db8::25]:25' } });
      assert.deepEqual(await clients(postfix, 2 * LOAD.iterations), {
        'unknown[192.0.2.9]': LOAD.iterations,
        'unknown[2001:db8::9]': LOAD.iterations,
      });
    });
  }

  test('PROXY without a source tells our end of the connection, and LOCAL none', async (t) => {
    const postfix = await start(t, { proxy: true });
    if (postfix === undefined) return;
    await send(postfix, { proxy: { version: 1 } });
    await send(postfix, { proxy: { version: 2 } });
    await send(postfix, { proxy: { version: 2, local: true } });
    assert.deepEqual(await clients(postfix, 3 * LOAD.iterations), {
      'unknown[127.0.0.1]': 3 * LOAD.iterations,
    });
  });
});

async function start(t: TestContext, options?: PostfixOptions): Promise<Postfix | undefined> {
  if (!requireProgram(t, 'postfix')) return undefined;
  const postfix = await startPostfix(options);
  t.after(() => postfix.stop());
  return postfix;
}

function run({ port }: Postfix, client: object): Promise<ScenarioRun> {
  const target = { url: `smtp://127.0.0.1:${port}` };
  return runScenario({ target, client: { messagesPerSession: 1, ...client } }, LOAD);
}

async function send(postfix: Postfix, client: object): Promise<ScenarioRun> {
  const done = await run(postfix, client);
  assert.equal(done.counts.accepted, LOAD.iterations, JSON.stringify(done.outcomes));
  return done;
}

/** How many messages came from whom, by the log, once it tells of `messages`. */
async function clients(postfix: Postfix, messages = LOAD.iterations): Promise<Record<string, number>> {
  const read = async () =>
    [...(await postfix.log()).matchAll(/ \w+: client=([^,\s]+)/g)].map(([, client = '']) => client);
  const seen = await eventually(read, (all) => all.length >= messages);
  return Object.fromEntries(
    [...new Set(seen)].sort().map((client) => [client, seen.filter((one) => one === client).length]),
  );
}
