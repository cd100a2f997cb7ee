import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startScript } from './cli.js';
import { temporaryDir } from './tmp.js';

test('code, output and input of a command are passed on', async (t) => {
  const path = await script(
    t,
    `process.stdin.on('data', (data) => console.log('in', String(data), process.argv[2]));
     process.stdin.on('end', () => { console.error('bye'); process.exitCode = 7; });`,
  );
  const result = await startScript(path, ['arg'], { input: 'text' }).done;
  assert.deepEqual(result, { code: 7, signal: null, stdout: 'in text arg\n', stderr: 'bye\n' });
});

test('the environment of whoever runs the tests does not reach the command', async (t) => {
  process.env.MAILBENCH_SEED = '1';
  t.after(() => delete process.env.MAILBENCH_SEED);
  const path = await script(t, `console.log(process.env.MAILBENCH_SEED, process.env.MAILBENCH_NAME);`);
  const result = await startScript(path, [], { env: { MAILBENCH_NAME: 'mine' } }).done;
  assert.equal(result.stdout, 'undefined mine\n');
});

test('a running command can be waited for and signalled', async (t) => {
  const path = await script(
    t,
    `process.on('SIGINT', () => { console.log('stopped'); process.exit(105); });
     setInterval(() => {}, 1000); console.log('ready');`,
  );
  const running = startScript(path, []);
  await running.waitForOutput(/ready/);
  running.child.kill('SIGINT');
  const result = await running.done;
  assert.equal(result.code, 105);
  assert.equal(result.stdout, 'ready\nstopped\n');
});

test('a command that hangs is killed, and the error says so', async (t) => {
  const path = await script(t, `setInterval(() => {}, 1000);`);
  await assert.rejects(startScript(path, [], { timeoutMs: 200 }).done, /script\.mjs still ran after 200 ms/);
});

test('waiting for output that never comes ends with the command', async (t) => {
  const running = startScript(await script(t, `console.log('other');`), []);
  await assert.rejects(running.waitForOutput(/ready/), /ended without printing \/ready\/\nother/);
});

async function script(t: TestContext, code: string): Promise<string> {
  const path = join(await temporaryDir(t), 'script.mjs');
  await writeFile(path, code);
  return path;
}
