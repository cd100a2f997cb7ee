/** Mail of many sizes and forms, sent to the embedded sink, which proves that every message arrived whole. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { runCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';
import { assertAddsUp, assertExit, loadRun } from './load-run.js';

const SIZES = [
  { size: { min: '2KiB', max: '80KiB' } },
  { size: { lognormal: { median: '4KiB', p95: '60KiB' }, max: '1MiB' } },
  { size: { histogram: 'sizes.csv' } },
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

interface Parts {
  readonly messages: unknown;
  readonly client?: object;
  readonly envelope?: object;
  readonly iterations?: number;
}

async function scenario(t: TestContext, parts: Parts): Promise<string> {
  const { messages, client = {}, envelope = {}, iterations = 300 } = parts;
  const dir = await temporaryDir(t);
  await writeFile(join(dir, 'sizes.csv'), '600,3\n4KiB,1\n');
  const file = join(dir, 'mail.json');
  const scenarios = { default: { executor: 'shared-iterations', vus: 4, iterations } };
  const thresholds = { smtp_message_failed: ['rate==0'] };
  const delivery = { expect: 'sink' };
  await writeFile(
    file,
    JSON.stringify({ seed: 3, messages, client, envelope, scenarios, thresholds, delivery }),
  );
  return file;
}
