/**
 * Starts a private Dovecot: submission, LMTP over TCP and a Unix socket, IMAP, and SASL for a Postfix beside it.
 *
 * Needs root and Debian's dovecot packages (users dovecot and dovenull); the system's own Dovecot and its files are
 * never touched. Ends with this process if nobody stops it.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.js';
import { Daemon, serverDir } from './daemon.js';
import {
  dovecotConf,
  oauth2Conf,
  type ServerCertificates,
  sieveScriptPath,
  usersFile,
} from './dovecot-config.js';
import { findBinary } from './programs.js';
import { waitForGreeting } from './wait-for-greeting.js';

export interface DovecotOptions {
  /** Passwords by user name; default: `alice` with `secret`. */
  readonly users?: Readonly<Record<string, string>>;
  /** Default: a free one. */
  readonly submissionPort?: number;
  /** Submission relays to 127.0.0.1 on this port. */
  readonly relayPort?: number;
  /** Offer IMAP: needs dovecot-imapd. */
  readonly imap?: boolean;
  /** A Sieve script for all that comes by LMTP: needs dovecot-sieve. */
  readonly sieve?: string;
  /** Offer STARTTLS, and take client certificates of the same authority. */
  readonly certificates?: ServerCertificates;
  /** Text at the end of dovecot.conf, where it wins. */
  readonly extra?: string;
}

export interface Dovecot {
  readonly host: string;
  readonly submissionPort: number;
  readonly lmtpPort: number;
  readonly lmtpSocket: string;
  /** Nobody listens without `imap`, and at the second without `certificates`. */
  readonly imapPort: number;
  readonly imapTlsPort: number;
  /** Holds a Maildir for each user. */
  readonly mailDir: string;
  /** For `smtpd_sasl_path`. */
  readonly authSocket: string;
  /** An access token (JWT) that it takes for this user with XOAUTH2 and OAUTHBEARER. */
  tokenFor(user: string): string;
  log(): Promise<string>;
  /** Every message delivered to a user by LMTP. */
  messagesOf(user: string): Promise<string[]>;
  stop(): Promise<void>;
}

const NOBODY = 65_534;
/** Nothing listens there. */
const NO_RELAY_PORT = 9;

/** Resolves when LMTP and submission greet. The caller stops it. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  const { users = { alice: 'secret' }, relayPort = NO_RELAY_PORT, sieve = '' } = options;
  const binary = findBinary('dovecot');
  if (binary === undefined) throw new Error('dovecot is not installed (Debian package dovecot-core)');
  const dir = await serverDir('dovecot');
  const { submissionPort = await freePort() } = options;
  const [lmtpPort, tokenKey] = [await freePort(), randomBytes(32)];
  const imap = { port: await freePort(), tlsPort: await freePort() };
  await makeFiles(dir, { users, tokenKey, sieve });
  const conf = join(dir, 'etc/dovecot.conf');
  const { imap: hasImap, ...given } = options;
  const services = { submissionPort, lmtpPort, relayPort, ...(hasImap ? { imap } : {}) };
  await writeFile(conf, dovecotConf({ ...given, dir, ...services }));

  const daemon = new Daemon(dir, { command: binary, args: ['-F', '-c', conf] });
  const log = () => readFile(join(dir, 'log/dovecot.log'), 'utf8').catch(() => '');
  try {
    const waiting = { hasEnded: () => daemon.hasEnded };
    // One process listens for all services, IMAP too, which greets otherwise.
    await Promise.all([waitForGreeting(lmtpPort, waiting), waitForGreeting(submissionPort, waiting)]);
  } catch (cause) {
    const said = `${daemon.output}${await log()}`;
    await daemon.stop();
    throw new Error(`Dovecot did not start: ${said}`, { cause });
  }
  return {
    host: '127.0.0.1',
    submissionPort,
    lmtpPort,
    lmtpSocket: join(dir, 'run/lmtp'),
    imapPort: imap.port,
    imapTlsPort: imap.tlsPort,
    mailDir: join(dir, 'mail'),
    authSocket: join(dir, 'run/auth-client'),
    tokenFor: (user) => signedToken({ sub: user }, tokenKey),
    log,
    messagesOf: (user) => messagesIn(join(dir, 'mail', user, 'new')),
    stop: () => daemon.stop(),
  };
}

async function makeFiles(
  dir: string,
  { users, tokenKey, sieve }: { users: Readonly<Record<string, string>>; tokenKey: Buffer; sieve: string },
): Promise<void> {
  const keys = join(dir, 'keys/default/HS256');
  for (const name of ['etc', 'run', 'log', 'mail', 'sieve', keys]) {
    await mkdir(name === keys ? keys : join(dir, name), { recursive: true });
  }
  // Dovecot compiles the script as the user it delivers for.
  for (const name of ['mail', 'sieve']) await chown(join(dir, name), NOBODY, NOBODY);
  await writeFile(sieveScriptPath(dir), sieve);
  await writeFile(join(keys, 'default'), tokenKey.toString('base64'));
  await writeFile(join(dir, 'etc/users'), usersFile(users));
  await writeFile(join(dir, 'etc/oauth2.conf'), oauth2Conf({ dir }));
}

async function messagesIn(maildir: string): Promise<string[]> {
  const names = await readdir(maildir).catch(() => []);
  return Promise.all(names.map((name) => readFile(join(maildir, name), 'latin1')));
}

/** A JSON Web Token signed with HS256 (RFC 7515, RFC 7518 §3.2), valid for an hour. */
function signedToken(claims: Readonly<Record<string, string>>, key: Buffer): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...claims, iat: now, exp: now + 3600 })}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}
