/** Waits for a mail server that was just started until it greets. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 50;

interface WaitOptions {
  readonly timeoutMs?: number;
  /** Says that the server is gone. */
  readonly hasEnded?: () => boolean;
  /** Written before the greeting is awaited, for servers that expect the PROXY protocol. */
  readonly opening?: string;
  /** For servers that are told to refuse: a connection that is taken will do. */
  readonly needsGreeting?: boolean;
}

/** Resolves once 127.0.0.1:`port` sends a 220. Rejects after `timeoutMs`, or when `hasEnded` says so. */
export async function waitForGreeting(
  port: number,
  { timeoutMs = 20_000, hasEnded = () => false, opening = '', needsGreeting = true }: WaitOptions = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await (needsGreeting ? greets(port, opening) : listens(port)))) {
    if (hasEnded()) throw new Error(`the server for port ${port} ended before it greeted`);
    if (performance.now() > deadline) throw new Error(`no greeting on port ${port} within ${timeoutMs} ms`);
    await sleep(RETRY_MS);
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function greets(port: number, opening: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 2_000 });
    if (opening !== '') socket.write(opening);
    const finish = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.once('data', (data: Buffer) => {
      // A polite end: a server that counts sessions cut short should not count this one.
      socket.end('QUIT\r\n', () => finish(data.toString('latin1').startsWith('220')));
    });
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
    socket.once('close', () => finish(false));
  });
}
