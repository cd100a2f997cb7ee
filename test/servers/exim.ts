/**
 * Starts a private Exim 4.96 that takes mail and keeps it: CHUNKING, DSN, SMTPUTF8 and a reply for each recipient (PRDR,
 * draft-hall-prdr).
 *
 * Unpacked, not installed (unpacked.ts), because it cannot be beside Postfix. Needs root.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../free-port.js';
import { Daemon, serverDir } from './daemon.js';
import { findProgram, programNamed } from './programs.js';
import { unpackedEnvironment } from './unpacked.js';
import { waitForGreeting } from './wait-for-greeting.js';

export interface Exim {
  readonly host: string;
  readonly port: number;
  /** One line for each message it took, and for what it refused. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

const USER = 'Debian-exim';

export interface EximOptions {
  /** The local part of recipients that refuse a message once they have read it, where PRDR is asked for. */
  readonly picky?: string;
}

/** Resolves when it greets. The caller stops it. */
export async function startExim({ picky = 'picky' }: EximOptions = {}): Promise<Exim> {
  const program = programNamed('Exim');
  const binary = findProgram(program);
  if (binary === undefined)
    throw new Error('Exim is not unpacked (node dist-test/servers/install.js does it)');
  const dir = await serverDir('exim');
  const port = await freePort();
  for (const name of ['spool', 'log']) await mkdir(join(dir, name));
  await promisify(execFile)('chown', [`${USER}:${USER}`, join(dir, 'spool'), join(dir, 'log')]);
  const conf = join(dir, 'exim.conf');
  await writeFile(conf, eximConf({ dir, port, binary, picky }));

  const env = unpackedEnvironment(program.debianPackage);
  const daemon = new Daemon(dir, { command: binary, args: ['-C', conf, '-bdf'], env });
  const log = () => readFile(join(dir, 'log/main'), 'utf8').catch(() => '');
  try {
    await waitForGreeting(port, { hasEnded: () => daemon.hasEnded });
  } catch (cause) {
    const said = `${daemon.output}${await log()}`;
    await daemon.stop();
    throw new Error(`Exim did not start: ${said}`, { cause });
  }
  return { host: '127.0.0.1', port, log, stop: () => daemon.stop() };
}

interface EximFiles {
  readonly dir: string;
  readonly port: number;
  readonly binary: string;
  readonly picky: string;
}

/** Nothing leaves: messages stay in the spool (`queue_only`), and the one transport throws them away. */
function eximConf({ dir, port, binary, picky }: EximFiles): string {
  return `
exim_path = ${binary}
exim_user = ${USER}
exim_group = ${USER}
spool_directory = ${dir}/spool
log_file_path = ${dir}/log/%s
pid_file_path = ${dir}/exim.pid
primary_hostname = exim.example.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
prdr_enable = true
chunking_advertise_hosts = *
pipelining_advertise_hosts = *
pipelining_connect_advertise_hosts =
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
tls_advertise_hosts =
host_lookup =
rfc1413_hosts =
queue_only = true
keep_environment =
smtp_accept_max = 0
smtp_accept_max_per_connection = 0
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = accept
acl_smtp_data_prdr = acl_prdr
acl_smtp_data = accept
log_selector = +smtp_connection +received_recipients

begin acl
acl_prdr:
  deny local_parts = ${picky}
       message = not after having read it
  accept

begin routers
everything:
  driver = accept
  transport = nowhere

begin transports
nowhere:
  driver = appendfile
  file = /dev/null
`;
}
