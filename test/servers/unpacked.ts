/**
 * Mail servers that cannot be installed beside Postfix, because Debian lets only one be: unpacked into a folder.
 *
 * A package and those of the packages it needs that are missing here are extracted, not installed: no script of theirs
 * runs and no other file changes. Under /var/cache, because servers under other users must be able to enter.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const UNPACKED_DIR = '/var/cache/mailbench-tests';

export interface Unpacked {
  /** The binary below its folder. */
  readonly binary: string;
  /** A system user, with a group of the same name, that the binary insists on. */
  readonly user?: string;
}

/** The folder that a Debian package is unpacked to. */
export function unpackedDir(debianPackage: string): string {
  return join(UNPACKED_DIR, debianPackage);
}

/** Path of an unpacked program; undefined when it, or the user it needs, is not there. */
export function findUnpacked(debianPackage: string, { binary, user }: Unpacked): string | undefined {
  const path = join(unpackedDir(debianPackage), binary);
  return existsSync(path) && (user === undefined || hasUser(user)) ? path : undefined;
}

/** What its binaries need in their environment to find the libraries unpacked with them. */
export function unpackedEnvironment(debianPackage: string): Record<string, string> {
  const lib = join(unpackedDir(debianPackage), 'usr/lib');
  // Debian keeps libraries in a folder named after the machine, e.g. x86_64-linux-gnu.
  const dirs = existsSync(lib) ? readdirSync(lib).filter((name) => name.includes('-linux-')) : [];
  return { LD_LIBRARY_PATH: dirs.map((name) => join(lib, name)).join(':') };
}

export function hasUser(name: string): boolean {
  return spawnSync('id', [name], { stdio: 'ignore' }).status === 0;
}
