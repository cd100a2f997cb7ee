/** A small SMTP or LMTP server on loopback that does as its policy says and counts what it took. */
import { createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type Policy, SmtpDialog, type Taken } from './smtp-dialog.js';

export interface MailServer {
  readonly port: number;
  readonly taken: readonly Taken[];
  readonly connections: number;
  readonly openConnections: number;
  /** Bytes read and written. */
  readonly traffic: { readonly read: number; readonly written: number };
}

export async function startMailServer(
  t: Pick<TestContext, 'after'>,
  policy: Policy = () => null,
  options: { readonly isLmtp?: boolean; readonly port?: number; readonly host?: string } = {},
): Promise<MailServer> {
  const taken: Taken[] = [];
  const sockets = new Set<Socket>();
  const traffic = { read: 0, written: 0 };
  let connections = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    connections++;
    sockets.add(socket);
    socket.setEncoding('latin1');
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    const dialog = new SmtpDialog({
      policy,
      isLmtp: options.isLmtp ?? false,
      onTaken: (message) => taken.push(message),
      end: {
        write: (text) => {
          traffic.written += text.length;
          socket.write(text, 'latin1');
        },
        close: () => socket.end(),
      },
    });
    socket.on('data', (text: string) => {
      traffic.read += text.length;
      dialog.feed(text);
    });
  });
  const port = await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port,
    taken,
    traffic,
    get connections() {
      return connections;
    },
    get openConnections() {
      return sockets.size;
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
