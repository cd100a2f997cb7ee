/**
 * Names: DNS as authentication checks see it, from records written down or from one configured server.
 *
 * Never asks the system's resolver. Answers and failures look like those of node:dns (ENOTFOUND, ENODATA, ETIMEOUT…),
 * because that is what mailauth reads. What a server answered is kept for a minute, in bounded memory.
 */
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import { ExpiringCache } from './expiring-cache.js';

const RECORD_TYPES = ['A', 'AAAA', 'MX', 'PTR', 'TXT'] as const;

const record = z.string().min(1).max(4096);

/** Records by name and type; an address stands for its name in the reverse tree. MX: `10 mx.example.test`. */
export const zoneSchema = z.record(
  z.string().min(1).max(255),
  z.partialRecord(z.enum(RECORD_TYPES), z.union([record, z.array(record)])),
);

export type Zone = z.output<typeof zoneSchema>;

export interface MxRecord {
  readonly exchange: string;
  readonly priority: number;
}

export type Answer = string[] | string[][] | MxRecord[];

/** `zone` wins where both are given; without either nothing is looked up and every result is `none`. */
export interface NameSource {
  readonly dns: string | null;
  readonly zone: Zone | null;
}

/** Rejects with an error whose `code` is one of node:dns. */
export type Lookup = (name: string, type: string) => Promise<Answer>;

const KEPT_MS = 60_000;
const KEPT_ANSWERS = 10_000;
const QUERY_TIMEOUT_MS = 2000;
const QUERY_TRIES = 2;

export function zoneLookup(zone: Zone): Lookup {
  const records = new Map(Object.entries(zone).map(([name, types]) => [keyOf(name), types]));
  return async (name, type) => {
    const types = records.get(keyOf(name));
    if (types === undefined) throw dnsError('ENOTFOUND', name);
    const found = types[type as (typeof RECORD_TYPES)[number]];
    if (found === undefined) throw dnsError('ENODATA', name);
    return answerOf(type, [found].flat());
  };
}

/** `server`: an address, with a port where it is not 53, `127.0.0.1:5353` or `[::1]:5353`. Throws when it is none. */
export function serverLookup(server: string, nowMs: () => number): Lookup {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  resolver.setServers([server]);
  const answers = new ExpiringCache<Promise<Answer>>(KEPT_ANSWERS, KEPT_MS);
  return (name, type) =>
    answers.get(`${type} ${keyOf(name)}`, nowMs(), () => resolver.resolve(name, type) as Promise<Answer>);
}

/** Of an address, for PTR. */
export function reverseNameOf(address: string): string {
  if (isIP(address) === 4) return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  return `${[...hexDigitsOf(address)].reverse().join('.')}.ip6.arpa`;
}

/** The same address in two spellings is the same. */
export function isSameAddress(one: string, other: string): boolean {
  if (isIP(one) === 0 || isIP(one) !== isIP(other)) return false;
  return isIP(one) === 4 ? one === other : hexDigitsOf(one) === hexDigitsOf(other);
}

/** The IPv4 address in an IPv4-mapped one, which is how a dual-stack listener sees it. */
export function unmapped(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

function keyOf(name: string): string {
  return isIP(name) === 0 ? name.toLowerCase().replace(/\.$/, '') : reverseNameOf(name);
}

/** All 32 of an IPv6 address, however it is written; a zone (`%eth0`) is left out. */
export function hexDigitsOf(address: string): string {
  const canonical = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const before = head.split(':').filter((group) => group !== '');
  const after = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join('');
}

function answerOf(type: string, records: readonly string[]): Answer {
  if (type === 'TXT') return records.map((text) => [text]);
  if (type !== 'MX') return [...records];
  return records.map((text) => {
    const [priority = '', exchange = ''] = text.trim().split(/\s+/);
    return { priority: Number(priority), exchange };
  });
}

function dnsError(code: string, name: string): Error {
  return Object.assign(new Error(`${code} ${name}`), { code });
}
