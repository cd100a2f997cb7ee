/**
 * Keeps Debian's packages from starting daemons while they are installed: a temporary policy-rc.d that says 101,
 * "action forbidden by policy" (invoke-rc.d(8)).
 *
 * A policy that is there already is moved aside and put back, after failures and signals too. What a killed process
 * left behind is recognised and cleaned up next time.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';

export const POLICY_PATH = '/usr/sbin/policy-rc.d';

const OURS = `#!/bin/sh
# Temporary: mailbench installs packages for its tests and does not want daemons started.
exit 101
`;

/** Runs `work` under a policy that forbids starting daemons. */
export async function withoutStartingDaemons<T>(work: () => Promise<T>, path = POLICY_PATH): Promise<T> {
  const saved = `${path}.mailbench-saved`;
  if ((await readIfThere(path)) === OURS) await putBack(path, saved);
  await renameIfThere(path, saved);
  try {
    await writeFile(path, OURS, { mode: 0o755 });
    return await work();
  } finally {
    await putBack(path, saved);
  }
}

async function putBack(path: string, saved: string): Promise<void> {
  await rm(path, { force: true });
  await renameIfThere(saved, path);
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch(ignoreMissing);
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(ignoreMissing);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
