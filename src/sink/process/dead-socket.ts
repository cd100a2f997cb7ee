/**
 * Dead sockets: a process that was killed leaves its Unix socket behind, and nobody could listen there again.
 *
 * Removes one that nobody listens on, and nothing else: what is no socket, or answers, stays.
 */
import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';

/** Never throws: whoever listens next says what is wrong. */
export async function removeDeadSocket(path: string): Promise<void> {
  try {
    if (lstatSync(path).isSocket() && (await isDead(path))) unlinkSync(path);
  } catch {
    // Not there, or not ours to look at.
  }
}

function isDead(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}
