/** Every scenario of the library, shortened, as it stands against the embedded server. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scenarioRows } from '#src/report/scenario-rows.js';
import { runCli } from '../cli.js';
import { LIBRARY, MATRICES, scenarioPath } from './library.js';
import { assertAddsUp, loadRun } from './load-run.js';

/** Run by tests of their own: scenarios.test.ts, and those of scenario code. */
const ELSEWHERE = ['reliability.yaml', 'delivery-issues.yaml', 'spam-and-phishing.yaml'];

describe('the scenario library', { concurrency: 2 }, () => {
  for (const { name, flags, exit } of LIBRARY) {
    test(`${name} runs as it stands, and its thresholds say what they are about`, async (t) => {
      const run = await loadRun(t, [scenarioPath(`${name}.yaml`), ...flags, '--seed', '7']);
      assertAddsUp(run.result);
      const allowed = run.result.health.verdict === 'invalid' ? [...exit, 120] : exit;
      // A machine under other load is slow, and times are what some thresholds are about.
      const late = run.result.thresholds.filter(
        ({ ok, metric }) => !ok && metric === 'smtp_message_duration',
      );
      assert.ok(
        allowed.includes(run.code as number) || late.length > 0,
        `${run.code}\n${run.stdout}${run.stderr}`,
      );
      assert.ok(run.result.counts.accepted > 0);
      const { rejected, failed } = run.result.counts;
      // Its clients break off on purpose.
      assert.deepEqual([rejected, name === 'rude-clients' ? 0 : failed], [0, 0]);
    });
  }

  for (const { name, flags, exit, notOffered } of MATRICES) {
    test(`${name}: each of its ways comes to what the file says, and what is not offered is told`, async (t) => {
      const { result, ...run } = await loadRun(t, [scenarioPath(`${name}.yaml`), ...flags, '--seed', '7']);
      assertAddsUp(result);
      const allowed = result.health.verdict === 'invalid' ? [...exit, 120] : exit;
      assert.ok(allowed.includes(run.code as number), `${run.code}\n${run.stdout}${run.stderr}`);
      const rows = scenarioRows(result);
      assert.equal(rows.length, Object.keys(result.scenario.scenarios as object).length);
      for (const row of rows) {
        assert.ok(row.messages > 0, row.name);
        assert.equal(row.failedShare, 0, row.name);
        assert.equal(row.notOffered, notOffered.includes(row.name) ? row.messages : 0, row.name);
      }
    });
  }

  test('every file of the library is run by a test, and valid as it stands', async () => {
    const files = readdirSync(fileURLToPath(new URL('../../scenarios/', import.meta.url))).filter((file) =>
      file.endsWith('.yaml'),
    );
    const tried = [...[...LIBRARY, ...MATRICES].map(({ name }) => `${name}.yaml`), ...ELSEWHERE];
    assert.deepEqual(
      files.filter((file) => !tried.includes(file)),
      [],
    );
    const { code, stderr } = await runCli(['validate', ...files.map(scenarioPath)]);
    assert.equal(code, 0, stderr);
  });
});
