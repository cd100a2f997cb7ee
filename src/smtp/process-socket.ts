/**
 * Process socket: a program as the server, spoken to over its standard input and output, as `sendmail -bs` and servers under
 * inetd are. One process for each session; it is ended when its socket closes.
 *
 * Node gives a child two pipes, and a session wants one stream that can turn to TLS: so the child gets a socket as descriptor 3,
 * and `sh` puts it in the place of both. Program and arguments go to `sh` as parameters and are never read as shell.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';

const SCRIPT = 'exec "$@" <&3 >&3 3>&-';

/** A socket, connected already. A program that cannot be run closes it at once. */
export function openProcess(program: string, args: readonly string[]): Duplex {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'sh', program, ...args], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const socket = socketOf(child);
  child.once('error', (error) => socket.destroy(error));
  socket.once('close', () => {
    if (child.exitCode === null && child.signalCode === null) child.kill();
  });
  return socket;
}

/** Without file descriptors there is none. */
function socketOf({ stdio }: ChildProcess): Duplex {
  return (stdio as ChildProcess['stdio'] | undefined)?.[3] instanceof Duplex
    ? (stdio[3] as unknown as Duplex)
    : new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
}
