import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readResult } from '#src/result/run-directory.js';
import { runCli } from '../cli.js';
import { codeFolder } from '../code/code-files.js';
import { assertAddsUp, assertExit, type LoadRun, loadRun, readMessages } from './load-run.js';

/** Everything there is, in TypeScript, with a file and a package beside it. */
const WHOLE = `import { appendFileSync } from 'node:fs';
import { defineScenario } from 'mailbench';
import { domain } from 'the-domain';
import { greeting, type Person } from './lib/people.ts';

interface Data { readonly people: readonly Person[] }

export default defineScenario<Data>({
  seed: 7,
  scenarios: {
    some: { executor: 'shared-iterations', vus: 4, iterations: 60 },
    more: { executor: 'per-vu-iterations', vus: 2, iterations: 15 },
  },
  delivery: { expect: 'sink', wait: '20s' },
  async setup() {
    appendFileSync(process.env.LOG ?? '', 'setup\\n');
    return { people: [{ name: 'ada' }, { name: 'bob' }, { name: 'cy' }] };
  },
  teardown({ people }) {
    appendFileSync(process.env.LOG ?? '', \`teardown \${people.length}\\n\`);
  },
  envelope: ({ data, index, scenario, random }) => ({
    from: \`\${scenario}-\${index}@sender.example.test\`,
    to: data.people.filter((_, at) => at === 0 || random() < 0.5).map(({ name }) => \`\${name}+\${index}@\${domain}\`),
  }),
  message({ index, to, draw }) {
    if (index % 3 === 0) return { size: 2000 + Math.floor(draw('size') * 1000) };
    if (index % 3 === 1) return { raw: \`From: a@a.example.test\\nSubject: raw \${index}\\n\\n.\\nhello\` };
    return { subject: 'Grüße', html: greeting(to.join()), headers: { To: to.join(', ') }, attachments: [{ filename: 'a.txt', content: 'x' }] };
  },
  pacing: ({ vu }) => vu,
});
`;

const BESIDE = {
  'lib/people.ts': `export interface Person { readonly name: string }
export const greeting = (to: string): string => \`<p>Hello \${to}</p>\`;
`,
  'node_modules/the-domain/package.json':
    '{ "name": "the-domain", "type": "module", "exports": "./main.js" }',
  'node_modules/the-domain/main.js': `export const domain = 'a.example.test';`,
};

async function whole(
  t: TestContext,
  args: readonly string[] = [],
): Promise<LoadRun & { log: string; file: string }> {
  const folder = await codeFolder(t, { ...BESIDE, 's.ts': WHOLE });
  const log = join(folder, 'log');
  const file = join(folder, 's.ts');
  const run = await loadRun(t, [file, '--quiet', ...args], { env: { LOG: log } });
  return { ...run, log: readFileSync(log, 'utf8'), file };
}

/** Who got which message, in order of numbers. */
function recipientsIn(dir: string): [number, string][] {
  return readMessages(dir)
    .map(({ number, recipients }): [number, string] => [number, recipients.join()])
    .sort(([a], [b]) => a - b);
}

test('a whole scenario in TypeScript sends what its functions say, and every copy is proved to arrive', async (t) => {
  const { code, stderr, result, log, dir } = await whole(t, ['--log-messages', 'all']);
  assert.equal(code, 0, stderr);
  assert.equal(result.counts.accepted, 90);
  const { delivery, counts } = result;
  assert.deepEqual(
    [delivery?.delivered, delivery?.lost, delivery?.unexpected, delivery?.corrupted],
    [counts.acceptedCopies, 0, 0, 0],
  );
  assert.equal(log, 'setup\nteardown 3\n');
  assertAddsUp(result);
  const recipients = recipientsIn(dir);
  assert.equal(recipients.length, 90);
  for (const [number, to] of recipients)
    assert.match(to, new RegExp(`^ada\\+${Math.floor(number / 2)}@a\\.example`));
  const copies = recipients.reduce((sum, [, to]) => sum + to.split(',').length, 0);
  assert.equal(copies, counts.acceptedCopies);
  assert.ok(copies > 90 + 60 && copies < 90 + 120, `${copies}`);
});

test('what code sends does not depend on the number of workers', async (t) => {
  const one = recipientsIn((await whole(t, ['--log-messages', 'all', '--workers', '1'])).dir);
  const three = recipientsIn((await whole(t, ['--log-messages', 'all', '--workers', '3'])).dir);
  assert.deepEqual(three, one);
});

test('a run of code is repeated from its directory, as long as the file is there', async (t) => {
  const first = await whole(t, ['--log-messages', 'all']);
  const { LOG } = { LOG: join(first.dir, 'log') };
  const again = await runCli(['rerun', first.dir, '--quiet'], { env: { LOG } });
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(recipientsIn(join(first.dir, '../latest')), recipientsIn(first.dir));
  appendFileSync(first.file, '\n// another file now');
  const changed = await runCli(['rerun', first.dir], { env: { LOG } });
  assert.match(changed.stderr, /s\.ts has changed since that run/);
});

test('the published scenario as code keeps its thresholds: every copy arrives, and none is refused', async (t) => {
  const file = fileURLToPath(new URL('../../scenarios/as-code.ts', import.meta.url));
  const run = await loadRun(t, [file, '--quiet', '--seed', '7']);
  assertExit(run, 0);
  const { counts, delivery } = run.result;
  assert.equal(counts.scheduled, 400);
  assert.deepEqual(
    [counts.accepted, delivery?.delivered, delivery?.unexpected],
    [counts.begun, counts.begun, 0],
  );
});

const MANY = `scenarios: { all: { executor: 'shared-iterations', vus: 4, iterations: 40 } }`;

for (const name of ['s.mjs', 's.js', 's.cjs']) {
  test(`a scenario may be ${name}`, async (t) => {
    const words = `{ ${MANY}, message: ({ index }) => ({ text: 'message ' + index }) }`;
    const text = name === 's.cjs' ? `module.exports = ${words};` : `export default ${words};`;
    const { code, stderr, result } = await loadRun(t, [
      join(await codeFolder(t, { [name]: text }), name),
      '--quiet',
    ]);
    assert.deepEqual([code, result.counts.accepted], [0, 40], stderr);
  });
}

test('recipients that code chose are verified afterwards, while the code is as it was', async (t) => {
  const text = `export default { ${MANY}, delivery: { expect: 'sink', wait: '20s' },
  envelope: ({ index, random }) => ({ from: '', to: ['a' + index + '@a.example.test', 'b' + Math.floor(random() * 1e6) + '@b.example.test'] }) };`;
  const cwd = await codeFolder(t, {
    's.mjs': text,
    'setup.mjs': text.replace('{', `{ setup: () => 'secret',`),
  });
  const run = await runCli(['run', 's.mjs', '--quiet'], { cwd });
  assert.equal(run.code, 0, run.stderr);
  const dir = join(cwd, 'reports/latest');
  const seen = readResult(dir).delivery;
  assert.deepEqual([seen?.accepted, seen?.delivered], [80, 80]);
  const verified = await runCli(['verify', dir, '--quiet'], { cwd });
  assert.equal(verified.code, 0, verified.stderr);
  assert.deepEqual(readResult(dir).delivery, seen);
  appendFileSync(join(cwd, 's.mjs'), '// changed');
  const changed = await runCli(['verify', dir], { cwd });
  assert.equal(changed.code, 107);
  assert.match(changed.stderr, /\[CODE_CHANGED\]/);

  assert.equal((await runCli(['run', 'setup.mjs', '--quiet'], { cwd })).code, 0);
  const without = await runCli(['verify', dir], { cwd });
  assert.equal(without.code, 104, without.stderr);
  assert.match(without.stderr, /came from code, out of what its setup returned \[VERIFY_CODE_DATA\]/);
  assert.doesNotMatch(readFileSync(join(dir, 'journal.ndjson'), 'utf8'), /secret/);
});

test('validate and --explain show functions by their places', async (t) => {
  const cwd = await codeFolder(t, { ...BESIDE, 's.ts': WHOLE });
  const valid = await runCli(['validate', 's.ts'], { cwd });
  assert.deepEqual([valid.code, valid.stdout], [0, 's.ts: ok (some, more)\n'], valid.stderr);
  const { stdout } = await runCli(['validate', 's.ts', '--explain'], { cwd });
  assert.match(stdout, /^envelope\.each +\[function envelope at s\.ts:22\] +s\.ts:22$/m);
  assert.match(stdout, /^seed +7 +s\.ts$/m);
});
