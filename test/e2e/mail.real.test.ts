/** Mail of many sizes and forms through a real Postfix: what it takes arrives whole, and what it does not is told. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { freePort } from '../free-port.js';
import { startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { assertAddsUp, assertExit, type LoadRun, loadRun, outcomesOf } from './load-run.js';
import { ATTACHMENTS, LETTER, mailScenario, SIZES } from './mail-files.js';

describe('mail through Postfix', { concurrency: 2 }, () => {
  test('sizes that are drawn and templates in every encoding arrive whole', async (t) => {
    const encodings = ['auto', '8bit', 'quoted-printable'].map((encoding) => ({
      template: { ...LETTER, encoding, attachments: ATTACHMENTS },
    }));
    const messages = [
      ...SIZES,
      ...encodings,
      { template: { subject: LETTER.subject, headerEncoding: 'utf8', text: LETTER.text } },
      { template: { subject: 'Lines', text: { size: '8KiB', lineLength: 998 } } },
    ];
    const run = await throughPostfix(t, { messages, iterations: 400 });
    if (run === undefined) return;
    assertExit(run, 0);
    const { accepted, delivered, corrupted, lost } = run.result.delivery ?? {};
    assert.deepEqual(
      { accepted, delivered, corrupted, lost },
      { accepted: 400, delivered: 400, corrupted: 0, lost: 0 },
    );
  });

  test('typical mail is within the limits that Postfix comes with, and arrives whole', async (t) => {
    const run = await throughPostfix(t, { messages: 'typical', seed: 9, iterations: 200 });
    if (run === undefined) return;
    assertExit(run, 0);
    assert.deepEqual([run.result.delivery?.delivered, run.result.delivery?.corrupted], [200, 0]);
    // Two of the 200 have 10 MB.
    assert.ok(Number(run.result.metrics.data_sent?.values.count) > 25_000_000);
  });

  test('raw headers are not sent where SMTPUTF8 is not offered, and counted as that', async (t) => {
    const messages = [{ template: { ...LETTER, headerEncoding: 'utf8' } }, { template: LETTER }];
    const run = await throughPostfix(
      t,
      { messages, iterations: 100 },
      { smtpd_discard_ehlo_keywords: 'smtputf8' },
    );
    if (run === undefined) return;
    const [failed] = outcomesOf(run.result).filter(({ outcome }) => outcome === 'failed');
    assert.equal(failed?.cause, 'not-offered');
    assert.ok(failed.count > 30 && failed.count < 70, `${failed.count}`);
    assert.equal(run.result.delivery?.delivered, 100 - failed.count);
  });
});

async function throughPostfix(
  t: TestContext,
  words: Parameters<typeof mailScenario>[1],
  extra: Readonly<Record<string, string>> = {},
): Promise<LoadRun | undefined> {
  if (!requireProgram(t, 'postfix')) return undefined;
  const port = await freePort();
  const postfix = await startPostfix({ relayPort: port, extra });
  t.after(() => postfix.stop());
  const file = await mailScenario(t, {
    ...words,
    target: { url: `smtp://${postfix.host}:${postfix.port}` },
    delivery: { expect: 'sink', sink: { listen: `127.0.0.1:${port}` }, wait: '60s' },
  });
  const run = await loadRun(t, [file]);
  assertAddsUp(run.result);
  return run;
}
