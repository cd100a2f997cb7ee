/**
 * Starts a private Postfix: its own configuration, queue, log and port under a fresh directory, beside any other.
 *
 * Needs root and Debian's postfix package (user postfix, group postdrop); the system's own Postfix, its files in
 * /etc/postfix and /var/spool/postfix, and its processes are never touched. Nothing is delivered off the machine
 * (postfix-config.ts). Ends with this process if nobody stops it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { chown, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../free-port.js';
import { killGroup, serverDir } from './daemon.js';
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
  /** More files below `$config_directory`, text by name; folders are made. */
  readonly files?: Readonly<Record<string, string>>;
  /** Expect a PROXY header before anything else on each connection (`smtpd_upstream_proxy_protocol = haproxy`). */
  readonly proxy?: boolean;
  /** What else has to be there before it starts, in the folder of the configuration. */
  readonly prepare?: (configDir: string) => Promise<void>;
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
  /** Shell script that kills master and every child of it with SIGKILL, and starts the instance again. */
  readonly crashScript: string;
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
  const extra = { ...(options.proxy && { smtpd_upstream_proxy_protocol: 'haproxy' }), ...options.extra };
  const config = { dir, port, ...options, extra, ...(certificatePath && { certificatePath }) };
  await writeFile(join(dir, 'etc/main.cf'), mainCf(config));
  await writeFile(join(dir, 'etc/master.cf'), masterCf(await readFile(MASTER_CF, 'utf8'), config));
  await addFiles(join(dir, 'etc'), options);
  // Postfix reads a main.cf again and again until it is two seconds old: it might be in the middle of a change.
  const before = new Date(Date.now() - 60_000);
  await utimes(join(dir, 'etc/main.cf'), before, before);

  const instance = new Instance(dir);
  try {
    const opening = options.proxy ? 'PROXY TCP4 127.0.0.1 127.0.0.1 4711 25\r\n' : '';
    await waitForGreeting(port, { opening, hasEnded: () => instance.hasEnded });
  } catch (cause) {
    const log = await instance.log();
    await instance.stop();
    throw new Error(`Postfix in ${dir} did not start: ${instance.complaints}${log}`, { cause });
  }
  return {
    host: '127.0.0.1',
    port,
    dir,
    certificatePath,
    log: () => instance.log(),
    queueSize: () => instance.queueSize(),
    waitForEmptyQueue: (timeoutMs) => instance.waitForEmptyQueue(timeoutMs),
    crashScript: instance.crashScript,
    countsFromLog: async () => countMaillog(await instance.log()),
    stop: () => instance.stop(),
  };
}

/**
 * The processes. `start-fg` rather than `start`: our child lives as long as its master does, so what has ended is
 * known without looking for pids. A session of its own keeps Ctrl-C from cutting its start short.
 */
class Instance {
  readonly #dir: string;
  readonly #child: ChildProcess;
  readonly #kill = () => this.#killNow();
  complaints = '';

  constructor(dir: string) {
    this.#dir = dir;
    process.once('exit', this.#kill);
    this.#child = spawn(binary('postfix'), ['-c', this.#etc, 'start-fg'], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.complaints += text;
    });
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The master leads the process group of all its children; the one that follows it is nobody's child. */
  get crashScript(): string {
    const pidFile = join(this.#dir, 'spool/pid/master.pid');
    return `kill -9 -$(tr -d ' ' < ${pidFile})\nsleep 0.5\nexec ${binary('postfix')} -c ${this.#etc} start\n`;
  }

  async stop(): Promise<void> {
    if (!this.hasEnded) {
      const ended = once(this.#child, 'exit');
      // Fails when there is no master yet or any more; it kills a master that does not listen.
      await run(binary('postfix'), ['-c', this.#etc, 'stop']).catch(this.#kill);
      await ended;
    } else {
      // One that crashed on purpose may have been started again.
      await run(binary('postfix'), ['-c', this.#etc, 'stop']).catch(() => {});
    }
    await rm(this.#dir, { recursive: true, force: true });
    process.removeListener('exit', this.#kill);
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

  /** For 'exit' listeners, which cannot wait. The master leads a process group of its own. */
  #killNow(): void {
    if (!this.hasEnded) killGroup(this.#child.pid);
    // Only while the instance is there: its directory goes with it, so the pid is that of its last master.
    killGroup(readPid(join(this.#dir, 'spool/pid/master.pid')));
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

function readPid(path: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

async function makeDirs(): Promise<string> {
  const dir = await serverDir('postfix');
  for (const name of ['etc', 'spool', 'log', 'data']) await mkdir(join(dir, name));
  const [uid, gid] = await Promise.all([idOfPostfix('-u'), idOfPostfix('-g')]);
  await chown(join(dir, 'data'), uid, gid);
  return dir;
}

async function addFiles(configDir: string, { files = {}, prepare }: PostfixOptions): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(configDir, name)), { recursive: true });
    await writeFile(join(configDir, name), text);
  }
  await prepare?.(configDir);
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

function binary(name: string): string {
  const path = findBinary(name);
  if (path === undefined) throw new Error(`${name} is not installed (Debian package postfix)`);
  return path;
}
