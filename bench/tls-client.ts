/**
 * TLS handshakes one at a time, through the wire client's own transport: `tls-client.js PORT VERSION full|resumed SECONDS`.
 * Handshake and close, nothing else. Prints handshakes per second, after a warm-up.
 */
import type { TlsVersion } from '#src/scenario/scenario.js';
import { createConnector } from '#src/smtp/connector.js';
import { tlsOptions } from '#test/smtp/options.js';

const WARM_UP = 200;
const [port = '', version = '', kind = '', seconds = ''] = process.argv.slice(2);

const user = createConnector({
  target: {
    routes: [{ address: { kind: 'tcp', host: '127.0.0.1', port: Number(port) }, weight: 1 }],
    dns: { lookup: 'once', family: 'any', servers: [] },
    tls: tlsOptions({
      mode: 'implicit',
      verify: false,
      minVersion: version as TlsVersion,
      maxVersion: version as TlsVersion,
      resumption: kind === 'resumed',
    }),
  },
  client: { sourceAddresses: [], sourcePorts: null, proxy: null, abandon: null, connectMs: 10_000 },
  shard: 0,
}).forUser();

for (let i = 0; i < WARM_UP; i++) await handshake();
const startedAt = performance.now();
const endAt = startedAt + Number(seconds) * 1000;
let count = 0;
while (performance.now() < endAt) {
  const isResumed = await handshake();
  if (isResumed !== (kind === 'resumed')) throw new Error(`handshake ${count} was not ${kind}`);
  count++;
}
console.log((count * 1000) / (performance.now() - startedAt));

function handshake(): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let isResumed = false;
    const transport = user.open(0)({
      onConnect: () => transport.startTls(),
      onSecure: () => {
        isResumed = transport.tls?.isResumed === true;
        transport.destroy();
      },
      onData: () => {},
      onFlushed: () => {},
      onEnd: () => {},
      onError: reject,
      onClose: () => resolve(isResumed),
    });
  });
}
