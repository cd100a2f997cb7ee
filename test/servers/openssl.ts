/**
 * Starts `openssl s_server` on a free loopback port: a TLS server that is not Node's, whose tickets can be turned off and
 * counted. It answers every line with the line reversed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.js';
import type { Certificate } from './certificates.js';
import { Daemon, serverDir } from './daemon.js';
import { findBinary } from './programs.js';

export interface OpensslServer {
  readonly port: number;
  /** What it printed: `openssl` describes each handshake. */
  readonly output: () => string;
  stop(): Promise<void>;
}

const POLL_MS = 20;
const PATIENCE_MS = 10_000;

/** Resolves when it listens. `args` such as `-num_tickets 1`. The caller stops it. */
export async function startOpenssl(
  { certPath, keyPath }: Certificate,
  args: readonly string[] = [],
): Promise<OpensslServer> {
  const binary = findBinary('openssl');
  if (binary === undefined) throw new Error('openssl is not installed (Debian package openssl)');
  const port = await freePort();
  const listen = ['s_server', '-rev', '-accept', `127.0.0.1:${port}`, '-cert', certPath, '-key', keyPath];
  const daemon = new Daemon(await serverDir('openssl'), { command: binary, args: [...listen, ...args] });
  const deadline = performance.now() + PATIENCE_MS;
  while (!daemon.output.includes('ACCEPT')) {
    if (daemon.hasEnded || performance.now() > deadline) {
      await daemon.stop();
      throw new Error(`openssl s_server did not start: ${daemon.output.trim()}`);
    }
    await sleep(POLL_MS);
  }
  return { port, output: () => daemon.output, stop: () => daemon.stop() };
}
