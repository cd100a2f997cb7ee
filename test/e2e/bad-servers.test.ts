/** Servers that cannot be talked to, or that stop talking: an outcome with its phase and cause, never an error. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { freePort } from '../free-port.js';
import { temporaryDir } from '../tmp.js';
import { startCliSink } from './cli-sink.js';
import { assertAddsUp, assertExit, loadRun, outcomesOf, scenarioFile } from './load-run.js';
import { type ScriptedServer, type Step, startScriptedServer } from './scripted-server.js';

const SIDE_BY_SIDE = { concurrency: 2 };

describe('a server that cannot be talked to is an outcome, not an error', SIDE_BY_SIDE, () => {
  test('a refusing port is asked a few times a second for each VU, not as fast as it refuses', async (t) => {
    const url = `smtp://127.0.0.1:${await freePort()}`;
    const run = await loadRun(t, ['--target', url, '--vus', '20', '--duration', '2s']);
    assertExit(run, 99);
    assertAddsUp(run.result);
    const [row, ...others] = outcomesOf(run.result);
    assert.deepEqual([row?.outcome, row?.phase, row?.cause, others], ['failed', 'connect', 'refused', []]);
    // 100 ms, 200, 400, 800: five tries in two seconds, were the clock perfect.
    assert.ok(row && row.count >= 40 && row.count <= 140, `${row?.count} attempts`);
    assert.match(run.stdout, /connect refused/);
  });

  test('a socket that is not there is unreachable, and the run says so', async (t) => {
    const url = `smtp+unix://${join(await temporaryDir(t), 'no.sock')}`;
    const run = await loadRun(t, ['--target', url, '--iterations', '3']);
    assertExit(run, 99);
    assertAddsUp(run.result);
    const outcome = { outcome: 'failed', phase: 'connect', cause: 'unreachable', count: 3 };
    assert.deepEqual(outcomesOf(run.result), [outcome]);
    assert.match(run.stdout, /connect unreachable.*ENOENT/s);
  });

  test('a server that comes back is used again', async (t) => {
    const server = await startScriptedServer(t, { MAIL: '421 4.3.2 busy' });
    const run = await loadRun(t, [await against(t, server), '--iterations', '5']);
    assert.equal(server.connections(), 5);
    assert.equal(run.result.outcomes[0]?.class, 'throttled');
    assert.deepEqual(outcomesOf(run.result), [{ outcome: 'rejected', phase: 'MAIL', cause: '', count: 5 }]);
  });

  test('TLS to a plain port fails in the TLS phase', async (t) => {
    const server = await startScriptedServer(t);
    const file = await against(t, server, {
      url: `smtps://127.0.0.1:${server.port}`,
      tls: { verify: false },
    });
    const run = await loadRun(t, [file]);
    assertExit(run, 99);
    assert.deepEqual(outcomesOf(run.result), [{ outcome: 'failed', phase: 'tls', cause: 'tls', count: 1 }]);
  });

  test('plain text to a TLS port waits for a greeting in vain', async (t) => {
    const sink = await startCliSink(t, ['--implicit-tls']);
    const run = await loadRun(t, [await against(t, { url: `smtp://127.0.0.1:${sink.port}` })]);
    assertExit(run, 99);
    assert.deepEqual(outcomesOf(run.result), [
      { outcome: 'failed', phase: 'GREETING', cause: 'timeout', count: 1 },
    ]);
  });

  test('STARTTLS that is not offered is not talked around', async (t) => {
    const server = await startScriptedServer(t);
    const file = await against(t, server, { tls: { mode: 'starttls', verify: false } });
    const run = await loadRun(t, [file]);
    assertExit(run, 99);
    assert.deepEqual(outcomesOf(run.result), [
      { outcome: 'failed', phase: 'STARTTLS', cause: 'not-offered', count: 1 },
    ]);
    assert.equal(server.messages(), 0);
  });

  test('gibberish instead of a reply is a failure of the protocol', async (t) => {
    const server = await startScriptedServer(t, { EHLO: 'HTTP/1.1 400 Bad Request' });
    const run = await loadRun(t, [await against(t, server)]);
    assertExit(run, 99);
    assert.deepEqual(outcomesOf(run.result), [
      { outcome: 'failed', phase: 'EHLO', cause: 'malformed-reply', count: 1 },
    ]);
  });

  test('what a server says reaches the terminal without its escape sequences', async (t) => {
    const server = await startScriptedServer(t, { MAIL: '550 5.7.1 \x1b[2Jgone\x1b]0;title\x07' });
    const run = await loadRun(t, [await against(t, server)]);
    assert.match(run.stdout, /gone/);
    assert.doesNotMatch(run.stdout + run.stderr, /[\x07\x1b]/);
  });
});

describe('a server that ends the conversation is told apart by where it did', SIDE_BY_SIDE, () => {
  /** The phase under which each step is reported; null where the message is accepted all the same. */
  const phases: readonly (readonly [Step, string | null])[] = [
    ['GREETING', 'GREETING'],
    ['EHLO', 'EHLO'],
    ['MAIL', 'MAIL'],
    ['RCPT', 'RCPT'],
    ['DATA', 'DATA'],
    ['CONTENT', 'CONTENT'],
    ['END', 'CONTENT'],
    ['QUIT', null],
  ];
  for (const [how, cause] of [
    ['hang up', 'closed'],
    ['silence', 'timeout'],
  ] as const) {
    // Silence in the middle of the content is what every server does.
    for (const [step, phase] of phases.filter(([step]) => how === 'hang up' || step !== 'CONTENT')) {
      test(`${how} at ${step}`, async (t) => {
        const server = await startScriptedServer(t, { [step]: how });
        const run = await loadRun(t, [await against(t, server), '--iterations', '2']);
        assertExit(run, phase === null ? 0 : 99);
        assertAddsUp(run.result);
        const ended =
          phase === null
            ? { outcome: 'accepted', phase: '', cause: '' }
            : { outcome: 'failed', phase, cause };
        assert.deepEqual(outcomesOf(run.result), [{ ...ended, count: 2 }]);
        // What was sent to its last byte and never answered may have been delivered.
        assert.equal(run.result.counts.inDoubt, phase === 'CONTENT' ? 2 : 0);
        assert.equal(run.result.run.status, 'completed');
      });
    }
  }
});

/** A scenario file with time-outs and delays short enough for a test. */
function against(
  t: TestContext,
  { url }: Pick<ScriptedServer, 'url'>,
  target: { readonly url?: string; readonly tls?: object } = {},
): Promise<string> {
  const names = ['greeting', 'command', 'dataInitiation', 'dataTermination', 'quit'];
  const timeouts = Object.fromEntries(names.map((name) => [name, '400ms']));
  return scenarioFile(t, { target: { url, ...target }, client: { reconnectDelay: '1ms', timeouts } });
}
