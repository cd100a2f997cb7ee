/**
 * The real programs that tests run against, and how to get them.
 *
 * Found by looking for their binaries, not by asking a package manager: what counts is that they can be started.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Program {
  /** Also the name of its binary, unless `proof` says how else to tell that it is here. */
  readonly name: string;
  /** A command that ends with 0 where it is installed: for libraries, which have no binary. */
  readonly proof?: readonly [string, ...string[]];
  /** The Debian package it comes in. */
  readonly debianPackage: string;
  readonly purpose: string;
  /** True where it can only be started by root. */
  readonly needsRoot: boolean;
}

export const PROGRAMS = [
  {
    name: 'postfix',
    debianPackage: 'postfix',
    purpose: 'a real mail server under load, with its own log and queue to compare with',
    needsRoot: true,
  },
  {
    name: 'smtp-sink',
    debianPackage: 'postfix',
    purpose: 'a receiver too fast to be the limit',
    needsRoot: false,
  },
  {
    name: 'smtp-source',
    debianPackage: 'postfix',
    purpose: 'the load generator to be measured against',
    needsRoot: false,
  },
  { name: 'swaks', debianPackage: 'swaks', purpose: 'an independent client for our sink', needsRoot: false },
  {
    name: 'Net::SSLeay',
    proof: ['perl', '-MNet::SSLeay', '-e', '1'],
    debianPackage: 'libnet-ssleay-perl',
    purpose: 'TLS for swaks',
    needsRoot: false,
  },
  {
    name: 'taskset',
    debianPackage: 'util-linux',
    purpose: 'starves a generator of its CPU',
    needsRoot: false,
  },
  { name: 'chromium', debianPackage: 'chromium', purpose: 'opens the report page', needsRoot: false },
] as const satisfies readonly Program[];

export type ProgramName = (typeof PROGRAMS)[number]['name'];

/** Path of the program, or of what proves that it is installed; undefined when it is missing. */
export function findProgram({ name, proof }: Program): string | undefined {
  const path = findBinary(proof?.[0] ?? name);
  if (path === undefined || proof === undefined) return path;
  return spawnSync(path, proof.slice(1), { stdio: 'ignore' }).status === 0 ? path : undefined;
}

/** Path of a binary on `PATH` or where Debian keeps daemons, which is not on everyone's PATH; undefined if there is none. */
export function findBinary(name: string, path: string = process.env.PATH ?? ''): string | undefined {
  const dirs = [...path.split(delimiter).filter((dir) => dir !== ''), '/usr/sbin', '/sbin'];
  return dirs.map((dir) => join(dir, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
