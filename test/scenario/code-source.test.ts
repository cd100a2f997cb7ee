import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ScenarioError } from '#src/errors.js';
import type { LoadedScenario } from '#src/scenario/load-scenario.js';
import { openScenario } from '#src/scenario/open-scenario.js';
import type { ScenarioFlags } from '#src/scenario/overrides.js';
import { codeFolder } from '../code/code-files.js';
import { load } from './load.js';

async function open(
  t: TestContext,
  text: string,
  { name = 's.mjs', flags = {} }: { name?: string; flags?: ScenarioFlags } = {},
): Promise<LoadedScenario> {
  const folder = await codeFolder(t, { [name]: text });
  return openScenario({ file: join(folder, name), flags, env: {}, drawSeed: () => 42 });
}

/** `file key CODE` of each problem. */
async function problems(
  t: TestContext,
  text: string,
  options: { name?: string; flags?: ScenarioFlags } = {},
) {
  try {
    await open(t, text, options);
    return [];
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.problems.map(({ where, path, code }) => `${where.replace(/^.*\//, '')} ${path} ${code}`);
  }
}

test('a module without functions is the scenario that its words would be in YAML', async (t) => {
  const words = {
    target: { url: 'smtp://127.0.0.1:2525' },
    messages: [{ size: '8KiB' }, { template: { text: 'x' }, weight: 2 }],
    scenarios: { a: { executor: 'constant-vus', vus: 3, duration: '10s' } },
    thresholds: { smtp_message_duration: ['p(99)<250'] },
  };
  const fromCode = await open(t, `export default ${JSON.stringify(words)};`);
  const fromYaml = load(JSON.stringify(words));
  const { code } = fromCode.scenario;
  assert.deepEqual({ ...fromCode.scenario, code: null }, fromYaml.scenario);
  assert.deepEqual(code?.functions, {});
  assert.match(code?.sha256 ?? '', /^[0-9a-f]{64}$/);
});

test('functions stand in the plan by name and line, and in what is shown in the place of what they decide', async (t) => {
  const { scenario, display } = await open(
    t,
    `import { defineScenario } from 'mailbench';
export default defineScenario({
  message: () => ({ text: 'x' }),
  envelope: { prdr: true, each() { return { from: '', to: 'a@a.test' }; } },
  pacing: () => 1,
  async setup() {},
  teardown: async () => {},
});`,
  );
  const { file = '', functions } = scenario.code ?? {};
  const at = (line: number) => `${file}:${line}`;
  assert.deepEqual(functions, {
    message: at(3),
    envelope: at(4),
    pacing: at(5),
    setup: at(6),
    teardown: at(7),
  });
  assert.equal(display.message, `[function message at ${at(3)}]`);
  assert.equal(display.messages, undefined);
  const { each, from, to, prdr } = display.envelope as Record<string, unknown>;
  assert.deepEqual([each, from, to, prdr], [`[function envelope at ${at(4)}]`, undefined, undefined, true]);
  assert.equal((display.client as Record<string, unknown>).thinkTime, undefined);
  assert.deepEqual(Object.keys(display.code as object), ['file', 'path', 'sha256']);
});

test('a value that a function decides is not given beside it, in the file or by a flag', async (t) => {
  const both = await problems(
    t,
    `export default {
      message: () => ({ text: 'x' }), messages: [{ size: 4096 }],
      envelope: { from: 'a@b.test', to: 'c@d.test', each: () => ({}) },
      pacing: () => 1, client: { thinkTime: '1s' },
    };`,
  );
  assert.deepEqual(both.sort(), [
    's.mjs client.thinkTime SCENARIO_CODE_BOTH',
    's.mjs envelope.from SCENARIO_CODE_BOTH',
    's.mjs envelope.to SCENARIO_CODE_BOTH',
    's.mjs messages SCENARIO_CODE_BOTH',
  ]);
  const flagged = await problems(t, `export default { message: () => ({ text: 'x' }) };`, {
    flags: { size: '4KiB' },
  });
  assert.deepEqual(flagged, ['--size messages SCENARIO_CODE_BOTH']);
});

test('pacing is refused where there are no pauses', async (t) => {
  const client = `{ messagesPerSession: 1, kind: 'nodemailer' }`;
  assert.deepEqual(await problems(t, `export default { pacing: () => 1, client: ${client} };`), [
    's.mjs client.kind SCENARIO_CODE_BOTH',
    's.mjs client.messagesPerSession SCENARIO_CODE_BOTH',
  ]);
  const windowed = `{ window: 4, chunking: true }`;
  assert.deepEqual(await problems(t, `export default { pacing: () => 1, client: ${windowed} };`), [
    's.mjs client.window SCENARIO_CODE_BOTH',
  ]);
});

test('flags beat what the code says', async (t) => {
  const { scenario } = await open(t, 'export default { seed: 5, target: { authorized: true } };', {
    flags: { seed: 9 },
  });
  assert.deepEqual([scenario.seed, scenario.target.authorized], [9, true]);
});

test('every problem is named by the path of its key, all at once', async (t) => {
  const found = await problems(
    t,
    `class Size { bytes = 5 }
    export default {
      nmae: 'x', seed: -1, tags: { at: new Date(), big: 5n },
      messages: [{ size: new Size() }], client: { ehlo: () => 'x' },
      message: async () => ({}), envelope: async () => ({}),
      scenarios: { a: { executor: 'constant-vu', vus: 1, duration: '1s' } },
    };
    export function setup() {}`,
  );
  const expected = [
    'nmae SCENARIO_KEY_UNKNOWN',
    'seed SCENARIO_OUT_OF_RANGE',
    'tags.at SCENARIO_TYPE',
    'tags.big SCENARIO_TYPE',
    'messages[0].size SCENARIO_TYPE',
    'client.ehlo SCENARIO_CODE_FUNCTION',
    'message SCENARIO_CODE_ASYNC',
    'envelope SCENARIO_CODE_ASYNC',
    'scenarios.a.executor SCENARIO_EXECUTOR_UNKNOWN',
    ' SCENARIO_CODE_EXPORT',
  ];
  for (const one of expected)
    assert.ok(found.includes(`s.mjs ${one}`), `${one} is not in ${found.join(', ')}`);
});

test('what is no scenario is refused: no default export, a number, a list, a file that is not there', async (t) => {
  for (const text of ['export const options = {};', 'export default 5;', 'export default [];', '']) {
    assert.deepEqual(await problems(t, text), ['s.mjs  SCENARIO_CODE_EXPORT'], text);
  }
  const missing = openScenario({ file: '/nowhere/s.ts', flags: {}, env: {}, drawSeed: () => 1 });
  await assert.rejects(missing, { code: 'SCENARIO_FILE_UNREADABLE' });
});

test('an object that contains itself is refused, not followed for ever', async (t) => {
  const found = await problems(t, 'const tags = {}; tags.tags = tags; export default { tags };');
  assert.ok(found.every((one) => one.endsWith('SCENARIO_TYPE')) && found.length > 0, found.join());
});

test('code that cannot be run is a problem of the file, with its place', async (t) => {
  assert.deepEqual(await problems(t, 'const a: number = 1;\nenum A { B }', { name: 's.ts' }), [
    's.ts:2:1  SCENARIO_CODE_SYNTAX',
  ]);
});

test('what the module throws, on its way in or in a getter, is its own exception', async (t) => {
  await assert.rejects(open(t, '\nnull.x;'), {
    code: 'CODE_THREW',
    message: /The module threw at .*s\.mjs:2:6: TypeError/,
  });
  await assert.rejects(open(t, 'export default { get name() { throw new Error("no"); } };'), {
    code: 'CODE_THREW',
    message: /The default export threw at .*s\.mjs:1:\d+: Error: no/,
  });
});

test('a password in code is masked wherever the scenario is shown', async (t) => {
  const { display, secrets } = await open(
    t,
    `export default { target: { url: 'smtp://127.0.0.1:25', auth: { user: 'a', pass: 'open sesame', allowPlaintext: true } } };`,
  );
  assert.doesNotMatch(JSON.stringify(display), /sesame/);
  assert.ok(secrets.includes('open sesame'));
});
