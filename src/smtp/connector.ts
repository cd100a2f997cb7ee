/**
 * Connector: where each session of a shard connects to, and from.
 *
 * A session's draw alone decides its route (by weight) and the order of mail exchangers of equal preference, so that a
 * run with the same seed goes the same ways. A route is not left for another; within it the addresses are tried one
 * after the other, all of one exchanger before the next (RFC 5321 §5.1). Source addresses take turns, those of each
 * family among themselves; every shard begins at another one. Where users keep theirs it is users who take turns: a
 * greylisting server knows a message by where it comes from, too. TLS tickets are kept per user.
 */
import type { Client, Timeouts } from '../scenario/client-options.js';
import type { Route, Target, TargetAddress } from '../scenario/scenario.js';
import type { OpenTransport } from './open-transport.js';
import { createResolver, type Exchanger, familyOf, type Resolver } from './resolver.js';
import { createTlsSettings } from './tls-context.js';
import { TlsTickets } from './tls-tickets.js';
import {
  type ConnectSocket,
  connectSocket,
  type Endpoint,
  type Endpoints,
  openSocket,
  type TcpEndpoint,
} from './transport.js';

export interface Connector {
  /** For one VU. */
  forUser(): UserConnector;
}

export interface UserConnector {
  /** @param draw of this session, in [0, 1). */
  open(draw: number): OpenTransport;
  /** The same for a client that brings its own TLS. */
  connect(draw: number): ConnectSocket;
}

export interface ConnectorOptions {
  readonly target: Pick<Target, 'routes' | 'dns' | 'tls'>;
  readonly client: Pick<Client, 'sourceAddresses' | 'sourcePorts' | 'proxy' | 'abandon'> &
    Pick<Timeouts, 'connectMs'>;
  /** Which shard this is. */
  readonly shard: number;
  /** Whether all sessions of a user come from one address of `sourceAddresses`; default false. */
  readonly keepsSource?: boolean;
  /** Default: the one that `target.dns` asks for. */
  readonly resolver?: Resolver;
}

/** Throws a UsageError when the TLS options cannot be used. Look-ups and connections come with the sessions. */
export function createConnector(options: ConnectorOptions): Connector {
  const { target, client, shard, keepsSource = false } = options;
  const resolver = options.resolver ?? createResolver(target.dns);
  const sources = new SourceAddresses(client.sourceAddresses, shard);
  const { connectMs } = client;
  const ports = client.sourcePorts === null ? null : new SourcePorts(client.sourcePorts, shard);
  const ofAll = new Itineraries({ resolver, sources, ports, connectMs });
  const tls = createTlsSettings(target.tls);
  const beginsWithTls = target.tls.mode === 'implicit' && canBeginWithTls(target, client);
  const tlsOfAnother = { options: { ...target.tls, mode: 'starttls' as const }, context: null };
  const forUser = (): UserConnector => {
    const itineraries = keepsSource
      ? new Itineraries({ resolver, sources: sources.ofOne(), ports, connectMs })
      : ofAll;
    const tickets = target.tls.mode !== 'none' && target.tls.resumption ? new TlsTickets() : null;
    return {
      open: (draw) => {
        const { route, rest } = pickRoute(target.routes, draw);
        return (listener) =>
          openSocket(
            { endpoint: itineraries.of(route.address, rest), tls, beginsWithTls, tickets },
            listener,
          );
      },
      connect: (draw) => {
        const { route, rest } = pickRoute(target.routes, draw);
        return (done) => {
          const endpoint = itineraries.of(route.address, rest);
          return connectSocket({ endpoint, tls: tlsOfAnother, beginsWithTls: false, tickets: null }, done);
        };
      },
    };
  };
  return { forUser };
}

/** PROXY goes before the handshake, ends on purpose are made on the plain socket, and an address is no SNI. */
function canBeginWithTls(
  { tls, routes }: ConnectorOptions['target'],
  { proxy, abandon }: ConnectorOptions['client'],
): boolean {
  const isToProcess = routes.some(({ address }) => address.kind === 'exec');
  return !isToProcess && proxy === null && abandon === null && familyOf(tls.servername ?? '') === 0;
}

/** `rest` is again even in [0, 1), whatever route was taken. */
export function pickRoute(routes: readonly Route[], draw: number): { route: Route; rest: number } {
  let at = draw * routes.reduce((sum, { weight }) => sum + weight, 0);
  for (const route of routes) {
    if (at < route.weight) return { route, rest: at / route.weight };
    at -= route.weight;
  }
  // Rounding only.
  return { route: routes.at(-1) as Route, rest: 0 };
}

/** By preference; where that is equal, in an order that the draw decides. */
export function inOrder(exchangers: readonly Exchanger[], draw: number): readonly Exchanger[] {
  const left = exchangers.toSorted((a, b) => compareText(a.host, b.host));
  const shuffled: Exchanger[] = [];
  let rest = draw;
  while (left.length > 0) {
    rest *= left.length;
    const at = Math.min(Math.floor(rest), left.length - 1);
    rest -= at;
    shuffled.push(...left.splice(at, 1));
  }
  return shuffled.sort((a, b) => a.preference - b.preference);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface ItineraryContext {
  readonly resolver: Resolver;
  readonly sources: SourceAddresses;
  /** null: the system's choice. */
  readonly ports: SourcePorts | null;
  readonly connectMs: number;
}

/** The endpoints of one connection, in the order to try them. */
class Itineraries {
  readonly #context: ItineraryContext;

  constructor(context: ItineraryContext) {
    this.#context = context;
  }

  of(address: TargetAddress, draw: number): Endpoint | Endpoints {
    switch (address.kind) {
      case 'unix':
      case 'exec':
        return address;
      case 'tcp':
        return this.#ofHost(address.host, address.port);
      case 'mx':
        return this.#ofDomain(address.domain, address.port, draw);
      default:
        return address satisfies never;
    }
  }

  /** A literal needs no look-up, so it is connected to at once. */
  #ofHost(host: string, port: number): Endpoint | Endpoints {
    const family = familyOf(host);
    if (family === 0 || this.#context.ports !== null || !this.#context.sources.canReach(family))
      return this.#addresses(host, port, 1);
    const localAddress = this.#context.sources.next(family);
    return { kind: 'tcp', address: host, port, host, localAddress, localPort: null, timeoutMs: null };
  }

  async *#ofDomain(domain: string, port: number, draw: number): AsyncGenerator<Endpoint, void, boolean> {
    const exchangers = await this.#context.resolver.exchangersOf(domain);
    // RFC 5321 §5.1: without MX records the domain is its own exchanger.
    const hosts = exchangers.length === 0 ? [domain] : inOrder(exchangers, draw).map(({ host }) => host);
    let unresolved: unknown = null;
    for (const host of hosts) {
      try {
        unresolved = null;
        yield* this.#addresses(host, port, hosts.length);
      } catch (error) {
        unresolved = error;
      }
    }
    // Of the last one: what happened to those before it is no news any more.
    if (unresolved !== null) throw unresolved;
  }

  /** @param hosts among which the time to connect is shared out. */
  async *#addresses(host: string, port: number, hosts: number): AsyncGenerator<Endpoint, void, boolean> {
    const found = familyOf(host) === 0 ? await this.#context.resolver.addressesOf(host) : [host];
    const usable = found.filter((address) => this.#context.sources.canReach(familyOf(address)));
    if (usable.length === 0) throw noSource(found);
    const all = usable.length * hosts;
    const timeoutMs = all === 1 ? null : this.#context.connectMs / all;
    for (const address of usable) {
      const localAddress = this.#context.sources.next(familyOf(address));
      yield* this.#ports({ kind: 'tcp', address, port, host, localAddress, localPort: null, timeoutMs });
    }
  }

  /** From the next port of the range; from those after it while they are taken. */
  async *#ports(endpoint: TcpEndpoint): AsyncGenerator<Endpoint, void, boolean> {
    const { ports } = this.#context;
    if (ports === null) return void (yield endpoint);
    for (let tried = 0; tried < ports.size; tried++) {
      const isTaken = yield { ...endpoint, localPort: ports.next() };
      if (!isTaken) return;
    }
    throw noPort(ports, endpoint.localAddress);
  }
}

function noPort({ min, max }: SourcePorts, address: string | null): Error {
  const message = `every port of client.sourcePorts (${min} to ${max}) is taken at ${address ?? 'this machine'}: widen it, or add client.sourceAddresses`;
  return Object.assign(new Error(message), { code: 'EADDRINUSE' });
}

function noSource(addresses: readonly string[]): Error {
  const message = `none of client.sourceAddresses is of the family of ${addresses.join(', ')}`;
  return Object.assign(new Error(message), { code: 'EADDRNOTAVAIL' });
}

/** Ports of ours, in turn, whatever address they go with. */
export class SourcePorts {
  readonly min: number;
  readonly max: number;
  #next: number;

  /** @param first how many to pass over at the start. */
  constructor({ min, max }: { readonly min: number; readonly max: number }, first: number) {
    this.min = min;
    this.max = max;
    this.#next = first;
  }

  get size(): number {
    return this.max - this.min + 1;
  }

  next(): number {
    return this.min + (this.#next++ % this.size);
  }
}

/** Addresses of ours, in turn. */
export class SourceAddresses {
  readonly #byFamily: Readonly<Record<4 | 6, readonly string[]>>;
  readonly #next: Record<4 | 6, number>;
  readonly #areGiven: boolean;

  /** @param first how many to pass over at the start. */
  constructor(addresses: readonly string[], first: number) {
    const ofFamily = (family: number) => addresses.filter((address) => familyOf(address) === family);
    this.#byFamily = { 4: ofFamily(4), 6: ofFamily(6) };
    this.#next = { 4: first, 6: first };
    this.#areGiven = addresses.length > 0;
  }

  canReach(family: 0 | 4 | 6): boolean {
    return !this.#areGiven || (family !== 0 && this.#byFamily[family].length > 0);
  }

  /** The next of each family, always. */
  ofOne(): SourceAddresses {
    if (!this.#areGiven) return this;
    const own = [this.next(4), this.next(6)].filter((address) => address !== null);
    return new SourceAddresses(own, 0);
  }

  /** null: the system's choice. */
  next(family: 0 | 4 | 6): string | null {
    if (family === 0 || !this.#areGiven) return null;
    const addresses = this.#byFamily[family];
    return addresses[this.#next[family]++ % addresses.length] ?? null;
  }
}
