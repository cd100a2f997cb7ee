/**
 * Attributes of XCLIENT and XFORWARD, as Postfix documents them (XCLIENT_README, XFORWARD_README).
 *
 * Values go out in xtext (RFC 3461 §4), names in upper case and in the order given. An IPv6 address gets the prefix `IPV6:`
 * that Postfix wants. `[UNAVAILABLE]` and `[TEMPUNAVAIL]` are values like others.
 */
import { xtext } from './xtext.js';

export type Attributes = Readonly<Record<string, string>>;

/** Of a command line, CRLF included. */
const MAX_LINE_OCTETS = 512;

/** The names that a server does not take; `offered` is in upper case. */
export function notTaken(attributes: Attributes, offered: readonly string[]): string[] {
  return Object.keys(attributes)
    .map((name) => name.toUpperCase())
    .filter((name) => !offered.includes(name));
}

/** `XCLIENT NAME=… ADDR=…` without CRLF: all in one line. */
export function attributeLine(command: string, attributes: Attributes): string {
  return [command, ...pairsOf(attributes)].join(' ');
}

/** As few lines as there must be for each to stay within 512 octets. A longer attribute has a line of its own. */
export function attributeLines(command: string, attributes: Attributes): string[] {
  const lines: string[] = [];
  for (const pair of pairsOf(attributes)) {
    const extended = `${lines.at(-1)} ${pair}\r\n`;
    if (lines.length > 0 && extended.length <= MAX_LINE_OCTETS) lines[lines.length - 1] = extended.trimEnd();
    else lines.push(`${command} ${pair}`);
  }
  return lines;
}

function pairsOf(attributes: Attributes): string[] {
  return Object.entries(attributes).map(([key, value]) => {
    const name = key.toUpperCase();
    const isBareV6 = name.endsWith('ADDR') && value.includes(':') && !/^ipv6:/i.test(value);
    return `${name}=${xtext(isBareV6 ? `IPV6:${value}` : value)}`;
  });
}
