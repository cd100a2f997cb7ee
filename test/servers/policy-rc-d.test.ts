import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDir } from '../tmp.js';
import { withoutStartingDaemons } from './policy-rc-d.js';

test('while packages are installed the policy answers 101, afterwards it is gone', async (t) => {
  const path = await policyPath(t);
  const answer = await withoutStartingDaemons(async () => statusOf(path), path);
  assert.equal(answer, 101);
  assert.deepEqual(await readdir(dirname(path)), []);
});

test('a failed installation removes the policy too', async (t) => {
  const path = await policyPath(t);
  const failed = withoutStartingDaemons(async () => {
    throw new Error('dpkg was interrupted');
  }, path);
  await assert.rejects(failed, /dpkg was interrupted/);
  assert.deepEqual(await readdir(dirname(path)), []);
});

test('a policy of the host is replaced meanwhile and put back as it was', async (t) => {
  const path = await policyPath(t);
  await writeFile(path, '#!/bin/sh\nexit 104\n', { mode: 0o750 });
  assert.equal(await withoutStartingDaemons(async () => statusOf(path), path), 101);
  assert.equal(await readFile(path, 'utf8'), '#!/bin/sh\nexit 104\n');
  assert.equal((await stat(path)).mode & 0o777, 0o750);
  assert.deepEqual(await readdir(dirname(path)), ['policy-rc.d']);
});

test('what a killed installation left behind is cleaned up, and the host gets its own policy back', async (t) => {
  const path = await policyPath(t);
  await writeFile(path, 'host', { mode: 0o755 });
  const killed = withoutStartingDaemons(async () => readFile(path, 'utf8'), path);
  const ours = await killed;
  // As after kill -9: ours in place, the host's moved aside.
  await writeFile(`${path}.mailbench-saved`, 'host');
  await writeFile(path, ours);

  assert.equal(await withoutStartingDaemons(async () => statusOf(path), path), 101);
  assert.equal(await readFile(path, 'utf8'), 'host');
  assert.deepEqual(await readdir(dirname(path)), ['policy-rc.d']);
});

async function policyPath(t: TestContext): Promise<string> {
  return join(await temporaryDir(t), 'policy-rc.d');
}

function statusOf(path: string): number {
  try {
    execFileSync(path, { stdio: 'ignore' });
    return 0;
  } catch (error) {
    return (error as { status: number }).status;
  }
}
