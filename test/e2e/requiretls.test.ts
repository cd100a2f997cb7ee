/** REQUIRETLS (RFC 8689) at smtp-server, which checks it and tells what it understood. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { runScenario } from './scenario-run.js';

const LOAD = { vus: 2, iterations: 10 };

describe('REQUIRETLS at smtp-server', () => {
  test('every message is marked as requiring TLS, and none without the word', async (t) => {
    const { url, marks } = await start(t, { hideREQUIRETLS: false });
    const target = { url, tls: { mode: 'starttls', verify: false } };
    const run = await runScenario({ target, envelope: { requireTls: true } }, LOAD);
    assert.equal(run.counts.accepted, LOAD.iterations, JSON.stringify(run.outcomes));
    assert.deepEqual(marks, Array(LOAD.iterations).fill(true));
    await runScenario({ target }, LOAD);
    assert.deepEqual(marks.slice(LOAD.iterations), Array(LOAD.iterations).fill(false));
  });

  test('where it is not offered the messages fail, and are not sent', async (t) => {
    const { url, marks } = await start(t, { hideREQUIRETLS: true });
    const target = { url, tls: { mode: 'starttls', verify: false } };
    const { outcomes } = await runScenario({ target, envelope: { requireTls: true } }, LOAD);
    assert.deepEqual(
      outcomes.map(({ outcome, cause, count }) => [outcome, cause, count]),
      [['failed', 'not-offered', LOAD.iterations]],
    );
    assert.deepEqual(marks, []);
  });
});

/** `marks`: for each message that came, whether it requires TLS. */
async function start(t: TestContext, options: SMTPServerOptions) {
  const marks: (boolean | undefined)[] = [];
  const server = new SMTPServer({
    ...options,
    disabledCommands: ['AUTH'],
    onData: (stream, session, callback) => {
      marks.push(session.envelope.requireTLS);
      stream.resume().once('end', () => callback());
    },
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`, marks };
}
