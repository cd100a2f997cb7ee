/**
 * What a session is told at its start, and the moments it notes on its way.
 */
import type { Abandon, Client, ProxyOptions } from '../scenario/client-options.js';
import type { AuthOptions, Credentials, MailParameters, TlsOptions } from '../scenario/scenario.js';
import type { OpenTransport } from './open-transport.js';

/** The same for all sessions of an executor. */
export interface SessionOptions
  extends Pick<
    Client,
    'hello' | 'xclientBeforeTls' | 'chunkBytes' | 'window' | 'limits' | 'rset' | 'steps' | 'bodyBytesPerSec'
  > {
  readonly protocol: 'smtp' | 'lmtp';
  readonly tls: TlsOptions;
  readonly auth: Omit<AuthOptions, 'users'> | null;
  /** null: the address literal of our end. */
  readonly ehlo: string | null;
  readonly pipelining: 'off' | 'auto' | 'coalesced';
  readonly parameters: MailParameters;
  /** Whether the address really connected to may be talked to; '' for Unix sockets. */
  readonly isAllowed: (remoteAddress: string) => boolean;
}

/** What one session has for itself. */
export interface SessionIdentity {
  /** Connects to one of the target's routes. */
  readonly openTransport: OpenTransport;
  /** null without AUTH. */
  readonly credentials: Credentials | null;
  /** Attributes to send; null: none. */
  readonly xclient: Readonly<Record<string, string>> | null;
  readonly xforward: Readonly<Record<string, string>> | null;
  readonly proxy: ProxyHeaderOptions | null;
  /** Drawn for this session: it says no STARTTLS. */
  readonly isPlain: boolean;
  /** Makes the nonces of SCRAM, DIGEST-MD5 and NTLM; left out: random ones. */
  readonly nonce?: () => string;
  /** Drawn for this session; null: it ends in order. */
  readonly abandon: Abandon | null;
}

export interface ProxyHeaderOptions extends Omit<ProxyOptions, 'sources'> {
  /** `192.0.2.1:4711`; null: our end of the connection. */
  readonly source: string | null;
}

/** µs since the epoch; 0 for what did not happen. */
export interface SessionStamps {
  connectAtUs: number;
  connectedAtUs: number;
  tlsAtUs: number;
  securedAtUs: number;
  greetedAtUs: number;
  openAtUs: number;
  closedAtUs: number;
}

export function newStamps(connectAtUs: number): SessionStamps {
  return {
    connectAtUs,
    connectedAtUs: 0,
    tlsAtUs: 0,
    securedAtUs: 0,
    greetedAtUs: 0,
    openAtUs: 0,
    closedAtUs: 0,
  };
}
