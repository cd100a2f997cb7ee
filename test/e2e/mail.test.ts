/** Mail of many sizes and forms, sent to the embedded sink, which proves that every message arrived whole. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runCli } from '../cli.js';
import { leavesOf, type MimePart, mimeTree, shapeOf } from '../message/mime-tree.js';
import { decodeWords } from '../message/wire.js';
import { startMailServer } from '../shard/mail-server.js';
import { temporaryDir } from '../tmp.js';
import { startCliSink } from './cli-sink.js';
import { assertAddsUp, assertExit, loadRun } from './load-run.js';
import { ATTACHMENTS, BYTES, LETTER, mailScenario, SIZES } from './mail-files.js';
import { runScenario } from './scenario-run.js';

describe('mail as it is', { concurrency: 2 }, () => {
  test('sizes that are drawn arrive whole, with DATA and BDAT, from one worker and from two', async (t) => {
    for (const client of [{ pipelining: 'off' }, { chunking: '16KiB' }]) {
      const file = await mailScenario(t, { messages: SIZES, client });
      const runs = [
        await loadRun(t, [file, '--workers', '1']),
        await loadRun(t, [file, '--workers', '2']),
      ] as const;
      for (const run of runs) {
        assertExit(run, 0);
        assertAddsUp(run.result);
        assert.deepEqual([run.result.delivery?.delivered, run.result.delivery?.corrupted], [300, 0]);
      }
      const [one, two] = runs.map(({ result }) => result.metrics.data_sent?.values.count);
      assert.ok(one !== undefined && one > 3_000_000, `${one}`);
      assert.equal(two, one, 'the same sizes, whoever sends them');
    }
  });

  test('texts, html, what it shows and attachments arrive as they were written, in every encoding', async (t) => {
    const dir = await temporaryDir(t);
    const kept = join(dir, 'kept');
    const sink = await startCliSink(t, ['--receipts', join(dir, 'receipts.ndjson'), '--keep', kept]);
    const encodings = ['auto', '8bit', 'quoted-printable'].map((encoding) => ({
      template: { ...LETTER, encoding, attachments: ATTACHMENTS },
    }));
    const messages = [
      ...encodings,
      { template: { text: LETTER.text, headerEncoding: 'utf8', subject: LETTER.subject } },
      { template: { subject: 'Lines', text: { size: '8KiB', lineLength: 998 } } },
    ];
    const file = await mailScenario(t, { messages, iterations: 120, delivery: undefined });
    const run = await loadRun(t, [file, '--target', `smtp://127.0.0.1:${sink.port}`]);
    assertExit(run, 0);
    assert.equal((await sink.totals()).messages, 120);
    const seen = new Map<string, number>();
    for (const name of await readdir(kept)) {
      const tree = mimeTree(await readFile(join(kept, name)));
      seen.set(shapeOf(tree), (seen.get(shapeOf(tree)) ?? 0) + 1);
      checkLetter(tree);
    }
    const letter = 'multipart/alternative(text/plain, multipart/related(text/html, image/png))';
    assert.deepEqual([...seen.keys()].sort(), [
      `multipart/mixed(${letter}, application/pdf)`,
      `multipart/mixed(${letter}, application/pdf, text/csv)`,
      'text/plain',
    ]);
  });

  test('every template arrives whole at the embedded sink, through nodemailer too', async (t) => {
    const messages = [
      { template: { ...LETTER, attachments: ATTACHMENTS } },
      { template: { ...LETTER, encoding: '8bit' } },
      { size: { min: '1KiB', max: '9KiB' } },
    ];
    for (const client of [{}, { kind: 'nodemailer' }]) {
      const run = await loadRun(t, [await mailScenario(t, { messages, client })]);
      assertExit(run, 0);
      assert.deepEqual([run.result.delivery?.delivered, run.result.delivery?.corrupted], [300, 0]);
    }
  });

  test('binary content goes out octet for octet with BDAT, where BINARYMIME is offered', async (t) => {
    const offers = ['CHUNKING', 'BINARYMIME', '8BITMIME'];
    const server = await startMailServer(t, (command) =>
      command === 'EHLO'
        ? `250-server.example.test\r\n${offers.map((one) => `250-${one}\r\n`).join('')}250 HELP`
        : null,
    );
    const file = { size: '3KiB', filename: 'a.pdf', encoding: 'binary' };
    const run = await runScenario(
      {
        target: { url: `smtp://127.0.0.1:${server.port}` },
        client: { chunking: true },
        envelope: { body: 'binarymime' },
        messages: [{ template: { text: 'See the file.', encoding: 'binary', attachments: [file] } }],
      },
      { iterations: 5 },
    );
    assert.equal(run.counts.accepted, 5, JSON.stringify(run.outcomes));
    for (const { content } of server.taken) {
      const [text, pdf] = leavesOf(mimeTree(Buffer.from(content, 'latin1')));
      assert.deepEqual([text?.encoding, pdf?.encoding], ['binary', 'binary']);
      assert.equal(pdf?.content.length, 3_072);
      assert.ok(pdf?.content.includes(0));
    }
  });

  test('typical mail arrives whole, unsigned and signed once for all', async (t) => {
    for (const dkim of [undefined, { domain: 'a.example.test', selector: 's', key: 'key.pem' }]) {
      const run = await loadRun(t, [
        await mailScenario(t, { messages: 'typical', iterations: 200, seed: 9, dkim }),
      ]);
      assertExit(run, 0);
      assert.deepEqual([run.result.delivery?.delivered, run.result.delivery?.corrupted], [200, 0]);
      assert.equal(run.result.scenario.messages, 'typical');
      // Two of the 200 have 10 MB.
      assert.ok(Number(run.result.metrics.data_sent?.values.count) > 25_000_000);
    }
  });

  test('validate prints how many sizes are drawn from and their mean, and combinations of attachments', async (t) => {
    const messages = [...SIZES, { template: { ...LETTER, attachments: ATTACHMENTS } }];
    const { stdout, code } = await runCli(['validate', await mailScenario(t, { messages })]);
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split('\n').slice(1);
    assert.match(
      lines[0] ?? '',
      /^ {2}messages\[0\]: \d+ sizes from 2,\d{3} to 81,920 bytes, 41,984 on average$/,
    );
    assert.deepEqual(lines.slice(2), [
      '  messages[2]: 2 sizes from 600 to 4,096 bytes, 1,474 on average',
      '  messages[3]: 2 combinations of attachments',
    ]);
  });
});

/** Whatever it is, it decodes to what was written. */
function checkLetter(tree: MimePart): void {
  const number = /Grüße Nr\. (\d{10})$/.exec(decodeWords(tree.headers.subject ?? ''))?.[1];
  const [text, html, , pdf, csv] = leavesOf(tree);
  if (number === undefined) {
    assert.equal(text?.content.length, 8_192);
    const lines = text.content.toString('latin1').split('\r\n');
    assert.equal(Math.max(...lines.map((line) => line.length)), 998);
    return;
  }
  const filled = LETTER.text.replace('{{seq}}', number).replaceAll('\n', '\r\n');
  assert.equal(text?.content.toString().trimEnd(), filled.trimEnd());
  if (html === undefined) return assert.equal(tree.headers.subject, `Grüße Nr. ${number}`);
  assert.equal(html.content.toString().trimEnd(), LETTER.html.replace('{{seq}}', number));
  assert.deepEqual(pdf?.content, BYTES);
  if (csv !== undefined) assert.equal(csv.content.toString(), 'Größe\r\n1\r\n');
}
