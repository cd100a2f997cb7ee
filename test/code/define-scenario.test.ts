import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { defineScenario } from '#src/mailbench.js';
import { codeFolder } from './code-files.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('defineScenario gives its argument back', () => {
  const scenario = { seed: 1 };
  assert.equal(defineScenario(scenario), scenario);
});

/** What tsc says of a scenario file in a project that has mailbench installed: `line: message` of each error. */
async function errorsIn(t: TestContext, text: string): Promise<string[]> {
  const options = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    noEmit: true,
    types: [],
    skipLibCheck: true,
  };
  const folder = await codeFolder(t, {
    's.ts': text,
    'package.json': '{ "type": "module" }',
    'tsconfig.json': JSON.stringify({ compilerOptions: options, files: ['s.ts'] }),
  });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/mailbench'));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).catch(
    (error: { stdout: string }) => error,
  );
  return [...stdout.matchAll(/s\.ts[(:](\d+)[,:]\d+\)?(?: -|:) error TS\d+: (.*)/g)].map(
    ([, line, message]) => `${line}: ${message}`,
  );
}

const RIGHT = `import { defineScenario } from 'mailbench';
export default defineScenario({
  target: { url: 'smtp://127.0.0.1:2525' },
  scenarios: { peak: { executor: 'constant-arrival-rate', rate: 5, duration: '1m', preAllocatedVUs: 5 } },
  thresholds: { smtp_message_duration: ['p(99)<250', { threshold: 'p(50)<20', abortOnFail: true }] },
  setup: async () => ({ users: ['ada'] }),
  envelope: { prdr: true, each: ({ data, index }) => ({ from: '', to: data.users.map((user) => user + index) }) },
  message: ({ to, draw }) => (draw('kind') < 0.5 ? { size: '12KiB' } : { text: to.join(), expect: { code: 550 } }),
  pacing: ({ vu, random }) => vu * random(),
  teardown({ users }) { users.length.toFixed(); },
});
`;

test('a scenario that is right has the types of its setup in every function', async (t) => {
  assert.deepEqual(await errorsIn(t, RIGHT), []);
});

test('what is wrong is a type error at its line', async (t) => {
  const wrong: [line: number, from: string, to: string][] = [
    [4, `executor: 'constant-arrival-rate'`, `executor: 'constant-arival-rate'`],
    [4, 'rate: 5', `rate: '5'`],
    [3, 'url:', 'urll:'],
    [7, 'data.users', 'data.user'],
    [7, `from: ''`, 'from: null'],
    [8, `size: '12KiB'`, 'bytes: 5'],
    [8, 'text: to.join()', 'text: to'],
    [9, 'vu * random()', `'soon'`],
    [10, 'users.length.toFixed()', 'users.toFixed()'],
  ];
  for (const [line, from, to] of wrong) {
    const text = RIGHT.replace(from, to);
    assert.notEqual(text, RIGHT, from);
    const errors = await errorsIn(t, text);
    assert.ok(
      errors.some((error) => error.startsWith(`${line}: `)),
      `${to} in line ${line}: ${errors.join(' | ')}`,
    );
  }
});
