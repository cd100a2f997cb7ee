import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseReceiptLine } from '#src/delivery/receipt.js';
import { readResult } from '#src/result/run-directory.js';
import { runCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';
import { scenarioFile, startLoadRun } from './load-run.js';

const SCENARIO = `name: proof
scenarios:
  all: { executor: shared-iterations, vus: 5, iterations: 1000 }
envelope:
  to: { address: "user{{n}}@{{domain}}", domains: { a.example.test: 3, b.example.test: 1 }, users: 100, perMessage: 2 }
delivery: { expect: sink, wait: 20s }
`;

test('what a run saw of its copies, verify sees again, and what receipts lack it misses by name', async (t) => {
  const cwd = await temporaryDir(t);
  writeFileSync(join(cwd, 'proof.yaml'), SCENARIO);
  const run = await runCli(['run', 'proof.yaml', '--quiet'], { cwd });
  assert.equal(run.code, 0, run.stderr);
  const moved = join(cwd, 'moved');
  renameSync(realpathSync(join(cwd, 'reports/latest')), moved);
  const seen = readResult(moved).delivery;
  assert.deepEqual([seen?.accepted, seen?.delivered, seen?.duplicated], [2_000, 2_000, 0]);

  assert.equal((await runCli(['verify', moved, '--quiet'])).code, 0);
  assert.deepEqual(readResult(moved).delivery, seen);

  const receipts = join(cwd, 'some.ndjson');
  const lines = readFileSync(join(moved, 'receipts.ndjson'), 'utf8').split('\n');
  writeFileSync(receipts, lines.filter((line) => !isReceiptOf(line, [3, 700])).join('\n'));
  const less = await runCli(['verify', moved, '--receipts', receipts, '--no-color']);
  assert.equal(less.code, 99, less.stderr);
  assert.match(less.stdout, /lost message 3 [\s\S]*lost message 700 /);
  assert.deepEqual(readResult(moved).delivery, { ...seen, delivered: 1_996, lost: 4 });
});

test('a file of addresses that is not what it was is told, because it says who should have got what', async (t) => {
  const cwd = await temporaryDir(t);
  const addresses = join(cwd, 'to.csv');
  writeFileSync(addresses, 'address\nann@a.example.test\nbob@a.example.test\n');
  writeFileSync(join(cwd, 'proof.yaml'), SCENARIO.replace(/ {2}to: .*/, '  to: { file: to.csv }'));
  const run = await runCli(['run', 'proof.yaml', '--quiet'], { cwd });
  assert.equal(run.code, 0, run.stderr);
  const before = readFileSync(addresses);
  writeFileSync(addresses, 'address\nbob@a.example.test\nann@a.example.test\n');
  const changed = await runCli(['verify', 'latest', '--quiet'], { cwd });
  assert.equal(changed.code, 104);
  assert.match(changed.stderr, /to\.csv.* \[VERIFY_ADDRESSES_CHANGED\]\n.*Put the file back/);
  writeFileSync(addresses, before);
  assert.equal((await runCli(['verify', 'latest', '--quiet'], { cwd })).code, 0);
});

test('a run that goes on is not verified, and one that was killed is, as soon as it is silent', async (t) => {
  const file = await scenarioFile(t, {
    target: { url: 'embedded' },
    scenarios: { load: { executor: 'constant-arrival-rate', rate: 50, duration: '60s', preAllocatedVUs: 5 } },
    delivery: { expect: 'sink' },
  });
  const running = await startLoadRun(t, [file]);
  while (!/"source":"delivery"/.test(journalIn(running.out))) await sleep(20);
  const [name = ''] = readdirSync(running.out);
  const dir = join(running.out, name);
  const early = await runCli(['verify', dir]);
  assert.equal(early.code, 104, early.stderr);
  assert.match(early.stderr, /goes on: its journal is being written \[VERIFY_RUN_NOT_OVER\]/);
  running.child.kill('SIGKILL');
  await running.done;
  const late = await runCli(['verify', dir, '--quiet']);
  assert.equal(late.code, 0, late.stderr);
  const { counts, delivery } = readResult(dir);
  assert.ok(counts.acceptedCopies > 0);
  assert.equal(delivery?.delivered, counts.acceptedCopies);
});

function journalIn(out: string): string {
  const [name = ''] = existsSync(out) ? readdirSync(out) : [];
  const path = join(out, name, 'journal.ndjson');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function isReceiptOf(line: string, numbers: readonly number[]): boolean {
  const parsed = parseReceiptLine(line);
  return parsed !== null && 'number' in parsed && numbers.includes(parsed.number ?? -1);
}
