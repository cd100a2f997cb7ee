/**
 * Starts a private Postfix: its own configuration, queue, log and port under a fresh directory, beside any other.
 *
 * Needs root and Debian's postfix package (user postfix, group postdrop); the system's own Postfix, its files in
 * /etc/postfix and /var/spool/postfix, and its processes are never touched. Nothing is delivered off the machine
 * (postfix-config.ts). Ends with this process if nobody stops it.
 */
import { execFile, execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../free-port.js';
import { countMaillog, type MaillogCounts } from './maillog.js';
import { mainCf, masterCf, POSTFIX_HOSTNAME } from './postfix-config.js';
import { findBinary } from './programs.js';
import { waitForGreeting } from './wait-for-greeting.js';

export interface PostfixOptions {
  /** Relay everything to 127.0.0.1 on this port; without it everything is discarded. */
  readonly relayPort?: number;
  /** Offer STARTTLS with a certificate made for the occasion. */
  readonly tls?: boolean;
  /** More lines of main.cf; they win over ours. */
  readonly extra?: Readonly<Record<string, string>>;
}

export interface Postfix {
  readonly host: string;
  readonly port: number;
  readonly dir: string;
  /** PEM file that verifies its certificate; undefined without `tls`. */
  readonly certificatePath: string | undefined;
  log(): Promise<string>;
  /** Messages in the queue, as `postqueue` lists them. */
  queueSize(): Promise<number>;
  /** Resolves when the queue is empty and the log says so of every message; rejects after `timeoutMs` (60 s). */
  waitForEmptyQueue(timeoutMs?: number): Promise<void>;
  /** What the log counts. Complete only once the queue is empty. */
  countsFromLog(): Promise<MaillogCounts>;
  /** Stops this instance, waits until its master is gone, and removes its directory. */
  stop(): Promise<void>;
}

const MASTER_CF = '/usr/share/postfix/master.cf.dist';
const POLL_MS = 100;
const run = promisify(execFile);

/** Resolves when smtpd greets. The caller stops it. */
export async function startPostfix(options: PostfixOptions = {}): Promise<Postfix> {
  const dir = await makeDirs();
  const port = await freePort();
  const certificatePath = options.tls ? await makeCertificate(dir) : undefined;
  const config = { dir, port, ...options, ...(certificatePath && { certificatePath }) };
  await writeFile(join(dir, 'etc/main.cf'), mainCf(config));
  await writeFile(join(dir, 'etc/master.cf'), masterCf(await readFile(MASTER_CF, 'utf8'), config));

  const instance = new Instance(dir);
  try {
    await instance.start();
    await waitForGreeting(port);
  } catch (cause) {
    const log = await instance.log();
    await instance.stop();
    throw new Error(`Postfix did not start: ${cause}\n${log}`, { cause });
  }
  return {
    host: '127.0.0.1',
    port,
    dir,
    certificatePath,
    log: () => instance.log(),
    queueSize: () => instance.queueSize(),
    waitForEmptyQueue: (timeoutMs) => instance.waitForEmptyQueue(timeoutMs),
    countsFromLog: async () => countMaillog(await instance.log()),
    stop: () => instance.stop(),
  };
}

class Instance {
  readonly #dir: string;
  readonly #abort = () => this.#abortNow();

  constructor(dir: string) {
    this.#dir = dir;
  }

  async start(): Promise<void> {
    process.once('exit', this.#abort);
    await this.#postfix('start');
  }

  async stop(): Promise<void> {
    process.removeListener('exit', this.#abort);
    const pid = await this.#masterPid();
    // `stop` fails when the master is gone already, and gives up on one that does not listen.
    await this.#postfix('stop').catch(() => {});
    if (pid !== undefined && !(await isGone(pid))) {
      await this.#postfix('abort').catch(() => {});
      if (!(await isGone(pid))) throw new Error(`Postfix master ${pid} in ${this.#dir} does not end`);
    }
    await rm(this.#dir, { recursive: true, force: true });
  }

  async log(): Promise<string> {
    return readFile(join(this.#dir, 'log/maillog'), 'utf8').catch(() => '');
  }

  async queueSize(): Promise<number> {
    const { stdout } = await run(binary('postqueue'), ['-c', this.#etc, '-j'], {
      maxBuffer: 256 * 1024 * 1024,
    });
    return stdout.split('\n').filter((line) => line !== '').length;
  }

  async waitForEmptyQueue(timeoutMs = 60_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const size = await this.queueSize();
      // The log is written by a process of its own and may be a moment behind the queue.
      const { unfinished } = countMaillog(await this.log());
      if (size === 0 && unfinished === 0) return;
      if (performance.now() > deadline) {
        throw new Error(
          `after ${timeoutMs} ms ${size} messages are queued, ${unfinished} unfinished by the log`,
        );
      }
      await sleep(POLL_MS);
    }
  }

  get #etc(): string {
    return join(this.#dir, 'etc');
  }

  async #postfix(command: 'start' | 'stop' | 'abort'): Promise<void> {
    await run(binary('postfix'), ['-c', this.#etc, command]);
  }

  #abortNow(): void {
    execFileSync(binary('postfix'), ['-c', this.#etc, 'abort'], { stdio: 'ignore' });
  }

  async #masterPid(): Promise<number | undefined> {
    const text = await readFile(join(this.#dir, 'spool/pid/master.pid'), 'utf8').catch(() => '');
    return Number.parseInt(text, 10) || undefined;
  }
}

async function makeDirs(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mailbench-postfix-'));
  // mkdtemp makes it private, but the daemons run as user postfix.
  await chmod(dir, 0o755);
  for (const name of ['etc', 'spool', 'log', 'data']) await mkdir(join(dir, name));
  const [uid, gid] = await Promise.all([idOfPostfix('-u'), idOfPostfix('-g')]);
  await chown(join(dir, 'data'), uid, gid);
  return dir;
}

async function idOfPostfix(flag: '-u' | '-g'): Promise<number> {
  const { stdout } = await run('id', [flag, 'postfix']);
  return Number(stdout);
}

/** A self-signed certificate and its key in one file. */
async function makeCertificate(dir: string): Promise<string> {
  const path = join(dir, 'etc/certificate.pem');
  const names = `subjectAltName=DNS:${POSTFIX_HOSTNAME},DNS:localhost,IP:127.0.0.1`;
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', path];
  const subject = ['-subj', `/CN=${POSTFIX_HOSTNAME}`, '-addext', names, '-days', '30'];
  const { stdout } = await run('openssl', ['req', '-x509', ...key, ...subject]);
  await writeFile(path, stdout, { flag: 'a' });
  return path;
}

async function isGone(pid: number, timeoutMs = 10_000): Promise<boolean> {
  for (const deadline = performance.now() + timeoutMs; performance.now() < deadline; await sleep(POLL_MS)) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
  }
  return false;
}

function binary(name: string): string {
  const path = findBinary(name);
  if (path === undefined) throw new Error(`${name} is not installed (Debian package postfix)`);
  return path;
}
