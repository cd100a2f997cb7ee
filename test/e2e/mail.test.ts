/** Mail of many sizes and forms, sent to the embedded sink, which proves that every message arrived whole. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { runCli } from '../cli.js';
import { leavesOf, type MimePart, mimeTree, shapeOf } from '../message/mime-tree.js';
import { decodeWords } from '../message/wire.js';
import { startMailServer } from '../shard/mail-server.js';
import { temporaryDir } from '../tmp.js';
import { startCliSink } from './cli-sink.js';
import { assertAddsUp, assertExit, loadRun } from './load-run.js';
import { runScenario } from './scenario-run.js';

const SIZES = [
  { size: { min: '2KiB', max: '80KiB' } },
  { size: { lognormal: { median: '4KiB', p95: '60KiB' }, max: '1MiB' } },
  { size: { histogram: 'sizes.csv' } },
];

const BYTES = Buffer.from(Array.from({ length: 3_000 }, (_, index) => (index * 37) % 256));
const LETTER = {
  subject: 'Grüße Nr. {{seq}}',
  text: 'Hallo {{seq}},\n.\nanbei die Größen.\n',
  html: '<p>Hallo {{seq}}</p><img src="cid:logo">',
};
const ATTACHMENTS = [
  { size: '2KiB', filename: 'logo.png', cid: 'logo' },
  { path: 'bytes.pdf' },
  { path: 'list.csv', encoding: '8bit', probability: '50%' },
];

describe('mail as it is', { concurrency: 2 }, () => {
  test('sizes that are drawn arrive whole, with DATA and BDAT, from one worker and from two', async (t) => {
    for (const client of [{ pipelining: 'off' }, { chunking: '16KiB' }]) {
      const file = await scenario(t, { messages: SIZES, client });
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
    const file = await scenario(t, { messages, iterations: 120, delivery: null });
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
      const run = await loadRun(t, [await scenario(t, { messages, client })]);
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

  test('validate prints how many sizes are drawn from, and their mean', async (t) => {
    const { stdout, code } = await runCli(['validate', await scenario(t, { messages: SIZES })]);
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split('\n').slice(1);
    assert.match(
      lines[0] ?? '',
      /^ {2}messages\[0\]: \d+ sizes from 2,\d{3} to 81,920 bytes, 41,984 on average$/,
    );
    assert.equal(lines[2], '  messages[2]: 2 sizes from 600 to 4,096 bytes, 1,474 on average');
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

interface Parts {
  readonly messages: unknown;
  readonly client?: object;
  readonly envelope?: object;
  readonly iterations?: number;
  readonly delivery?: object | null;
}

async function scenario(t: TestContext, parts: Parts): Promise<string> {
  const { messages, client = {}, envelope = {}, iterations = 300, delivery = { expect: 'sink' } } = parts;
  const dir = await temporaryDir(t);
  await writeFile(join(dir, 'sizes.csv'), '600,3\n4KiB,1\n');
  await writeFile(join(dir, 'bytes.pdf'), BYTES);
  await writeFile(join(dir, 'list.csv'), 'Größe\n1\n');
  const file = join(dir, 'mail.json');
  const scenarios = { default: { executor: 'shared-iterations', vus: 4, iterations } };
  const thresholds = { smtp_message_failed: ['rate==0'] };
  await writeFile(
    file,
    JSON.stringify({
      seed: 3,
      messages,
      client,
      envelope,
      scenarios,
      thresholds,
      ...(delivery && { delivery }),
    }),
  );
  return file;
}
