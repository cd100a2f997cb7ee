/**
 * Ends a connection with a reset (RST) and nothing else.
 *
 * Node's own resetAndDestroy() shuts the connection down first, so that a client sees an orderly end before the reset, or
 * instead of it. What was not taken by the kernel yet is lost. A Unix socket has no reset: it is closed.
 */
import type { Socket } from 'node:net';

export function resetSocket(socket: Socket): void {
  const isTcp = socket.remoteAddress !== undefined;
  const isShuttingDown = socket.writableEnded && !socket.writableFinished;
  // Node's mark for its own destroy(), which resetAndDestroy() sets too. A reset in mid-shutdown would fail.
  if (isTcp && !isShuttingDown) Object.assign(socket, { resetAndClosing: true });
  socket.destroy();
}
