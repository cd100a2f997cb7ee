/**
 * Fetches and extracts the packages of servers that cannot be installed here (unpacked.ts). Needs Debian and root.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installations } from './apt.js';
import { hasUser, type Unpacked, unpackedDir } from './unpacked.js';

const run = promisify(execFile);
const ENVIRONMENT = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };

/** Complete or not there at all. Rejects with what apt-get said when a package cannot be had. */
export async function unpack(debianPackage: string, { user }: Unpacked): Promise<void> {
  const dir = unpackedDir(debianPackage);
  const part = `${dir}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  // Root fetches them itself: apt's own user may not write here.
  const fetching = ['-o', 'APT::Sandbox::User=root', 'download', ...(await packagesFor(debianPackage))];
  await run('apt-get', fetching, { cwd: part, env: ENVIRONMENT });
  for (const name of await readdir(part)) {
    await run('dpkg-deb', ['-x', join(part, name), part]);
    await rm(join(part, name));
  }
  await rm(dir, { recursive: true, force: true });
  await rename(part, dir);
  if (user !== undefined && !hasUser(user)) await addUser(user);
}

/** The package with all it needs that is not installed; never asks why it conflicts with what is. */
async function packagesFor(debianPackage: string): Promise<string[]> {
  const simulation = ['-s', 'install', '--no-install-recommends', debianPackage];
  const { stdout } = await run('apt-get', simulation, { env: ENVIRONMENT });
  return installations(stdout);
}

async function addUser(name: string): Promise<void> {
  const nobody = ['--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
  await run('useradd', ['--system', '--user-group', ...nobody, name]);
}
