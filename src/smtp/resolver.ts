/**
 * Resolver: names to addresses, domains to mail exchangers. What a look-up cannot answer is a ResolveError.
 *
 * Without `servers` addresses come from the system (getaddrinfo: /etc/hosts, its order) and exchangers from its name
 * servers; with them everything comes from there but `localhost`, which stays local (RFC 6761 §6.3). With
 * `lookup: once` a good answer is kept for good, and look-ups of the same name at the same time are one. A failure is
 * never kept. A look-up gives up after a few seconds; at most 32 are under way. RFC 5321 §5.1, RFC 7505 (null MX).
 */
import dns from 'node:dns/promises';
import { isIP } from 'node:net';
import pLimit from 'p-limit';
import type { DnsOptions } from '../scenario/scenario.js';
import { ResolveError } from './system-error.js';

export interface Resolver {
  /** IPv4 and IPv6 addresses in the order to try them, at least one. */
  addressesOf(name: string): Promise<readonly string[]>;
  /** In no particular order; empty where the domain has addresses only. */
  exchangersOf(domain: string): Promise<readonly Exchanger[]>;
}

export interface Exchanger {
  readonly host: string;
  /** Lower is better. */
  readonly preference: number;
}

const LOOKUPS_AT_ONCE = 32;
/** c-ares doubles it with each try. */
const TRY_MS = 1_000;
const TRIES = 3;
/** The name exists, and has no record of this type. */
const NO_RECORD = 'ENODATA';

/** 4, 6, or 0 for what is no address. */
export function familyOf(host: string): 0 | 4 | 6 {
  return isIP(host) as 0 | 4 | 6;
}

export function createResolver(options: DnsOptions): Resolver {
  const lookup = new Lookup(options);
  const limit = pLimit(LOOKUPS_AT_ONCE);
  const addressesOf = (name: string) => limit(() => lookup.addresses(name));
  const exchangersOf = (domain: string) => limit(() => lookup.exchangers(domain));
  if (options.lookup === 'session') return { addressesOf, exchangersOf };
  return { addressesOf: once(addressesOf), exchangersOf: once(exchangersOf) };
}

/** Keeps answers, not failures. */
function once<T>(ask: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (name) => {
    const known = answers.get(name);
    if (known !== undefined) return known;
    const answer = ask(name);
    answers.set(name, answer);
    answer.catch(() => answers.delete(name));
    return answer;
  };
}

class Lookup {
  readonly #options: DnsOptions;
  readonly #resolver = new dns.Resolver({ timeout: TRY_MS, tries: TRIES });

  constructor(options: DnsOptions) {
    this.#options = options;
    if (options.servers.length > 0) this.#resolver.setServers(options.servers);
  }

  async addresses(name: string): Promise<readonly string[]> {
    const { servers } = this.#options;
    if (servers.length > 0) return isLocalName(name) ? this.#local() : this.#ask(name);
    try {
      const family = { any: 0, ipv4: 4, ipv6: 6 }[this.#options.family];
      const found = await dns.lookup(name, { all: true, family, verbatim: true });
      return found.map(({ address }) => address);
    } catch (error) {
      throw failure(error, `no address of ${name}`);
    }
  }

  async exchangers(domain: string): Promise<readonly Exchanger[]> {
    if (isLocalName(domain)) return [];
    const records = await this.#resolver.resolveMx(domain).catch((error: NodeJS.ErrnoException) => {
      if (error.code === NO_RECORD) return [];
      throw failure(error, `no mail exchangers of ${domain}`);
    });
    const hosts = records.filter(({ exchange }) => exchange !== '' && exchange !== '.');
    if (records.length > 0 && hosts.length === 0)
      throw new ResolveError('NULLMX', `${domain} takes no mail: it has a null MX (RFC 7505)`);
    return hosts.map(({ exchange, priority }) => ({ host: exchange, preference: priority }));
  }

  #local(): readonly string[] {
    return [...(this.#wants('ipv4') ? ['127.0.0.1'] : []), ...(this.#wants('ipv6') ? ['::1'] : [])];
  }

  /** IPv4 first. One family is enough: many servers have no other. */
  async #ask(name: string): Promise<readonly string[]> {
    const answers = await Promise.allSettled([
      ...(this.#wants('ipv4') ? [this.#resolver.resolve4(name)] : []),
      ...(this.#wants('ipv6') ? [this.#resolver.resolve6(name)] : []),
    ]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length > 0) return found;
    const errors = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    // That there is no record of one family says less than whatever else went wrong.
    const telling = errors.find(({ code }) => code !== NO_RECORD) ?? errors[0];
    throw failure(telling, `no address of ${name}`);
  }

  #wants(family: 'ipv4' | 'ipv6'): boolean {
    return this.#options.family === 'any' || this.#options.family === family;
  }
}

function isLocalName(name: string): boolean {
  return /(^|\.)localhost\.?$/i.test(name);
}

function failure(error: unknown, what: string): ResolveError {
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  return new ResolveError(code, `${what}: ${message}`, error);
}
