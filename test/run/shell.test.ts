import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runShell, type ShellOptions } from '#src/run/shell.js';
import { eventually } from '#test/servers/eventually.js';
import { temporaryDir } from '#test/tmp.js';
import { isAlive } from '../processes.js';

const LIMIT = { timeout: 60_000 };

test('what a command printed and how it ended comes back, whatever that was', LIMIT, async (t) => {
  assert.deepEqual(await run(t, 'echo out; echo err >&2; exit 3'), {
    code: 3,
    stdout: 'out\n',
    stderr: 'err\n',
    isCut: false,
  });
  assert.deepEqual(await run(t, 'kill -9 $$'), { code: null, stdout: '', stderr: '', isCut: false });
});

test(
  'it runs in the folder it is told, with its variables and ours, and has nothing to read',
  LIMIT,
  async (t) => {
    const cwd = realpathSync(await temporaryDir(t));
    const { code, stdout } = await run(t, 'pwd; echo "$MAILBENCH_RUN $HOME"; cat', {
      cwd,
      env: { MAILBENCH_RUN: 'r1' },
    });
    assert.deepEqual([code, stdout], [0, `${cwd}\nr1 ${process.env.HOME ?? ''}\n`]);
  },
);

test(
  'of what it prints the first 10,000 characters are kept, and it is never kept waiting',
  LIMIT,
  async (t) => {
    const { code, stdout, stderr } = await run(
      t,
      'yes 0123456 | head -c 1000000; yes x | head -c 1000000 >&2',
    );
    assert.deepEqual([code, stdout.length, stderr.length], [0, 10_000, 10_000]);
  },
);

test('ending it ends what it started, and says that it was cut', LIMIT, async (t) => {
  const cwd = await temporaryDir(t);
  const command = runShell('sleep 1000 & echo $! > started; sleep 1000', { cwd, env: {} });
  const started = Number(
    await eventually(() => readFile(join(cwd, 'started'), 'utf8').catch(() => ''), Boolean),
  );
  assert.ok(isAlive(started));
  command.kill();
  const { code, isCut } = await command.done;
  assert.deepEqual([code, isCut], [null, true]);
  assert.ok(await eventually(async () => !isAlive(started), Boolean, 10_000));
  command.kill();
});

test('when its time is up it is ended, and a command in time is not', LIMIT, async (t) => {
  const { code, isCut } = await run(t, 'sleep 1000', { timeoutMs: 50 });
  assert.deepEqual([code, isCut], [null, true]);
  const quick = await run(t, 'true', { timeoutMs: 60_000 });
  assert.deepEqual([quick.code, quick.isCut], [0, false]);
});

test('what it leaves in the background is neither waited for nor ended', LIMIT, async (t) => {
  const { code, stdout } = await run(t, 'sleep 1000 & echo $!');
  const left = Number(stdout);
  t.after(() => process.kill(left, 'SIGKILL'));
  assert.equal(code, 0);
  assert.ok(isAlive(left));
});

test('one that cannot be started is data too', LIMIT, async (t) => {
  const cwd = join(await temporaryDir(t), 'nowhere');
  const { code, stderr, isCut } = await run(t, 'true', { cwd });
  assert.deepEqual([code, isCut], [null, false]);
  assert.match(stderr, /ENOENT/);
});

async function run(t: TestContext, command: string, options: Partial<ShellOptions> = {}) {
  return runShell(command, { cwd: await temporaryDir(t), env: {}, ...options }).done;
}
