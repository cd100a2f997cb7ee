/**
 * Address command: MAIL FROM:<…> and RCPT TO:<…> with their parameters (RFC 5321 §4.1.1.2, §4.1.1.3, §4.1.2).
 *
 * Stricter than smtp-server where that cuts a quoted local part in two, and as lenient in what a local part or a domain
 * may hold. Addresses come back as they were given, source route and quotes included: nothing here is ever mailed to,
 * so nothing needs to be made canonical. Parameters may come once each, with xtext decoded and no control characters.
 */

export interface AddressCommand {
  /** What stood between the angle brackets; '' is the null reverse-path. */
  readonly address: string;
  readonly args: Readonly<Record<string, string | true>> | false;
  /** Name of a parameter that came twice. */
  readonly duplicate?: string;
}

const SYNTAX = {
  MAIL: /^MAIL[ \t]+FROM:[ \t]*<((?:"(?:[^"\\]|\\.)*"|[^<>"\s])*)>(?:[ \t]+(\S.*))?$/i,
  RCPT: /^RCPT[ \t]+TO:[ \t]*<((?:"(?:[^"\\]|\\.)*"|[^<>"\s])*)>(?:[ \t]+(\S.*))?$/i,
};
/** Control characters, and those that are not seen and fool who reads. */
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u200b\u2060\ufeff]/;
const SOURCE_ROUTE = /^@[^\s,:@]+(?:,@[^\s,:@]+)*:/;
const MAILBOX = /^("(?:[^"\\]|\\.)*"|[^@"]+)@([^@]+)$/;
const DOMAIN =
  /^(?:[a-z0-9_\u0080-\uffff]|[a-z0-9_\u0080-\uffff][a-z0-9_\u0080-\uffff-]*[a-z0-9_\u0080-\uffff])$/i;
const LITERAL = /^\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[0-9a-f:.]+)\]$/i;
/** RFC 5321 §4.5.3.1.3, without the brackets. */
const MAX_PATH = 254;

/** null when the syntax or the address is wrong. */
export function parseAddressCommand(verb: 'MAIL' | 'RCPT', line: string): AddressCommand | null {
  const match = SYNTAX[verb].exec(line.trimEnd());
  if (match === null) return null;
  const address = match[1] ?? '';
  if (!isPath(address, verb)) return null;
  if (match[2] === undefined) return { address, args: false };
  return withParameters(address, match[2]);
}

function isPath(path: string, verb: 'MAIL' | 'RCPT'): boolean {
  if (path === '') return verb === 'MAIL';
  if (path.length > MAX_PATH || UNSAFE.test(path)) return false;
  const mailbox = path.startsWith('@') ? path.replace(SOURCE_ROUTE, '') : path;
  if (verb === 'RCPT' && mailbox.toLowerCase() === 'postmaster') return true;
  const match = MAILBOX.exec(mailbox);
  return match !== null && isLocalPart(match[1] ?? '') && isDomain(match[2] ?? '');
}

function isLocalPart(local: string): boolean {
  if (local.startsWith('"')) return true;
  return !local.startsWith('.') && !local.endsWith('.') && !local.includes('..');
}

function isDomain(domain: string): boolean {
  if (domain.startsWith('[')) return LITERAL.test(domain);
  return domain.split('.').every((label) => DOMAIN.test(label));
}

function withParameters(address: string, text: string): AddressCommand | null {
  const args: Record<string, string | true> = Object.create(null);
  let duplicate: string | undefined;
  for (const parameter of text.split(/[ \t]+/)) {
    const equals = parameter.indexOf('=');
    const key = (equals < 0 ? parameter : parameter.slice(0, equals)).toUpperCase();
    const value = equals < 0 ? '' : decodeXtext(parameter.slice(equals + 1));
    if (UNSAFE.test(value) || UNSAFE.test(key)) return null;
    if (key === '') continue;
    if (key in args) duplicate = key;
    args[key] = value === '' ? true : value;
  }
  return duplicate === undefined ? { address, args } : { address, args, duplicate };
}

/** RFC 3461 §4. */
function decodeXtext(value: string): string {
  return value.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
