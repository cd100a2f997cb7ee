/** Every scenario of the library, shortened, against a Postfix with the settings it comes with. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { LIBRARY, MATRICES, scenarioPath } from './library.js';
import { assertAddsUp, loadRun } from './load-run.js';

describe('the scenario library against Postfix', { concurrency: 1 }, () => {
  const interoperability = MATRICES.filter(({ name }) => name === 'interoperability');
  for (const { name, flags } of [...LIBRARY, ...interoperability]) {
    test(`${name} runs, mail is accepted, and the counts add up`, async (t) => {
      if (!requireProgram(t, 'postfix')) return;
      const postfix = await startPostfix({ tls: true });
      t.after(() => postfix.stop());
      const target = ['--target', `smtp://${postfix.host}:${postfix.port}`];
      const run = await loadRun(t, [scenarioPath(`${name}.yaml`), ...flags, ...target, '--seed', '7'], {
        timeoutMs: 120_000,
      });
      assertAddsUp(run.result);
      assert.ok([0, 99, 120].includes(run.code as number), `${run.code}\n${run.stderr}`);
      assert.ok(run.result.counts.accepted > 0, run.stdout);
    });
  }
});
