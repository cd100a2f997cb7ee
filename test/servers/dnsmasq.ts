/**
 * Starts a private dnsmasq on 127.0.0.1: a name server that knows exactly the records it is given, asks nobody else, and
 * logs every query.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.js';
import { Daemon, serverDir } from './daemon.js';
import { findBinary } from './programs.js';

export interface Dnsmasq {
  /** For `target.dns.servers`. */
  readonly server: string;
  /** Queries so far, e.g. `MX example.test`, in order. */
  queries(): Promise<string[]>;
  stop(): Promise<void>;
}

const POLL_MS = 20;
const PATIENCE_MS = 10_000;

/** @param records lines of dnsmasq.conf, such as `host-record=a.test,127.0.0.1` and `mx-host=b.test,a.test,10`. */
export async function startDnsmasq(records: readonly string[]): Promise<Dnsmasq> {
  const binary = findBinary('dnsmasq');
  if (binary === undefined) throw new Error('dnsmasq is not installed (Debian package dnsmasq-base)');
  const dir = await serverDir('dnsmasq');
  const port = await freePort();
  const log = join(dir, 'log');
  const conf = join(dir, 'dnsmasq.conf');
  await writeFile(conf, configuration(port, log, records));
  const daemon = new Daemon(dir, { command: binary, args: [`--conf-file=${conf}`] });
  const read = () => readFile(log, 'utf8').catch(() => '');
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await read()).includes('started')) {
    if (daemon.hasEnded || performance.now() > deadline) {
      await daemon.stop();
      throw new Error(`dnsmasq did not start: ${daemon.output.trim()}`);
    }
    await sleep(POLL_MS);
  }
  return {
    server: `127.0.0.1:${port}`,
    queries: async () => queriesIn(await read()),
    stop: () => daemon.stop(),
  };
}

function configuration(port: number, log: string, records: readonly string[]): string {
  const settings = [
    'keep-in-foreground',
    `port=${port}`,
    'listen-address=127.0.0.1',
    'bind-interfaces',
    'no-resolv',
    'no-hosts',
    'no-poll',
    'pid-file=',
    'user=',
    'log-queries',
    `log-facility=${log}`,
    // What it does not know does not exist, instead of being refused.
    'local=/test/',
  ];
  return [...settings, ...records, ''].join('\n');
}

function queriesIn(log: string): string[] {
  return [...log.matchAll(/query\[(\S+)\] (\S+) from/g)].map(([, type, name]) => `${type} ${name}`);
}
