/**
 * From the words of a scenario file to the line on the wire: parameters of MAIL and RCPT that no server here checks, and
 * LIMITS that one sets. The dialogs hold the session to their RFCs; this holds the file to the session.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { startMailServer } from '../shard/mail-server.js';
import { runScenario } from './scenario-run.js';

const MESSAGES = 4;
const ALL = [
  'PIPELINING',
  '8BITMIME',
  'SMTPUTF8',
  'CHUNKING',
  'BINARYMIME',
  'DELIVERBY',
  'MT-PRIORITY',
  'DSN',
];

describe('the words under envelope', () => {
  for (const [envelope, mail, rcpt, client] of [
    [{ body: '8bitmime' }, ' BODY=8BITMIME', ''],
    [{ body: 'binarymime' }, ' BODY=BINARYMIME', '', { chunking: true }],
    [{ body: 'auto' }, '', ''],
    [{ smtputf8: 'force' }, ' SMTPUTF8', ''],
    [{ priority: -3 }, ' MT-PRIORITY=-3', ''],
    [{ deliverBy: { seconds: 120, mode: 'notify', trace: true } }, ' BY=120;NT', ''],
    [{ dsn: { notify: ['success', 'delay'], ret: 'full' } }, ' RET=FULL', ' NOTIFY=SUCCESS,DELAY'],
    [{ mailParameters: ['AUTH=<>'], rcptParameters: ['X-ONE', 'X-TWO=2'] }, ' AUTH=<>', ' X-ONE X-TWO=2'],
  ] as const) {
    test(`${JSON.stringify(envelope)} are said as they are meant`, async (t) => {
      const { url, said, server } = await start(t, ALL);
      const run = await runScenario(
        { target: { url }, client: client ?? {}, envelope },
        { iterations: MESSAGES },
      );
      assert.equal(run.counts.accepted, MESSAGES, JSON.stringify(run.outcomes));
      assert.equal(server.taken.length, MESSAGES);
      assert.deepEqual(
        said,
        Array(MESSAGES)
          .fill([`MAIL${mail}`, `RCPT${rcpt}`])
          .flat(),
      );
    });
  }

  for (const [envelope, wanted] of [
    [{ body: '8bitmime' }, '8BITMIME'],
    [{ priority: 1 }, 'MT-PRIORITY'],
    [{ deliverBy: { seconds: 120 } }, 'DELIVERBY'],
  ] as const) {
    test(`${JSON.stringify(envelope)} where that is not offered: nothing is sent`, async (t) => {
      const { url, said } = await start(t, ['PIPELINING']);
      const run = await runScenario({ target: { url }, envelope }, { iterations: MESSAGES });
      assert.deepEqual(endsOf(run), [['failed', 'MAIL', 'not-offered', MESSAGES]]);
      assert.equal(run.reports[0]?.reply, `the server does not offer ${wanted}`);
      assert.deepEqual(said, []);
    });
  }
});

describe('LIMITS (RFC 9422)', () => {
  const offers = ['PIPELINING', 'LIMITS MAILMAX=2 RCPTMAX=3'];
  const to = { address: 'user{{n}}@rcpt.example.test', users: 10, perMessage: 4 };

  test('MAILMAX ends a session in order, and RCPTMAX keeps larger messages from being sent', async (t) => {
    const { url, said, server } = await start(t, offers);
    const few = await runScenario({ target: { url } }, { iterations: MESSAGES });
    assert.equal(few.counts.accepted, MESSAGES);
    assert.equal(server.connections, MESSAGES / 2);
    assert.equal(few.replies('QUIT', 221), MESSAGES / 2);
    said.length = 0;
    const many = await runScenario({ target: { url }, envelope: { to } }, { iterations: MESSAGES });
    assert.deepEqual(endsOf(many), [['failed', 'MAIL', 'limit', MESSAGES]]);
    assert.deepEqual(said, []);
  });

  test('are overstepped on purpose with limits: ignore', async (t) => {
    const { url, server } = await start(t, offers);
    const client = { limits: 'ignore' };
    const run = await runScenario({ target: { url }, client, envelope: { to } }, { iterations: MESSAGES });
    assert.equal(run.counts.accepted, MESSAGES, JSON.stringify(run.outcomes));
    assert.equal(server.connections, 1);
    assert.deepEqual(new Set(server.taken.map(({ recipients }) => recipients.length)), new Set([4]));
  });
});

/** `said`: MAIL and RCPT with their parameters, addresses left out. */
async function start(t: TestContext, offers: readonly string[]) {
  const said: string[] = [];
  const lines = ['test.example', ...offers];
  const ehlo = lines.map((text, i) => `250${i === lines.length - 1 ? ' ' : '-'}${text}`).join('\r\n');
  const server = await startMailServer(t, (step, argument) => {
    if (step === 'EHLO') return ehlo;
    if (step === 'MAIL' || step === 'RCPT') said.push(`${step}${argument.slice(argument.indexOf('>') + 1)}`);
    return null;
  });
  return { url: `smtp://127.0.0.1:${server.port}`, said, server };
}

function endsOf({ outcomes }: Awaited<ReturnType<typeof runScenario>>) {
  return outcomes.map(({ outcome, phase, cause, count }) => [outcome, phase, cause, count]);
}
