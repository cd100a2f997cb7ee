/** Real mail, sent from files: what a receiver keeps is what lay there, and every copy is proved. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { parseStamp } from '#src/message/stamp.js';
import { runCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';
import { startCliSink } from './cli-sink.js';
import { CORPUS_FILES, wireFormsOf } from './corpus-files.js';
import { assertAddsUp, assertExit, loadRun } from './load-run.js';

describe('a corpus', { concurrency: 2 }, () => {
  for (const client of [{ pipelining: 'off' }, { pipelining: 'coalesced' }, { chunking: '1KiB' }]) {
    test(`arrives byte for byte with ${JSON.stringify(client)}, from files of three kinds, over two workers`, async (t) => {
      const dir = await corpora(t);
      const kept = join(dir, 'kept');
      const receipts = join(dir, 'receipts.ndjson');
      const sink = await startCliSink(t, ['--receipts', receipts, '--keep', kept]);
      const file = join(dir, 'real-mail.json');
      const messages = ['eml', 'box', 'md'].map((path) => ({ corpus: { path, messageId: 'keep' } }));
      await writeFile(
        file,
        JSON.stringify({
          target: { url: `smtp://127.0.0.1:${sink.port}` },
          client,
          messages,
          scenarios: { all: { executor: 'shared-iterations', vus: 4, iterations: 300 } },
        }),
      );
      const run = await loadRun(t, [file, '--workers', '2', '--seed', '5']);
      assertExit(run, 0);
      assertAddsUp(run.result);
      assert.equal((await sink.totals()).messages, 300);
      const wanted = new Set(wireFormsOf());
      const seen = readdirSync(kept).map((name) => withoutStamp(readFileSync(join(kept, name))));
      assert.equal(seen.length, 300);
      for (const message of seen) assert.ok(wanted.has(message), JSON.stringify(message));
      assert.deepEqual(new Set(seen), wanted);
      const verified = await runCli(['verify', run.dir, '--receipts', receipts]);
      assert.match(verified.stdout, /All 300 accepted copies arrived, each exactly once and whole/);
    });
  }

  test('that changes while it is sent ends the run with its error, not with that of a dead worker', async (t) => {
    const dir = await temporaryDir(t);
    await mkdir(join(dir, 'eml'));
    for (let n = 0; n < 20; n++) await writeFile(join(dir, 'eml', `${10 + n}.eml`), `Subject: ${n}\n\nx\n`);
    const file = join(dir, 's.json');
    await writeFile(
      file,
      JSON.stringify({
        messages: [{ corpus: { path: 'eml', order: 'sequence' } }],
        scenarios: { a: { executor: 'constant-arrival-rate', rate: 5, duration: '10s', preAllocatedVUs: 2 } },
        // It is read when its turn comes, after 3 s and more.
        actions: [{ at: '1s', name: 'change', run: 'echo more >> eml/29.eml' }],
      }),
    );
    const run = await loadRun(t, [file]);
    assert.equal(run.code, 104, run.stderr);
    assert.match(run.stderr, /29\.eml[\s\S]*MESSAGE_CORPUS_CHANGED/);
    assert.doesNotMatch(run.stderr, /RUN_WORKER_DIED/);
    assertAddsUp(run.result);
    assert.ok(run.result.counts.accepted >= 10);
  });

  test('is sent under Message-IDs of its own, and warns where those were signed', async (t) => {
    const dir = await corpora(t);
    const signed =
      'DKIM-Signature: v=1; h=From:Message-ID; b=x\nFrom: a@x.test\nMessage-ID: <1@x.test>\n\nx\n';
    await writeFile(join(dir, 'eml', 'signed.eml'), signed);
    const file = join(dir, 's.yaml');
    await writeFile(
      file,
      'messages: [{ corpus: eml }]\ndelivery: { expect: sink }\nscenarios: { default: { executor: shared-iterations, iterations: 40 } }\n',
    );
    const { stdout, stderr } = await runCli(['validate', file]);
    assert.match(stdout, /corpus \S*eml \(eml\): 4 messages, \d+B, the largest \d+B/);
    assert.match(stderr, /warning: .*1 of 4 messages .* signed with DKIM over their Message-ID/);
    const run = await loadRun(t, [file]);
    assertExit(run, 0);
    assert.match(run.stderr, /warning: 1 of 4 messages/);
    assert.equal(run.result.delivery?.delivered, 40);
  });

  test('that cannot be sent stops the run before it begins, and so does one that is not there', async (t) => {
    const dir = await corpora(t);
    await writeFile(join(dir, 'eml', 'long.eml'), `A: 1\n\n${'x'.repeat(2_000)}\n`);
    const file = join(dir, 's.yaml');
    for (const [corpus, message] of [
      ['eml', /1 of 4 messages of the corpus cannot be sent/],
      ['none', /cannot be read \(ENOENT\)/],
    ] as const) {
      await writeFile(file, `messages: [{ corpus: ${corpus} }]\n`);
      const { code, stderr } = await runCli(['run', file, '--out', join(dir, 'out')]);
      assert.equal(code, 104);
      assert.match(stderr, message);
    }
  });
});

async function corpora(t: TestContext): Promise<string> {
  const dir = await temporaryDir(t);
  for (const [path, content] of Object.entries(CORPUS_FILES)) {
    await mkdir(join(dir, path, '..'), { recursive: true });
    await writeFile(join(dir, path), content, 'latin1');
  }
  return dir;
}

/** Of a message of ours: what stands under the stamp. */
function withoutStamp(message: Buffer): string {
  assert.ok(parseStamp(message) !== null);
  const text = message.toString('latin1');
  return text.slice(text.indexOf('X-Mailbench: ')).replace(/^[^\r]*\r\n/, '');
}
