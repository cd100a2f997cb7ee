/**
 * LMTP into Dovecot's maildirs: what the run says was accepted for a recipient lies in that recipient's maildir, once.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { bodyDigest, bodyOffset, parseStamp } from '#src/message/stamp.js';
import { type Dovecot, startDovecot } from '../servers/dovecot.js';
import { requireProgram } from '../servers/require-program.js';
import { runScenario } from './scenario-run.js';

const USERS = 4;
const MESSAGES = 100;
const LOAD = { vus: 4, iterations: MESSAGES };

describe('LMTP into Dovecot', { concurrency: 2 }, () => {
  for (const [where, client] of [
    ['TCP', {}],
    ['a Unix socket', {}],
    ['TCP', { chunking: '2KiB', window: 16 }],
    ['a Unix socket', { pipelining: 'off' }],
  ] as const) {
    test(`over ${where}, ${JSON.stringify(client)}: each maildir holds its copies, unharmed`, async (t) => {
      const dovecot = await start(t, USERS);
      if (dovecot === undefined) return;
      const run = await runScenario(
        { target: { url: urlOf(dovecot, where) }, client, ...TO_ALL, messages: [{ size: '4KiB' }] },
        LOAD,
      );
      assert.equal(run.counts.accepted, MESSAGES, JSON.stringify(run.outcomes));
      assert.equal(run.counts.acceptedCopies, MESSAGES * USERS);
      assert.equal(run.replies('DATA', 354), 'chunking' in client ? 0 : MESSAGES);
      for (let user = 1; user <= USERS; user++) assertHolds(await dovecot.messagesOf(`user${user}`));
    });
  }

  test('a recipient it does not know: the rest is accepted, the message is partial', async (t) => {
    const dovecot = await start(t, USERS - 1);
    if (dovecot === undefined) return;
    const { counts, replies } = await runScenario(
      { target: { url: urlOf(dovecot, 'TCP') }, ...TO_ALL },
      LOAD,
    );
    const { accepted, partial, acceptedCopies, refused } = counts;
    assert.deepEqual(
      { accepted, partial, acceptedCopies, refused },
      { accepted: MESSAGES, partial: MESSAGES, acceptedCopies: MESSAGES * (USERS - 1), refused: MESSAGES },
    );
    assert.equal(replies('RCPT', 550), MESSAGES);
    for (let user = 1; user < USERS; user++) assertHolds(await dovecot.messagesOf(`user${user}`));
  });
});

/** Every message to every user. */
const TO_ALL = {
  envelope: { to: { address: 'user{{n}}@rcpt.example.test', users: USERS, perMessage: USERS } },
};

async function start(t: TestContext, users: number): Promise<Dovecot | undefined> {
  for (const name of ['dovecot', 'Dovecot LMTP', 'Dovecot submission'] as const) {
    if (!requireProgram(t, name)) return undefined;
  }
  const names = Array.from({ length: users }, (_, index) => [`user${index + 1}`, 'secret']);
  const dovecot = await startDovecot({ users: Object.fromEntries(names), extra: 'mail_fsync = never' });
  t.after(() => dovecot.stop());
  return dovecot;
}

function urlOf(dovecot: Dovecot, where: 'TCP' | 'a Unix socket'): string {
  return where === 'TCP' ? `lmtp://127.0.0.1:${dovecot.lmtpPort}` : `lmtp+unix://${dovecot.lmtpSocket}`;
}

/** Each message of the run once, its body as its stamp says. */
function assertHolds(messages: readonly string[]): void {
  const stamps = messages.map((stored) => {
    const lines = stored.split('\n');
    const first = lines.findIndex((line) => line.startsWith('X-Mailbench:'));
    const message = Buffer.from(lines.slice(first).join('\r\n'), 'latin1');
    const stamp = parseStamp(message);
    assert.equal(stamp?.bodyDigest, bodyDigest(message.subarray(bodyOffset(message))));
    return stamp;
  });
  assert.deepEqual(
    stamps.map((stamp) => stamp?.number).sort((a = 0, b = 0) => a - b),
    Array.from({ length: MESSAGES }, (_, number) => number),
  );
}
