/**
 * Proxied socket: reads the PROXY header a connection begins with, and gives back what came behind it.
 *
 * Whoever does not send one is cut off without an answer (proxy-protocol.txt §2). How long it may take is the server's
 * idle time-out, which watches sockets that have no session yet.
 */
import type { Socket } from 'node:net';
import { ProxyHeaderReader, type ProxySource } from './proxy-header.js';

/** `done` is called once: null source, the connection is who it says it is; an error, it is closed. */
export function readProxySource(
  socket: Socket,
  done: (error: Error | null, source: ProxySource | null) => void,
): void {
  const header = new ProxyHeaderReader();
  const finish = (error: Error | null, source: ProxySource | null) => {
    socket.off('readable', onReadable).off('end', onEnd).off('close', onEnd);
    if (error !== null) socket.destroy();
    else socket.off('error', onError);
    done(error, source);
  };
  const onReadable = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
      const result = header.push(chunk);
      if (result.kind === 'more') continue;
      if (result.kind === 'invalid') return finish(new Error(result.reason), null);
      if (result.rest.length > 0) socket.unshift(result.rest);
      return finish(null, result.source);
    }
  };
  const onEnd = () => finish(new Error('ended before the PROXY header was complete'), null);
  // Followed by a close.
  const onError = () => {};
  socket.on('readable', onReadable).on('end', onEnd).on('close', onEnd).on('error', onError);
}
