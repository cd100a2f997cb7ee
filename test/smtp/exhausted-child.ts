/**
 * Connects until there is no local port left, in a network of its own (see connector.real.test.ts): first from one source
 * address, then from the system's choice. Prints the two errors as JSON.
 */
import { once } from 'node:events';
import net from 'node:net';
import { createConnector } from '#src/smtp/connector.js';
import { tlsOptions } from './options.js';
import { TransportClient } from './transport-client.js';

const PORT = 2_525;
const MORE_THAN_THERE_ARE = 50;

const server = net.createServer((socket) => socket.on('error', () => {}).write('220 hi\r\n'));
server.listen(PORT, '127.0.0.1');
await once(server, 'listening');
console.log(JSON.stringify([await exhaust(['127.0.0.2']), await exhaust([])]));
process.exit();

async function exhaust(sourceAddresses: readonly string[]) {
  const routes = [{ address: { kind: 'tcp', host: '127.0.0.1', port: PORT }, weight: 1 }] as const;
  const dns = { lookup: 'once', family: 'any', servers: [] } as const;
  const client = { sourceAddresses, sourcePorts: null, proxy: null, abandon: null, connectMs: 5_000 };
  const user = createConnector({ target: { routes, dns, tls: tlsOptions() }, client, shard: 0 }).forUser();
  for (let connected = 0; connected < MORE_THAN_THERE_ARE; connected++) {
    const visitor = new TransportClient(user.open(0));
    await visitor.until(() => visitor.count('data') + visitor.count('close') > 0);
    if (visitor.count('error') > 0)
      return { connected, code: visitor.errorCode, message: visitor.errorMessage };
  }
  return null;
}
