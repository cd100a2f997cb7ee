/**
 * Starts Postfix's smtp-sink on a free loopback port: a receiver that accepts everything and costs little.
 * Used by tests and by bench/.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../free-port.js';
import { findBinary } from './programs.js';
import { waitForGreeting } from './wait-for-greeting.js';

export interface SmtpSink {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

export interface SmtpSinkOptions {
  /** More arguments, e.g. `['-w', '5']` to wait 5 s before each reply to DATA. */
  readonly args?: readonly string[];
  /** Default true; false where `args` keep it from greeting. */
  readonly greets?: boolean;
}

const BACKLOG = '1000';

/** Resolves when the sink greets, or at least listens. The caller stops it; it also ends with this process. */
export async function startSmtpSink({ args = [], greets = true }: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const binary = findBinary('smtp-sink');
  if (binary === undefined) throw new Error('smtp-sink is not installed (Debian package postfix)');
  const port = await freePort();
  // As root it refuses to run without a user to change to.
  const user = process.getuid?.() === 0 ? ['-u', 'postfix'] : [];
  const child = spawn(binary, [...user, ...args, `127.0.0.1:${port}`, BACKLOG], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const stop = async () => {
    process.removeListener('exit', endWithUs);
    if (!hasEnded(child)) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  };
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  try {
    await waitForGreeting(port, { hasEnded: () => hasEnded(child), needsGreeting: greets });
  } catch (cause) {
    await stop();
    throw new Error(`smtp-sink did not start: ${complaint.trim()}`, { cause });
  }
  return { host: '127.0.0.1', port, pid: child.pid ?? 0, stop };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
