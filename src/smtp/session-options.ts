/**
 * What a session is told at its start, and the moments it notes on its way.
 */
import type { AuthOptions, TlsOptions } from '../scenario/scenario.js';

export interface SessionOptions {
  readonly protocol: 'smtp' | 'lmtp';
  readonly tls: TlsOptions;
  readonly auth: AuthOptions | null;
  /** null: the address literal of our end. */
  readonly ehlo: string | null;
  readonly pipelining: 'off' | 'auto' | 'coalesced';
  /** Whether the address really connected to may be talked to; '' for Unix sockets. */
  readonly isAllowed: (remoteAddress: string) => boolean;
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
