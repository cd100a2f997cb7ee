/**
 * PROXY protocol header, as a proxy writes it before anything else on a connection: bytes in, who the client is out.
 *
 * Versions 1 (text) and 2 (binary) of haproxy's proxy-protocol.txt (§2.1, §2.2), in any chunking. Never keeps more than the
 * longest header there is: 107 octets of version 1, 16 + 65,535 of version 2. Additional fields (TLVs) are
 * skipped, their checksum with them. Pure; what is wrong comes back as data, and every byte after the header is given back.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** `null`: LOCAL, UNKNOWN or a Unix socket, the connection is who it says it is. */
export interface ProxySource {
  readonly address: string;
  readonly port: number;
}

export type ProxyHeaderResult =
  /** The header is not complete yet. */
  | { readonly kind: 'more' }
  | {
      readonly kind: 'header';
      readonly version: 1 | 2;
      readonly source: ProxySource | null;
      readonly rest: Buffer;
    }
  /** Not a header: the connection is to be closed without an answer (§2). */
  | { readonly kind: 'invalid'; readonly reason: string };

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const PREFIX = Buffer.from('PROXY ', 'latin1');
/** With its CRLF. */
const MAX_LINE_BYTES = 107;
const FIXED_BYTES = 16;
const MORE: ProxyHeaderResult = { kind: 'more' };

/** Of one connection. `push` until the answer is not `more`. */
export class ProxyHeaderReader {
  #bytes: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): ProxyHeaderResult {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const bytes = this.#bytes;
    if (startsLike(bytes, SIGNATURE)) return bytes.length < FIXED_BYTES ? MORE : binaryHeader(bytes);
    if (startsLike(bytes, PREFIX)) return textHeader(bytes);
    return invalid('neither version 1 nor version 2');
  }
}

/** As far as there are bytes. */
function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.compare(start, 0, length, 0, length) === 0;
}

function textHeader(bytes: Buffer): ProxyHeaderResult {
  const end = bytes.subarray(0, MAX_LINE_BYTES).indexOf('\r\n');
  if (end < 0) return bytes.length < MAX_LINE_BYTES ? MORE : invalid('a line over 107 octets');
  const rest = bytes.subarray(end + 2);
  const words = bytes.toString('latin1', PREFIX.length, end).split(' ');
  if (words[0] === 'UNKNOWN') return { kind: 'header', version: 1, source: null, rest };
  const [family, from = '', to = '', fromPort = '', toPort = ''] = words;
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : isNothing;
  const isWhole =
    words.length === 5 && isAddress(from) && isAddress(to) && isPort(fromPort) && isPort(toPort);
  if (!isWhole) return invalid('version 1 without two addresses and two ports');
  return { kind: 'header', version: 1, source: { address: from, port: Number(fromPort) }, rest };
}

function isNothing(): boolean {
  return false;
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

const LOCAL = 0;
const PROXY = 1;
const INET = 1;
const INET6 = 2;
const UNIX = 3;
/** What the addresses of a family take, both ends and ports. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { [INET]: 12, [INET6]: 36, [UNIX]: 216 };

function binaryHeader(bytes: Buffer): ProxyHeaderResult {
  const version = (bytes[12] ?? 0) >> 4;
  const command = (bytes[12] ?? 0) & 15;
  if (version !== 2 || command > PROXY) return invalid('version 2 with an unknown version or command');
  const length = bytes.readUInt16BE(14);
  if (bytes.length < FIXED_BYTES + length) return MORE;
  const family = (bytes[13] ?? 0) >> 4;
  const addresses = bytes.subarray(FIXED_BYTES, FIXED_BYTES + length);
  const rest = bytes.subarray(FIXED_BYTES + length);
  if (command === LOCAL) return { kind: 'header', version: 2, source: null, rest };
  if (family > UNIX) return invalid('version 2 with an unknown address family');
  if (length < (ADDRESS_BYTES[family] ?? 0))
    return invalid('version 2 with too few octets for its addresses');
  return { kind: 'header', version: 2, source: sourceOf(family, addresses), rest };
}

function sourceOf(family: number, addresses: Buffer): ProxySource | null {
  if (family === INET) {
    return { address: addresses.subarray(0, 4).join('.'), port: addresses.readUInt16BE(8) };
  }
  if (family === INET6) return { address: v6Text(addresses), port: addresses.readUInt16BE(32) };
  return null;
}

/** Ten octets of zeros, two of ones: an IPv4 address among IPv6 ones. */
const MAPPED = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]);

/** As RFC 5952 wants it: the longest run of zero groups, the first of equals, becomes `::`. */
function v6Text(octets: Buffer): string {
  if (octets.subarray(0, 12).equals(MAPPED)) return `::ffff:${octets.subarray(12, 16).join('.')}`;
  const groups = Array.from({ length: 8 }, (_, i) => octets.readUInt16BE(2 * i).toString(16));
  const text = groups.join(':');
  const runs = text.match(/\b0(?::0)+\b/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return text;
  const at = text.search(new RegExp(`\\b${longest}\\b`));
  return `${text.slice(0, at).replace(/:$/, '')}::${text.slice(at + longest.length).replace(/^:/, '')}`;
}

function invalid(reason: string): ProxyHeaderResult {
  return { kind: 'invalid', reason };
}
