/**
 * IP addresses as text, alone or with a port: `127.0.0.1:5353`, `[::1]:53`, `::1`.
 *
 * Only literals: nothing is looked up. Zones (`fe80::1%eth0`) are not taken.
 */

export interface AddressAndPort {
  readonly address: string;
  /** null: none was given. */
  readonly port: number | null;
  readonly family: 4 | 6;
}

/** 4 or 6; null when it is no address. */
export function familyOf(text: string): 4 | 6 | null {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1);
  if (octets !== undefined) return octets.every((octet) => Number(octet) <= 255) ? 4 : null;
  // The URL parser knows every way to write an IPv6 address (RFC 4291 §2.2), and takes no other text in brackets.
  return /^[0-9A-Fa-f:.]+$/.test(text) && URL.canParse(`http://[${text}]/`) ? 6 : null;
}

/** An address with or without port; an IPv6 address stands in brackets where a port follows. */
export function parseAddress(text: string): AddressAndPort | null {
  const bare = familyOf(text);
  if (bare !== null) return { address: text, port: null, family: bare };
  const [, inBrackets, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = inBrackets ?? plain ?? '';
  const family = familyOf(address);
  const port = digits === undefined ? null : Number(digits);
  if (family === null || (inBrackets === undefined ? 4 : 6) !== family) return null;
  return port === null || (port >= 1 && port <= 65_535) ? { address, port, family } : null;
}

/** The same with a port in any case. */
export function withPort({ address, port, family }: AddressAndPort, defaultPort: number): string {
  return `${family === 6 ? `[${address}]` : address}:${port ?? defaultPort}`;
}
