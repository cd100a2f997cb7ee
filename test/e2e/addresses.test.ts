/** Recipients and senders from files: who got what stands in the receipts, and verify asks the files again. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { runCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';
import { startCliSink } from './cli-sink.js';
import { assertExit, loadRun } from './load-run.js';

describe('addresses from files', { concurrency: 2 }, () => {
  test('in turn and by weight, over two workers; verify knows who should have got what', async (t) => {
    const { file, dir, receipts, sink } = await scenario(t);
    const run = await loadRun(t, [file, '--workers', '2', '--seed', '5']);
    assertExit(run, 0);
    await sink.totals();
    const lines = readReceipts(receipts);
    const got = tally(lines.flatMap(({ rcpt }) => rcpt));
    const inTurn = [...got].filter(([address]) => address.startsWith('turn'));
    assert.deepEqual(
      inTurn.map(([, copies]) => copies),
      [100, 100, 100],
    );
    const from = tally(lines.map((line) => line.from));
    assert.deepEqual([...from.keys()].toSorted(), ['often@s.example.test', 'seldom@s.example.test']);
    assert.ok((from.get('often@s.example.test') ?? 0) > 3 * (from.get('seldom@s.example.test') ?? 0));

    const verified = await runCli(['verify', run.dir, '--receipts', receipts]);
    assert.match(verified.stdout, /All 300 accepted copies arrived/);
    await appendFile(join(dir, 'turn.csv'), 'turn4@a.example.test\n');
    const changed = await runCli(['verify', run.dir, '--receipts', receipts]);
    assert.equal(changed.code, 104);
    assert.match(changed.stderr, /turn\.csv" is not what it was/);
  });

  test('VERP: each reverse-path names its recipient', async (t) => {
    const dir = await temporaryDir(t);
    const receipts = join(dir, 'receipts.ndjson');
    const sink = await startCliSink(t, ['--receipts', receipts]);
    const file = join(dir, 'verp.json');
    await writeFile(
      file,
      JSON.stringify({
        target: { url: `smtp://127.0.0.1:${sink.port}` },
        envelope: {
          from: 'b-{{seq}}+{{verp}}@s.example.test',
          to: { users: 30, choose: 'zipf', exponent: 2 },
        },
        scenarios: { all: { executor: 'shared-iterations', vus: 4, iterations: 300 } },
      }),
    );
    assertExit(await loadRun(t, [file]), 0);
    await sink.totals();
    const lines = readReceipts(receipts);
    for (const { from, rcpt, number } of lines)
      assert.equal(from, `b-${number}+${rcpt[0]?.replace('@', '=')}@s.example.test`);
    const got = tally(lines.flatMap(({ rcpt }) => rcpt));
    // Of exponent 2 the first has a share of about 0.62, and the second a quarter of that.
    assert.ok(Math.abs((got.get('user1@rcpt.example.test') ?? 0) - 186) < 40);
  });
});

async function scenario(t: TestContext) {
  const dir = await temporaryDir(t);
  const receipts = join(dir, 'receipts.ndjson');
  const sink = await startCliSink(t, ['--receipts', receipts]);
  await writeFile(
    join(dir, 'turn.csv'),
    'turn1@a.example.test\nturn2@a.example.test\nturn3@a.example.test\n',
  );
  await writeFile(
    join(dir, 'senders.csv'),
    'weight,address\n9,often@s.example.test\n1,seldom@s.example.test\n',
  );
  const file = join(dir, 'addresses.json');
  const run = { executor: 'shared-iterations', vus: 4, iterations: 300 };
  await writeFile(
    file,
    JSON.stringify({
      target: { url: `smtp://127.0.0.1:${sink.port}` },
      envelope: {
        from: { file: 'senders.csv', choose: 'weighted' },
        to: { file: 'turn.csv', choose: 'round-robin', perMessage: 1 },
      },
      scenarios: { all: run },
    }),
  );
  return { file, dir, receipts, sink };
}

interface Line {
  readonly rcpt: readonly string[];
  readonly from: string;
  readonly number: number;
}

function readReceipts(path: string): Line[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
    .filter(({ rcpt }) => rcpt !== undefined);
}

function tally(values: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of values.toSorted()) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
