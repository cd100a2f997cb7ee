/**
 * Listening: where a sink's port is opened, and what is said when that fails.
 *
 * A host that begins with `unix:` is the path of a Unix socket.
 */
import type { AddressInfo, Server } from 'node:net';
import { EnvironmentError } from '../errors.js';
import type { SinkOptions } from './options.js';

const DEFAULT_BACKLOG = 4096;
const UNIX = 'unix:';

/** @throws EnvironmentError SINK_PORT_TAKEN, SINK_LISTEN_FAILED */
export function listen(
  server: Server,
  options: Pick<SinkOptions, 'host' | 'port' | 'backlog'>,
): Promise<{ host: string; port: number }> {
  const { host, port, backlog = DEFAULT_BACKLOG } = options;
  const place = host.startsWith(UNIX) ? { path: host.slice(UNIX.length) } : { host, port };
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port));
    server.once('error', onError);
    server.listen({ ...place, backlog }, () => {
      server.off('error', onError);
      const address = server.address() as AddressInfo | string;
      if (typeof address === 'string') resolve({ host, port: 0 });
      else resolve({ host: address.address, port: address.port });
    });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): EnvironmentError {
  const isUnix = host.startsWith(UNIX);
  if (error.code === 'EADDRINUSE') {
    const what = isUnix ? host.slice(UNIX.length) : `port ${port} on ${host}`;
    return new EnvironmentError('SINK_PORT_TAKEN', `${what} is taken`, {
      hint: isUnix
        ? 'Stop the server that listens there, or choose another path; what is no socket is never removed.'
        : 'Stop the server that listens there, or choose another port.',
      cause: error,
    });
  }
  const where = isUnix ? host.slice(UNIX.length) : `${host} port ${port}`;
  return new EnvironmentError('SINK_LISTEN_FAILED', `cannot listen on ${where}: ${error.message}`, {
    hint:
      error.code === 'EACCES' && !isUnix
        ? 'Ports below 1024 need privileges: choose a higher one.'
        : 'Check that the address belongs to this host, and that you may write there.',
    cause: error,
  });
}
