/**
 * Session turns: what the sessions of a shard are given one after the other, and what is drawn for each.
 *
 * XCLIENT, XFORWARD and PROXY entries go round; whether a session ends in the middle is drawn by the number of the
 * message that it begins with, like whether it uses TLS, so that it does not depend on how many shards there are.
 */

import type { Client } from '../scenario/client-options.js';
import type { Draw } from '../scenario/draw.js';
import type { TlsOptions } from '../scenario/scenario.js';
import type { SessionIdentity } from '../smtp/session-options.js';

export type Turn = Pick<SessionIdentity, 'xclient' | 'xforward' | 'proxy' | 'isPlain' | 'abandon'>;

/** The purpose under which abandoned sessions are drawn; purposes 2000 to 2999 are the shard's. */
export const ABANDON_PURPOSE = 2_001;
const PLAIN_PURPOSE = 2_004;

export class SessionTurns {
  readonly #client: Pick<Client, 'xclient' | 'xforward' | 'proxy' | 'abandon'>;
  readonly #tlsShare: number;
  #turn = 0;

  constructor(
    client: Pick<Client, 'xclient' | 'xforward' | 'proxy' | 'abandon'>,
    tls: Pick<TlsOptions, 'share'>,
  ) {
    this.#client = client;
    this.#tlsShare = tls.share;
  }

  /** For the session that begins with this message. */
  next(number: number, draw: Draw): Turn {
    const { xclient, xforward, proxy, abandon } = this.#client;
    const turn = this.#turn++;
    return {
      xclient: entryOf(xclient, turn),
      xforward: entryOf(xforward, turn),
      proxy: proxy === null ? null : proxyOf(proxy, turn),
      isPlain: this.#tlsShare < 1 && draw(number, PLAIN_PURPOSE) >= this.#tlsShare,
      abandon: abandon !== null && draw(number, ABANDON_PURPOSE) < abandon.share ? abandon : null,
    };
  }
}

function entryOf<T>(entries: readonly T[], turn: number): T | null {
  return entries[turn % entries.length] ?? null;
}

function proxyOf(proxy: NonNullable<Client['proxy']>, turn: number): Turn['proxy'] {
  const { sources, ...header } = proxy;
  return { ...header, source: entryOf(sources, turn) };
}
