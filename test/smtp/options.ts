/** Options of a plain session over TCP, to be varied. */
import type { Credentials, MailParameters, TargetAddress, TlsOptions } from '#src/scenario/scenario.js';
import { createConnector } from '#src/smtp/connector.js';
import type { OpenTransport } from '#src/smtp/open-transport.js';
import type { SessionIdentity, SessionOptions } from '#src/smtp/session-options.js';

export const NO_PARAMETERS: MailParameters = {
  body: 'auto',
  smtputf8: 'auto',
  dsn: null,
  requireTls: false,
  deliverBy: null,
  priority: null,
  prdr: false,
  mail: [],
  rcpt: [],
};

export function tlsOptions(options: Partial<TlsOptions> = {}): TlsOptions {
  return {
    mode: 'none',
    share: 1,
    verify: true,
    fallback: false,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: null,
    servername: null,
    ca: null,
    cert: null,
    key: null,
    passphrase: null,
    resumption: true,
    ...options,
  };
}

export function sessionOptions(options: Partial<SessionOptions> = {}): SessionOptions {
  return {
    protocol: 'smtp',
    tls: tlsOptions(),
    auth: null,
    ehlo: 'client.example.test',
    hello: 'ehlo',
    xclientBeforeTls: false,
    pipelining: 'off',
    parameters: NO_PARAMETERS,
    chunkBytes: null,
    window: 1,
    limits: 'honour',
    rset: false,
    steps: [],
    bodyBytesPerSec: null,
    isAllowed: () => true,
    ...options,
  };
}

export function sessionIdentity(
  openTransport: OpenTransport,
  identity: Partial<SessionIdentity> = {},
): SessionIdentity {
  return {
    openTransport,
    credentials: null,
    xclient: null,
    xforward: null,
    proxy: null,
    isPlain: false,
    abandon: null,
    ...identity,
  };
}

export function credentials(user: string, pass: string): Credentials {
  return { user, pass, authzid: '' };
}

const SOME_ABANDON = { phase: 'CONNECT', when: 'sent', how: 'drop', contentShare: 0, share: 0 } as const;

/** Connects there every time. `plainFirst`: implicit TLS on a plain socket, as when something is said before it. */
export function openTo(address: TargetAddress, tls: TlsOptions, plainFirst = false): OpenTransport {
  const routes = [{ address, weight: 1 }];
  const dns = { lookup: 'session', family: 'any', servers: [] } as const;
  const client = {
    sourceAddresses: [],
    sourcePorts: null,
    proxy: null,
    abandon: plainFirst ? SOME_ABANDON : null,
    connectMs: 5_000,
  };
  return createConnector({ target: { routes, dns, tls }, client, shard: 0 }).forUser().open(0);
}
