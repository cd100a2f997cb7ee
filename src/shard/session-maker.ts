/**
 * Session maker: what the sessions of an executor are opened with, by its settings: where to, as whom, and what is said.
 *
 * Executors with the same target and client share one, and with it their turns, source ports and names looked up.
 */

import { isLoopbackHost } from '../safety.js';
import type { Draw } from '../scenario/draw.js';
import type { Credentials, Settings } from '../scenario/scenario.js';
import { type Connector, createConnector, type UserConnector } from '../smtp/connector.js';
import type { SessionIdentity, SessionOptions } from '../smtp/session-options.js';
import { SessionTurns } from './session-turns.js';

/** Purposes 2000 to 2999 are the shard's; see also session-turns.ts and pauses.ts. */
const DRAW_ROUTE = 2_002;

export class SessionMaker {
  readonly #settings: Settings;
  readonly #connector: Connector;
  readonly #turns: SessionTurns;

  /** Throws a UsageError when the TLS options cannot be used. */
  constructor(settings: Settings, shard: number) {
    const { target, client } = settings;
    this.#settings = settings;
    this.#turns = new SessionTurns(client, target.tls);
    this.#connector = createConnector({
      target,
      client: { ...client, connectMs: client.timeouts.connectMs },
      shard,
      keepsSource: client.retries.attempts > 1,
    });
  }

  isAllowed(address: string): boolean {
    return this.#settings.target.authorized || address === '' || isLoopbackHost(address);
  }

  /** @param settings those of the executor: parameters of MAIL and RCPT may be its own */
  options({ target, client, envelope }: Settings): SessionOptions {
    const { hello, xclientBeforeTls, chunkBytes, window, limits, rset, steps, bodyBytesPerSec } = client;
    return {
      ...{ hello, xclientBeforeTls, chunkBytes, window, limits, rset, steps, bodyBytesPerSec },
      parameters: envelope.parameters,
      protocol: target.protocol,
      tls: target.tls,
      auth: target.auth,
      ehlo: client.ehlo,
      pipelining: client.pipelining,
      isAllowed: (address) => this.isAllowed(address),
    };
  }

  connections(): UserConnector {
    return this.#connector.forUser();
  }

  /** Of the session of a VU that begins with this message. */
  identity(
    vu: number,
    number: number,
    { draw, connections }: { readonly draw: Draw; readonly connections: UserConnector },
  ): SessionIdentity {
    const { auth } = this.#settings.target;
    return {
      openTransport: connections.open(draw(number, DRAW_ROUTE)),
      credentials: auth === null ? null : (auth.users[vu % auth.users.length] as Credentials),
      ...this.#turns.next(number, draw),
    };
  }

  /** A connection for a client that brings its own TLS, the n-th of them. */
  connect(
    number: number,
    { draw, connections }: { readonly draw: Draw; readonly connections: UserConnector },
  ) {
    return connections.connect(draw(number, DRAW_ROUTE));
  }
}
