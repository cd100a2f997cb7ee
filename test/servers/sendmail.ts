/**
 * Starts a private sendmail 8.17 that takes mail and keeps it in its queue: the server that offers DELIVERBY (RFC 2852).
 *
 * Unpacked, not installed (unpacked.ts), because it cannot be beside Postfix. Needs root. It sleeps for a minute where
 * the host's name has no dot, so it is started under a host name of its own (a UTS namespace); where the
 * system forbids that, it takes that minute.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../free-port.js';
import { Daemon, serverDir } from './daemon.js';
import { findProgram, programNamed } from './programs.js';
import { unpackedDir, unpackedEnvironment } from './unpacked.js';
import { waitForGreeting } from './wait-for-greeting.js';

export interface Sendmail {
  readonly host: string;
  readonly port: number;
  /** The control files of its queue: one for each message. A line `!`, a byte for the mode, ` SECONDS` is its deadline. */
  queueFiles(): Promise<string[]>;
  stop(): Promise<void>;
}

const HOSTNAME = 'sendmail.example.test';
const START_TIMEOUT_MS = 90_000;
const run = promisify(execFile);

/** Resolves when it greets. The caller stops it. */
export async function startSendmail(): Promise<Sendmail> {
  const program = programNamed('Sendmail');
  const binary = findProgram(program);
  if (binary === undefined)
    throw new Error('sendmail is not unpacked (node dist-test/servers/install.js does it)');
  const dir = await serverDir('sendmail');
  const port = await freePort();
  const queue = join(dir, 'queue');
  await mkdir(queue, { mode: 0o700 });
  const conf = join(dir, 'sendmail.cf');
  await writeFile(conf, await sendmailCf(dir, { port, root: unpackedDir(program.debianPackage) }));

  const env = unpackedEnvironment(program.debianPackage);
  const [command = binary, ...args] = [...(await namedHost()), binary, '-C', conf, '-bD'];
  const daemon = new Daemon(dir, { command, args, env });
  try {
    await waitForGreeting(port, { hasEnded: () => daemon.hasEnded, timeoutMs: START_TIMEOUT_MS });
  } catch (cause) {
    await daemon.stop();
    throw new Error(`sendmail did not start: ${daemon.output}`, { cause });
  }
  return {
    host: '127.0.0.1',
    port,
    queueFiles: async () => {
      const names = (await readdir(queue)).filter((name) => name.startsWith('qf'));
      return Promise.all(names.map((name) => readFile(join(queue, name), 'latin1')));
    },
    stop: () => daemon.stop(),
  };
}

/** A prefix for commands that gives them a host name with a dot, for themselves alone. */
async function namedHost(): Promise<string[]> {
  const isAllowed = await run('unshare', ['--uts', 'true']).then(
    () => true,
    () => false,
  );
  return isAllowed ? ['unshare', '--uts', 'sh', '-c', `hostname ${HOSTNAME} && exec "$@"`, 'sh'] : [];
}

/** Made by m4 from the macros that come with it, as every sendmail.cf is. */
async function sendmailCf(dir: string, { port, root }: { port: number; root: string }): Promise<string> {
  const cf = join(root, 'usr/share/sendmail/cf');
  const source = join(dir, 'sendmail.mc');
  await writeFile(
    source,
    `define(\`_CF_DIR_',\`${cf}/')dnl
include(\`${cf}/m4/cf.m4')dnl
OSTYPE(\`linux')dnl
undefine(\`ALIAS_FILE')dnl
define(\`confDOMAIN_NAME',\`${HOSTNAME}')dnl
define(\`confPID_FILE',\`${dir}/pid')dnl
define(\`QUEUE_DIR',\`${dir}/queue')dnl
define(\`STATUS_FILE',\`${dir}/status')dnl
define(\`confHOST_STATUS_DIRECTORY',\`')dnl
define(\`confDELIVERY_MODE',\`queueonly')dnl
define(\`confDONT_PROBE_INTERFACES',\`True')dnl
define(\`confTO_IDENT',\`0')dnl
define(\`confREFUSE_LA',\`1000')dnl
define(\`confQUEUE_LA',\`1000')dnl
FEATURE(\`accept_unresolvable_domains')dnl
FEATURE(\`promiscuous_relay')dnl
FEATURE(\`no_default_msa')dnl
FEATURE(\`nocanonify')dnl
DAEMON_OPTIONS(\`Port=${port},Addr=127.0.0.1,Name=MTA')dnl
MAILER(smtp)dnl
`,
  );
  const path = `${join(root, 'usr/bin')}:${process.env.PATH}`;
  const { stdout } = await run('m4', [source], {
    env: { ...process.env, PATH: path },
    maxBuffer: 4 * 1024 * 1024,
  });
  return stdout;
}
