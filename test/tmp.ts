/** Temporary directories of tests: fresh, and gone when the test is over. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Makes an empty directory that is removed with everything in it after the test `t`. */
export async function temporaryDir(t: Pick<TestContext, 'after'>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mailbench-test-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
