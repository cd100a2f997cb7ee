/**
 * The real programs that tests run against, and how to get them.
 *
 * Found by looking for their binaries, not by asking a package manager: what counts is that they can be started.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findUnpacked, type Unpacked } from './unpacked.js';

export interface Program {
  /** Also the name of its binary, unless `proof` says how else to tell that it is here. */
  readonly name: string;
  /** A command that ends with 0 where it is installed: for libraries, which have no binary. */
  readonly proof?: readonly [string, ...string[]];
  /** Where it is when it is unpacked rather than installed, because it conflicts with Postfix. */
  readonly unpacked?: Unpacked;
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
    name: 'postal',
    debianPackage: 'postal',
    purpose: 'an independent client for our sink',
    needsRoot: false,
  },
  {
    name: 'bhm',
    debianPackage: 'postal',
    purpose: 'a receiver whose faults ours can show too',
    needsRoot: false,
  },
  {
    name: 'msmtp',
    debianPackage: 'msmtp',
    purpose: 'an independent client for our sink',
    needsRoot: false,
  },
  {
    name: 'taskset',
    debianPackage: 'util-linux',
    purpose: 'starves a generator of its CPU',
    needsRoot: false,
  },
  {
    name: 'dovecot',
    debianPackage: 'dovecot-core',
    purpose: 'SASL with every mechanism, alone and behind Postfix',
    needsRoot: true,
  },
  {
    name: 'Dovecot LMTP',
    proof: ['test', '-x', '/usr/lib/dovecot/lmtp'],
    debianPackage: 'dovecot-lmtpd',
    purpose: 'LMTP into maildirs',
    needsRoot: true,
  },
  {
    name: 'Dovecot IMAP',
    proof: ['test', '-x', '/usr/lib/dovecot/imap'],
    debianPackage: 'dovecot-imapd',
    purpose: 'mailboxes to be read by IMAP',
    needsRoot: true,
  },
  {
    name: 'Dovecot Sieve',
    proof: ['sh', '-c', 'ls /usr/lib/dovecot/modules/lib90_sieve_plugin.so'],
    debianPackage: 'dovecot-sieve',
    purpose: 'files a share of the mail into Junk',
    needsRoot: true,
  },
  {
    name: 'Dovecot submission',
    proof: ['test', '-x', '/usr/lib/dovecot/submission'],
    debianPackage: 'dovecot-submissiond',
    purpose: 'submission with AUTH, client certificates included',
    needsRoot: true,
  },
  {
    name: 'saslpasswd2',
    debianPackage: 'sasl2-bin',
    purpose: 'users of the Cyrus SASL behind Postfix',
    needsRoot: false,
  },
  {
    name: 'Cyrus SASL mechanisms',
    proof: ['sh', '-c', 'ls /usr/lib/*/sasl2/libscram.so'],
    debianPackage: 'libsasl2-modules',
    purpose: 'the Cyrus SASL behind Postfix',
    needsRoot: false,
  },
  {
    name: 'Exim',
    unpacked: { binary: 'usr/sbin/exim4', user: 'Debian-exim' },
    debianPackage: 'exim4-daemon-light',
    purpose: 'replies per recipient (PRDR)',
    needsRoot: true,
  },
  {
    name: 'Sendmail',
    unpacked: { binary: 'usr/libexec/sendmail/sendmail' },
    debianPackage: 'sendmail-bin',
    purpose: 'DELIVERBY',
    needsRoot: true,
  },
  {
    name: 'openssl',
    debianPackage: 'openssl',
    purpose: 'certificates, and a TLS server that is not ours',
    needsRoot: false,
  },
  {
    name: 'dnsmasq',
    debianPackage: 'dnsmasq-base',
    purpose: 'a name server with MX records of ours',
    needsRoot: false,
  },
  {
    name: 'unshare',
    debianPackage: 'util-linux',
    purpose: 'a network of its own, in which ports run out',
    needsRoot: true,
  },
  { name: 'ip', debianPackage: 'iproute2', purpose: 'loopback in that network', needsRoot: true },
  { name: 'chromium', debianPackage: 'chromium', purpose: 'opens the report page', needsRoot: false },
] as const satisfies readonly Program[];

export type ProgramName = (typeof PROGRAMS)[number]['name'];

export function programNamed(wanted: ProgramName): Program {
  return PROGRAMS.find(({ name }) => name === wanted) as Program;
}

/** Path of the program, or of what proves that it is installed; undefined when it is missing. */
export function findProgram({ name, proof, unpacked, debianPackage }: Program): string | undefined {
  if (unpacked !== undefined) return findUnpacked(debianPackage, unpacked);
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
