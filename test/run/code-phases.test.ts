import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CodePhases } from '#src/run/code-phases.js';
import { openScenario } from '#src/scenario/open-scenario.js';
import { codeFolder } from '../code/code-files.js';

/** What the functions of the scenario wrote down. */
const written = () => ((globalThis as { phases?: string[] }).phases ??= []);

async function phasesOf(t: TestContext, body: string, maxMs?: number): Promise<CodePhases> {
  written().length = 0;
  const text = `const note = (what) => { globalThis.phases.push(what); }; export default { ${body} };`;
  const file = join(await codeFolder(t, { 's.mjs': text }), 's.mjs');
  const { scenario } = await openScenario({ file, flags: {}, env: {}, drawSeed: () => 1 });
  return new CodePhases(scenario, maxMs);
}

const BOTH = `async setup() { await null; note('up'); return { n: 5 }; }, teardown({ n }) { note('down ' + n); }`;

test('setup comes first, teardown last, and what one returns the other gets', async (t) => {
  const phases = await phasesOf(t, BOTH);
  await phases.setUp();
  assert.deepEqual([phases.data, phases.recipientsOf()], [{ n: 5 }, null]);
  await phases.tearDown();
  assert.deepEqual(written(), ['up', 'down 5']);
});

test('a setup under way is waited for and torn down, one that failed is not', async (t) => {
  const phases = await phasesOf(t, BOTH);
  void phases.setUp();
  await phases.tearDown();
  assert.deepEqual(written(), ['up', 'down 5']);
  const failing = await phasesOf(t, `setup() { throw new Error('no'); }, teardown() { note('down'); }`);
  await assert.rejects(failing.setUp(), { code: 'CODE_THREW' });
  await failing.tearDown();
  assert.deepEqual(written(), []);
});

test('a phase that does not end is given up, or cut', async (t) => {
  const endless = await phasesOf(t, 'setup: () => new Promise(() => {})', 20);
  await assert.rejects(endless.setUp(), {
    code: 'CODE_TIMEOUT',
    message: /^setup\(\) at .*s\.mjs:1 was not done after 0\.02 s/,
  });
  const cut = await phasesOf(t, 'teardown: () => new Promise(() => {})');
  await cut.setUp();
  const tornDown = cut.tearDown();
  cut.cut();
  await tornDown;
});

test('code without setup has no data, and tells who should get what', async (t) => {
  const phases = await phasesOf(t, `envelope: ({ index }) => ({ from: '', to: ['u' + index + '@a.test'] })`);
  await phases.setUp();
  assert.equal(phases.data, undefined);
  assert.deepEqual(phases.recipientsOf()?.(7), ['u7@a.test']);
});
