import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { compareRuns } from '#src/compare/comparison.js';
import { baselineFolder, saveBaseline } from '#src/result/baseline.js';
import { CAPACITY_FILE, readCapacity, writeCapacity } from '#src/result/capacity.js';
import { COMPARISON_FILE, readComparison, writeComparison } from '#src/result/comparison.js';
import { NOISE_FLOOR_FILE, noiseFloorOf, saveNoiseFloor } from '#src/result/noise-floor.js';
import { createRunDirectory, readResult, writeResult } from '#src/result/run-directory.js';
import { runsIn } from '#src/result/run-list.js';
import { resultOf } from '#test/compare/sample-results.js';
import { sampleCapacity } from '#test/report/capacity/sample-capacity.js';
import { temporaryDir } from '#test/tmp.js';

const COMPARISON = compareRuns(
  { old: resultOf(), new: resultOf({ medianMs: 20 }) },
  { name: 'x', at: '2026-11-23T10:00:00.000Z', mailbench: '1.0.0', runs: [] },
);

describe('what a comparison and a search leave', () => {
  test('is read back as it was written', async (t) => {
    const folder = await temporaryDir(t);
    writeComparison(folder, COMPARISON);
    assert.deepEqual(readComparison(folder), COMPARISON);
    writeCapacity(folder, sampleCapacity());
    assert.deepEqual(readCapacity(folder), sampleCapacity());
  });

  test('is refused where it was changed by hand, with the key that is wrong', async (t) => {
    const folder = await temporaryDir(t);
    writeComparison(folder, COMPARISON);
    writeCapacity(folder, sampleCapacity());
    const change = (file: string, from: string, to: string) => {
      const path = join(folder, file);
      writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
    };
    change(COMPARISON_FILE, '"verdict": null', '"verdict": "fine"');
    assert.throws(() => readComparison(folder), { code: 'REPORT_UNREADABLE', message: /rows\.0\.verdict/ });
    change(CAPACITY_FILE, '"precision": 0.05', '"precision": "5%"');
    assert.throws(() => readCapacity(folder), { code: 'REPORT_UNREADABLE', message: /precision/ });
    writeFileSync(join(folder, CAPACITY_FILE), '{"schemaVersion": 1,');
    assert.throws(() => readCapacity(folder), { code: 'REPORT_UNREADABLE', message: /JSON/ });
    const nowhere = join(folder, 'none');
    assert.throws(() => readCapacity(nowhere), { code: 'REPORT_UNREADABLE', message: /ENOENT/ });
  });
});

describe('a baseline', () => {
  test('is a result under a name, which the next one of that name replaces', async (t) => {
    const out = await temporaryDir(t);
    saveBaseline(out, 'main', resultOf({ medianMs: 10 }));
    saveBaseline(out, 'main', resultOf({ medianMs: 20 }));
    const found = readResult(baselineFolder(out, 'main'));
    assert.equal(found.metrics.smtp_message_duration?.values.med, 20);
  });

  test('that is not there is told, with what saves one', async (t) => {
    const out = await temporaryDir(t);
    assert.throws(() => baselineFolder(out, 'main'), { code: 'BASELINE_NOT_FOUND' });
  });

  for (const name of ['..', '.', '../x', 'a/b', '', '12', 'x'.repeat(65), 'a\0']) {
    test(`may not be called ${JSON.stringify(name.slice(0, 10))}`, async (t) => {
      const out = await temporaryDir(t);
      assert.throws(() => saveBaseline(out, name, resultOf()), { code: 'BASELINE_NAME' });
      assert.throws(() => baselineFolder(out, name), { code: 'BASELINE_NAME' });
    });
  }
});

describe('noise floors', () => {
  const floor = { host: 'h', name: 'n', at: '2026-11-23T10:00:00.000Z', rounds: 10, rows: [] };

  test('are kept by host and name; the newest counts', async (t) => {
    const out = await temporaryDir(t);
    assert.equal(noiseFloorOf(out, 'h', 'n'), null);
    saveNoiseFloor(out, floor);
    saveNoiseFloor(out, { ...floor, host: 'other' });
    saveNoiseFloor(out, { ...floor, rounds: 20 });
    assert.equal(noiseFloorOf(out, 'h', 'n')?.rounds, 20);
    assert.equal(noiseFloorOf(out, 'other', 'n')?.rounds, 10);
    assert.equal(noiseFloorOf(out, 'h', 'else'), null);
  });

  test('that were damaged are refused', async (t) => {
    const out = await temporaryDir(t);
    writeFileSync(join(out, NOISE_FLOOR_FILE), '{"v":1,"floors":[{"host":3}]}');
    assert.throws(() => noiseFloorOf(out, 'h', 'n'), {
      code: 'REPORT_UNREADABLE',
      message: /floors\.0\.host/,
    });
  });
});

describe('the runs of a folder', () => {
  test('come newest first; what cannot be read says why, experiments are passed over', async (t) => {
    const out = await temporaryDir(t);
    for (const id of ['20261101-000000-aaaa', '20261103-000000-aaaa', '20261102-000000-aaaa'])
      writeResult(createRunDirectory(out, id), resultOf({}, { id }));
    writeFileSync(join(createRunDirectory(out, '20261104-000000-aaaa'), 'result.json'), '{}');
    createRunDirectory(out, '20261105-000000-aaaa');
    const found = [...runsIn(out)].map((one) => ('result' in one ? one.result.run.id : one.unreadable));
    assert.match(found[0] ?? '', /schemaVersion is missing/);
    assert.deepEqual(found.slice(1), [
      '20261103-000000-aaaa',
      '20261102-000000-aaaa',
      '20261101-000000-aaaa',
    ]);
    assert.throws(() => [...runsIn(join(out, 'none'))], { code: /./ });
  });
});
