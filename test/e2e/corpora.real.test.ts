/** Real mail through a real Postfix: 8-bit content as it is, and where the next server takes none. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { freePort } from '../free-port.js';
import { startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { temporaryDir } from '../tmp.js';
import { CORPUS_FILES } from './corpus-files.js';
import { assertAddsUp, assertExit, loadRun, outcomesOf } from './load-run.js';

describe('a corpus through Postfix', { concurrency: 2 }, () => {
  test('arrives whole, each message once a round', async (t) => {
    if (!requireProgram(t, 'postfix')) return;
    const port = await freePort();
    const postfix = await startPostfix({ relayPort: port });
    t.after(() => postfix.stop());
    const run = await loadRun(t, [
      await scenario(t, { host: postfix.host, port: postfix.port, sinkPort: port }),
    ]);
    assertExit(run, 0);
    assertAddsUp(run.result);
    const { accepted, delivered, corrupted, lost, duplicated } = run.result.delivery ?? {};
    assert.deepEqual(
      { accepted, delivered, corrupted, lost, duplicated },
      {
        accepted: 210,
        delivered: 210,
        corrupted: 0,
        lost: 0,
        duplicated: 0,
      },
    );
    await postfix.waitForEmptyQueue();
    assert.equal((await postfix.countsFromLog()).sent, 210);
  });

  test('what needs 8BITMIME is not sent where it is not offered, and counted as that', async (t) => {
    if (!requireProgram(t, 'postfix')) return;
    const port = await freePort();
    const postfix = await startPostfix({
      relayPort: port,
      extra: { smtpd_discard_ehlo_keywords: '8bitmime' },
    });
    t.after(() => postfix.stop());
    const run = await loadRun(t, [
      await scenario(t, { host: postfix.host, port: postfix.port, sinkPort: port }),
    ]);
    const failed = outcomesOf(run.result).filter(({ outcome }) => outcome === 'failed');
    // One message of seven, in each of 30 rounds.
    assert.deepEqual(
      failed.map(({ cause, count }) => [cause, count]),
      [['not-offered', 30]],
    );
    assert.equal(run.result.delivery?.delivered, 180);
  });
});

async function scenario(
  t: TestContext,
  { host, port, sinkPort }: { readonly host: string; readonly port: number; readonly sinkPort: number },
): Promise<string> {
  const dir = await temporaryDir(t);
  for (const [path, content] of Object.entries(CORPUS_FILES)) {
    await mkdir(join(dir, path, '..'), { recursive: true });
    await writeFile(join(dir, path), content, 'latin1');
  }
  // All in one folder, so that a round is each of the seven once.
  const box = (CORPUS_FILES.box as string).split(/^From a@x.test .*\n/m).filter((message) => message !== '');
  for (const [i, message] of box.entries())
    await writeFile(join(dir, 'eml', `box${i}.eml`), message, 'latin1');
  for (const path of ['md/cur/2.host:2,S', 'md/new/1.host'])
    await writeFile(
      join(dir, 'eml', `${path.replace(/\W/g, '-')}.eml`),
      CORPUS_FILES[path] as string,
      'latin1',
    );
  const file = join(dir, 'real-mail.json');
  await writeFile(
    file,
    JSON.stringify({
      target: { url: `smtp://${host}:${port}` },
      messages: [{ corpus: 'eml' }],
      envelope: { to: { address: 'user{{n}}@a.example.test' } },
      scenarios: { all: { executor: 'shared-iterations', vus: 5, iterations: 210 } },
      delivery: { expect: 'sink', sink: { listen: `127.0.0.1:${sinkPort}` }, wait: '60s' },
    }),
  );
  return file;
}
