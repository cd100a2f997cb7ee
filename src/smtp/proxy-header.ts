/**
 * PROXY protocol header: who the client claims to be, before anything else on the connection. Versions 1 and 2 of
 * haproxy's proxy-protocol.txt (§2.1, §2.2).
 *
 * IPv4 beside IPv6 is written as mapped IPv6 (::ffff:192.0.2.1), as haproxy does in version 2. Unix sockets, and whatever is
 * not an address and a port, are UNKNOWN (1) and UNSPEC (2). Pure; opens nothing, resolves nothing.
 */
import type { ProxyHeaderOptions } from './session-options.js';

export interface Endpoint {
  /** '' when there is none, as for Unix sockets. */
  readonly address: string;
  readonly port: number;
}

export interface Ends {
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

/** As a latin1 string, one character an octet. */
export function proxyHeader(options: ProxyHeaderOptions, { local, remote }: Ends): string {
  const { version, isLocal, source, destination } = options;
  const pair = isLocal ? null : pairOf(source ?? textOf(local), destination ?? textOf(remote));
  return version === 1 ? versionOne(pair) : versionTwo(pair, isLocal);
}

/** Both of one family. */
interface Pair {
  readonly isV6: boolean;
  readonly source: Address;
  readonly destination: Address;
}

interface Address {
  /** 4 or 16. */
  readonly octets: readonly number[];
  readonly port: number;
}

function versionOne(pair: Pair | null): string {
  if (pair === null) return 'PROXY UNKNOWN\r\n';
  const { isV6, source, destination } = pair;
  const addresses = [source, destination].map(({ octets }) => (isV6 ? v6Text(octets) : octets.join('.')));
  return `PROXY ${isV6 ? 'TCP6' : 'TCP4'} ${addresses.join(' ')} ${source.port} ${destination.port}\r\n`;
}

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';
const LOCAL = 0x20;
const PROXY = 0x21;
const UNSPEC = 0x00;
const TCP4 = 0x11;
const TCP6 = 0x21;

function versionTwo(pair: Pair | null, isLocal: boolean): string {
  const family = pair === null ? UNSPEC : pair.isV6 ? TCP6 : TCP4;
  const ports = pair === null ? [] : [...word(pair.source.port), ...word(pair.destination.port)];
  const addresses = pair === null ? [] : [...pair.source.octets, ...pair.destination.octets, ...ports];
  const head = [isLocal ? LOCAL : PROXY, family, ...word(addresses.length)];
  return SIGNATURE + String.fromCharCode(...head, ...addresses);
}

function word(value: number): number[] {
  return [value >> 8, value & 255];
}

function textOf({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function pairOf(from: string, to: string): Pair | null {
  const source = parse(from);
  const destination = parse(to);
  if (source === null || destination === null) return null;
  const isV6 = source.octets.length === 16 || destination.octets.length === 16;
  return isV6
    ? { isV6, source: mapped(source), destination: mapped(destination) }
    : { isV6, source, destination };
}

function mapped({ octets, port }: Address): Address {
  return { octets: octets.length === 16 ? octets : [...Array(10).fill(0), 255, 255, ...octets], port };
}

/** `192.0.2.1:25` or `[2001:db8::1]:25`. */
function parse(text: string): Address | null {
  const match = /^(?:\[([^\]%]+)(?:%[^\]]*)?\]|([\d.]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const octets = match?.[1] === undefined ? v4Octets(match?.[2] ?? '') : v6Octets(match[1]);
  return octets === null || !(port <= 65_535) ? null : { octets, port };
}

function v4Octets(text: string): number[] | null {
  const parts = text.split('.');
  const isAddress =
    parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  return isAddress ? parts.map(Number) : null;
}

function v6Octets(text: string): number[] | null {
  const dotted = /[\d.]+\.[\d.]+$/.exec(text)?.[0];
  const tail = dotted === undefined ? [] : v4Octets(dotted);
  if (tail === null) return null;
  const [a = 0, b = 0, c = 0, d = 0] = tail;
  const hex = dotted === undefined ? '' : `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  const groups = expand(text.slice(0, text.length - (dotted?.length ?? 0)) + hex);
  return groups?.flatMap((group) => word(Number.parseInt(group, 16))) ?? null;
}

/** The eight groups, with `::` filled in. */
function expand(text: string): string[] | null {
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [left = [], right = []] = halves;
  const missing = 8 - left.length - right.length;
  const isRight = halves.length === 1 ? missing === 0 : halves.length === 2 && missing > 0;
  const groups = isRight ? [...left, ...Array<string>(missing).fill('0'), ...right] : [];
  return groups.length === 8 && groups.every((group) => /^[\da-f]{1,4}$/i.test(group)) ? groups : null;
}

/** Without abbreviation: right, if not the shortest. */
function v6Text(octets: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((octets[2 * i] ?? 0) << 8) | (octets[2 * i + 1] ?? 0));
  return groups.map((group) => group.toString(16)).join(':');
}
