import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { NO_COUNTS } from '#src/metrics/snapshot.js';
import type { Result } from '#src/result/result.js';
import {
  createRunDirectory,
  findRunDirectory,
  linkLatest,
  RUN_FILES,
  readResult,
  writeResult,
} from '#src/result/run-directory.js';
import { header } from '#test/result/sample-journal.js';

const folder = mkdtempSync(join(tmpdir(), 'mailbench-'));
after(() => rmSync(folder, { recursive: true }));

function newOut(): string {
  return mkdtempSync(join(folder, 'out-'));
}

function sampleResult(): Result {
  const run = header().run;
  return {
    schemaVersion: 1,
    run: { ...run, status: 'completed', endedAt: run.startedAt, durationMs: 0 },
    scenario: {},
    health: {
      verdict: 'ok',
      scheduled: 0,
      started: 0,
      dropped: 0,
      latenessMs: { p50: null, p99: null, max: null },
      utilisation: { max: null, p95: null },
      cpuWait: { max: null, p95: null },
      faults: {},
      reasons: [],
    },
    counts: NO_COUNTS,
    metrics: {},
    outcomes: [],
    thresholds: [],
    delivery: null,
    series: [],
  };
}

test('a run directory is made in a folder that need not exist yet', () => {
  const out = join(newOut(), 'a', 'b');
  assert.equal(createRunDirectory(out, 'run-1'), join(out, 'run-1'));
  assert.deepEqual(readdirSync(out), ['run-1']);
});

test('a run never takes the directory of another', () => {
  const out = newOut();
  createRunDirectory(out, 'run-1');
  assert.throws(() => createRunDirectory(out, 'run-1'), { code: 'RESULT_EXISTS', message: /run-1/ });
});

test('an out folder that is a file, or lies under one, is said to be no folder', () => {
  const file = join(newOut(), 'file');
  writeFileSync(file, '');
  assert.throws(() => createRunDirectory(file, 'run-1'), { code: 'RESULT_NOT_A_DIRECTORY' });
  assert.throws(() => createRunDirectory(join(file, 'deeper'), 'run-1'), { code: 'RESULT_NOT_A_DIRECTORY' });
});

test('latest leads to the run that was linked last', () => {
  const out = newOut();
  for (const id of ['run-1', 'run-2']) assert.ok(linkLatest(createRunDirectory(out, id)));
  assert.equal(readlinkSync(join(out, 'latest')), 'run-2');
  assert.deepEqual(readdirSync(out).sort(), ['latest', 'run-1', 'run-2']);
});

test('a folder named latest is left alone, and the run goes on without the link', () => {
  const out = newOut();
  mkdirSync(join(out, 'latest'));
  writeFileSync(join(out, 'latest', 'mine'), '');
  assert.equal(linkLatest(createRunDirectory(out, 'run-1')), false);
  assert.ok(lstatSync(join(out, 'latest')).isDirectory());
  assert.deepEqual(readdirSync(out).sort(), ['latest', 'run-1']);
});

test('a run is found by its directory, by one of its files and by latest', () => {
  const out = newOut();
  const directory = createRunDirectory(out, 'run-1');
  writeResult(directory, sampleResult());
  linkLatest(directory);
  assert.equal(findRunDirectory(directory), directory);
  assert.equal(findRunDirectory(join(directory, RUN_FILES.result)), directory);
  assert.equal(readResult(join(out, 'latest')).run.id, sampleResult().run.id);
});

test('where links are not permitted latest is a file with the id of the run', () => {
  const out = newOut();
  const directory = createRunDirectory(out, 'run-1');
  writeFileSync(join(out, 'latest'), 'run-1\n');
  assert.equal(findRunDirectory(join(out, 'latest')), directory);
});

test('what is not there is said to be missing', () => {
  const out = newOut();
  assert.throws(() => findRunDirectory(join(out, 'none')), { name: 'UsageError', code: 'RESULT_NOT_FOUND' });
  assert.throws(() => findRunDirectory(join(out, 'latest')), { code: 'RESULT_NOT_FOUND' });
  assert.throws(() => readResult(out), { code: 'RESULT_NOT_FOUND', message: /result\.json/ });
});

test('a result is read back as it was written', () => {
  const directory = createRunDirectory(newOut(), 'run-1');
  writeResult(directory, sampleResult());
  assert.deepEqual(readResult(directory), sampleResult());
});

test('a result that breaks its schema is never written', () => {
  const directory = createRunDirectory(newOut(), 'run-1');
  const broken = { ...sampleResult(), counts: { ...NO_COUNTS, accepted: 0.5 } };
  assert.throws(() => writeResult(directory, broken), { name: 'BugError', message: /counts\.accepted/ });
  assert.equal(existsSync(join(directory, RUN_FILES.result)), false);
});

test('a changed result.json is refused with its file and key', () => {
  const directory = createRunDirectory(newOut(), 'run-1');
  const path = join(directory, RUN_FILES.result);
  const refusals: [content: unknown, code: string, message: RegExp][] = [
    ['{"schemaVersion":', 'RESULT_NOT_JSON', /result\.json/],
    [{ ...sampleResult(), schemaVersion: 2 }, 'RESULT_VERSION_UNKNOWN', /schemaVersion is 2/],
    [[], 'RESULT_VERSION_UNKNOWN', /missing/],
    [{ ...sampleResult(), extra: 1 }, 'RESULT_INVALID', /extra/],
    [{ ...sampleResult(), run: { ...sampleResult().run, seed: 'x' } }, 'RESULT_INVALID', /run\.seed/],
  ];
  for (const [content, code, message] of refusals) {
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    assert.throws(() => readResult(directory), { name: 'UsageError', code, message });
  }
});

test('result.json is text with a line for each key, for diffs', () => {
  const directory = createRunDirectory(newOut(), 'run-1');
  writeResult(directory, sampleResult());
  assert.match(
    readFileSync(join(directory, RUN_FILES.result), 'utf8'),
    /^\{\n {2}"schemaVersion": 1,\n[\s\S]*\}\n$/,
  );
});
