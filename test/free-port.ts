/**
 * A TCP port on 127.0.0.1 for a server that has to be told one (our own servers listen on port 0 instead).
 *
 * Drawn below the kernel's ephemeral range, so that no outgoing connection of a load test running beside this one
 * takes it between here and the server's start; at random from a share of its own, so that test files running side by side
 * rarely meet, and never twice in a process: smtp-sink shares a port that another one listens on, and its mail.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const LOWEST_PORT = 12_000;
const SHARES = 20;
const SHARE_PORTS = 1000;
const MAX_TRIES = 50;
const given = new Set<number>();

/** A port nothing listens on now. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const port = LOWEST_PORT + (process.pid % SHARES) * SHARE_PORTS + randomInt(SHARE_PORTS);
    if (given.has(port)) continue;
    given.add(port);
    if (await canListen(port)) return port;
  }
  throw new Error(`no free port found in ${MAX_TRIES} tries`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
