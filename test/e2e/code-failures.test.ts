import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../cli.js';
import { codeFolder } from '../code/code-files.js';
import { assertAddsUp, loadRun, startLoadRun } from './load-run.js';

const MANY = `scenarios: { all: { executor: 'shared-iterations', vus: 4, iterations: 40 } }`;

interface Failure {
  readonly what: string;
  readonly text: string;
  readonly message: RegExp;
}

const failures: Failure[] = [
  {
    what: 'thrown in setup',
    text: `export default { ${MANY},\n  setup() {\n    throw new RangeError('no accounts');\n  } };`,
    message: /^mailbench: setup\(\) threw at s\.ts:3:11: RangeError: no accounts \[CODE_THREW\]$/m,
  },
  {
    what: 'thrown for a message, in a worker',
    text: `interface A { b: string }\nexport default { ${MANY},\n  message({ index }: { index: number }) {\n    const a = { b: 'x' } as A | null;\n    return { text: (index === 20 ? null as A | null : a)!.b };\n  } };`,
    message:
      /^mailbench: message\(\) threw at s\.ts:5:\d+: TypeError: Cannot read properties of null \(reading 'b'\) \[CODE_THREW\]$/m,
  },
  {
    what: 'thrown in a function it calls without end',
    text: `const f = (n: number): number => f(n + 1) + 1;\nexport default { ${MANY}, message: () => ({ text: String(f(0)) }) };`,
    message: /^mailbench: message\(\) threw at s\.ts:1:\d+: RangeError: Maximum call stack/m,
  },
  {
    what: 'thrown in pacing',
    text: `export default { ${MANY},\n  pacing() { throw new Error('no hurry'); } };`,
    message: /^mailbench: pacing\(\) threw at s\.ts:2:20: Error: no hurry/m,
  },
  {
    what: 'a promise for a message',
    text: `export default { ${MANY}, message: () => Promise.reject(new Error('later')) };`,
    message: /^mailbench: message\(\) at s\.ts:1 returned a promise \[CODE_RETURNED\]$/m,
  },
  {
    what: 'a line break in a header',
    text: `export default { ${MANY}, message: () => ({ text: 'x', headers: { 'X-A': 'a\\r\\nBcc: b@example.test' } }) };`,
    message: /^mailbench: message\(\) at s\.ts:1 returned what cannot be sent: The header X-A holds CR/m,
  },
  {
    what: 'left running by the module',
    text: `setTimeout(() => { throw new Error('late'); }, 50);\nexport default { scenarios: { all: { executor: 'constant-vus', duration: '20s' } }, message: () => ({ text: 'x' }) };`,
    message: /^mailbench: Scenario code threw at s\.ts:1:26: Error: late \[CODE_THREW\]$/m,
  },
  {
    what: 'thrown in teardown',
    text: `export default { ${MANY},\n  teardown() { throw new Error('left'); } };`,
    message: /^mailbench: teardown\(\) threw at s\.ts:2:22: Error: left/m,
  },
];
for (const { what, text, message } of failures) {
  test(`${what} ends the run with 107 and its place`, async (t) => {
    const cwd = await codeFolder(t, { 's.ts': text });
    const ended = await runCli(['run', 's.ts', '--quiet', '--workers', '2'], { cwd });
    assert.equal(ended.code, 107, ended.stderr);
    assert.match(ended.stderr, message);
  });
}

test('what is thrown when the module is imported ends with 107 before anything is written', async (t) => {
  const cwd = await codeFolder(t, {
    's.ts': `import './lib.ts';\nexport default {};`,
    'lib.ts': `\nnull!.x;`,
  });
  for (const command of ['run', 'validate']) {
    const ended = await runCli([command, 's.ts'], { cwd });
    assert.equal(ended.code, 107, ended.stderr);
    assert.match(ended.stderr, /^mailbench: The module threw at lib\.ts:2:7: TypeError/m);
  }
  assert.equal(existsSync(join(cwd, 'reports')), false);
});

test('syntax that is more than types, and words that are wrong, end with 104 and their places', async (t) => {
  const cwd = await codeFolder(t, {
    'enum.ts': 'const a: number = 1;\nenum B { C }\nexport default { a };',
    'words.ts': 'export default { sede: 1, scenarios: { a: { executor: "constant-vus" } } };',
  });
  const syntax = await runCli(['run', 'enum.ts'], { cwd });
  assert.equal(syntax.code, 104, syntax.stderr);
  assert.match(
    syntax.stderr,
    /^enum\.ts:2:1: is not code that can be run: .*enum.* \[SCENARIO_CODE_SYNTAX\]$/m,
  );
  const words = await runCli(['validate', 'words.ts'], { cwd });
  assert.equal(words.code, 104, words.stderr);
  assert.match(words.stderr, /^words\.ts sede: is not a key that exists here \[SCENARIO_KEY_UNKNOWN\]$/m);
  assert.match(words.stderr, /^words\.ts scenarios\.a\.duration: is missing/m);
});

const unsafe: [what: string, to: string, message: RegExp][] = [
  [
    'a line break in a recipient',
    'a@a.example.test\\r\\nRSET',
    /"a@a\.example\.test\\r\\nRSET" holds a control character/,
  ],
  [
    'a recipient that somebody may own',
    'someone@gmail.com',
    /leads to gmail\.com, a domain somebody may own/,
  ],
];
for (const [what, to, message] of unsafe) {
  test(`${what} is refused, and nothing of that message is sent`, async (t) => {
    const text = `export default { ${MANY}, envelope: ({ index }) => ({ from: '', to: index < 5 ? 'b@a.example.test' : '${to}' }) };`;
    const { code, stderr, result } = await loadRun(t, [
      join(await codeFolder(t, { 's.mjs': text }), 's.mjs'),
      '--quiet',
    ]);
    assert.equal(code, 107, stderr);
    assert.match(stderr, message);
    assert.equal(result.run.status, 'failed');
    assert.ok(result.counts.begun <= 5, `${result.counts.begun}`);
    assertAddsUp(result);
  });
}

test('real recipients need the word, as in a file', async (t) => {
  const text = `export default { ${MANY}, envelope: () => ({ from: '', to: 'someone@gmail.com' }) };`;
  const file = join(await codeFolder(t, { 's.mjs': text }), 's.mjs');
  const { code, stderr, result } = await loadRun(t, [file, '--quiet', '--authorized']);
  assert.deepEqual([code, result.counts.accepted], [0, 40], stderr);
});

test('a file that changes while the run is made is not run half as it was', async (t) => {
  const text = `import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
export default { ${MANY}, setup() { appendFileSync(fileURLToPath(import.meta.url), '// changed'); }, message: () => ({ text: 'x' }) };`;
  const cwd = await codeFolder(t, { 's.mjs': text });
  const ended = await runCli(['run', 's.mjs', '--quiet'], { cwd });
  assert.equal(ended.code, 107, ended.stderr);
  assert.match(ended.stderr, /s\.mjs is not the file that the run was planned with \[CODE_CHANGED\]/);
});

test('teardown is called after Ctrl-C and after a failure, but not when setup failed', async (t) => {
  const log = (name: string) =>
    `teardown(data) { appendFileSync(process.env.LOG, '${name} ' + data + '\\n'); }`;
  const head = `import { appendFileSync } from 'node:fs';\nexport default { setup: () => { console.log('is up'); return 5; }, ${log('down')},`;
  const cwd = await codeFolder(t, {
    'long.mjs': `${head} scenarios: { all: { executor: 'constant-vus', vus: 2, duration: '60s' } }, message: () => ({ text: 'x' }) };`,
    'failing.mjs': `${head} ${MANY}, message() { throw new Error('no'); } };`,
    'setup.mjs': `import { appendFileSync } from 'node:fs';\nexport default { setup() { null.x; }, ${log('never')} };`,
  });
  const LOG = join(cwd, 'log');
  const long = await startLoadRun(t, [join(cwd, 'long.mjs')], { env: { LOG } });
  await long.waitForOutput(/is up/);
  long.child.kill('SIGINT');
  assert.equal((await long.done).code, 105);
  for (const name of ['failing.mjs', 'setup.mjs']) {
    assert.equal((await runCli(['run', name, '--quiet'], { cwd, env: { LOG } })).code, 107);
  }
  assert.equal(readFileSync(LOG, 'utf8'), 'down 5\ndown 5\n');
});

test('code that ends the process is no success, wherever it does so', async (t) => {
  for (const text of [
    `process.exit(0);\nexport default { ${MANY} };`,
    `export default { ${MANY}, setup() { process.exit(0); } };`,
    `export default { ${MANY}, teardown() { process.exit(0); } };`,
  ]) {
    const folder = await codeFolder(t, { 's.ts': text });
    const { code, stderr } = await runCli(['run', 's.ts', '--quiet'], { cwd: folder });
    assert.equal(code, 107, text);
    assert.match(stderr, /^mailbench: the scenario code ended the process .*\[CODE_EXITED\]$/m);
  }
});
