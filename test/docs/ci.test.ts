/** What docs/ci.md tells its reader to type, typed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { runCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';
import { codeBlocks, mailbenchCommands } from './markdown.js';

const page = readFileSync(new URL('../../docs/ci.md', import.meta.url), 'utf8');
const blocks = (info: string) =>
  codeBlocks(page).flatMap((block) => (block.info === info ? [block.text] : []));

test('the first block makes a file, a run that passes and one that fails', async (t) => {
  const cwd = await temporaryDir(t);
  const [first = ''] = blocks('sh');
  const codes: (number | null)[] = [];
  for (const words of mailbenchCommands(first)) {
    const { code, stderr } = await runCli(words, { cwd });
    assert.equal(stderr, '');
    codes.push(code);
  }
  assert.deepEqual(codes, [0, 0, 99]);
});

test('the scenario runs against the server that its variable names', async (t) => {
  const cwd = await temporaryDir(t);
  const [scenario = ''] = blocks('yaml');
  writeFileSync(join(cwd, 'gate.yaml'), scenario);
  const args = ['validate', 'gate.yaml', '--explain', '--json'];
  const { code, stdout } = await runCli(args, { cwd, env: { MAIL_SERVER: 'smtp://127.0.0.1:2525' } });
  assert.equal(code, 0);
  const { values } = JSON.parse(stdout) as { values: { path: string; value: unknown }[] };
  assert.equal(values.find(({ path }) => path === 'target.url')?.value, 'smtp://127.0.0.1:2525');
});

test('the script repeats a run that could not be judged, at most twice, and nothing else', async (t) => {
  assert.deepEqual(await gate(t, [0]), { code: 0, runs: 1, report: 'run 1' });
  assert.deepEqual(await gate(t, [99]), { code: 99, runs: 1, report: 'run 1' });
  assert.deepEqual(await gate(t, [120, 0]), { code: 0, runs: 2, report: 'run 2' });
  assert.deepEqual(await gate(t, [120, 120, 120, 0]), { code: 120, runs: 3, report: 'run 3' });
  assert.deepEqual(await gate(t, [104]), { code: 104, runs: 1, report: null });
});

test('the workflows are YAML, and call the script', () => {
  const workflows = blocks('yaml workflow');
  assert.equal(workflows.length, 2);
  for (const text of workflows)
    assert.match(JSON.stringify(parse(text)), /"sh gate\.sh"|"run":"sh gate\.sh"/);
});

/** Runs it with a mailbench that ends with these codes, one after the other, and leaves a report unless it is 104. */
async function gate(t: TestContext, codes: readonly number[]) {
  const cwd = await temporaryDir(t);
  const script = blocks('sh').find((text) => text.startsWith('#!/bin/sh')) ?? '';
  writeFileSync(join(cwd, 'gate.sh'), script);
  mkdirSync(join(cwd, 'bin'));
  writeFileSync(
    join(cwd, 'bin/npx'),
    `#!/bin/sh
n=$(( $(cat n 2>/dev/null || echo 0) + 1 )); echo $n > n
set -- ${codes.join(' ')}; shift $(( n - 1 ))
if [ "$1" != 104 ]; then mkdir -p reports/run-$n; echo "run $n" > reports/run-$n/report; ln -sfn run-$n reports/latest; fi
exit $1
`,
  );
  chmodSync(join(cwd, 'bin/npx'), 0o755);
  const env = { ...process.env, PATH: `${join(cwd, 'bin')}:${process.env.PATH}`, COMMIT: 'abc' };
  // As GitHub Actions runs it: the first command that fails ends it.
  const { status } = spawnSync('sh', ['-e', 'gate.sh'], { cwd, env });
  const kept = join(cwd, 'mailbench-report/report');
  if (existsSync(kept)) assert.equal(lstatSync(join(cwd, 'mailbench-report')).isSymbolicLink(), false);
  return {
    code: status,
    runs: Number(readFileSync(join(cwd, 'n'), 'utf8')),
    report: existsSync(kept) ? readFileSync(kept, 'utf8').trim() : null,
  };
}
