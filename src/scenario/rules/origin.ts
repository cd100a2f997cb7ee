/**
 * Rules about where sessions come from, and on whose behalf: source addresses, XCLIENT, XFORWARD, PROXY.
 *
 * Values of attributes are sent in xtext (RFC 3461 §4), so anything printable may stand in them but a space. Postfix's
 * XCLIENT_README and XFORWARD_README; the PROXY protocol's specification, versions 1 and 2.
 */
import { suggestion } from '../../yaml/did-you-mean.js';
import type { KeyPath } from '../../yaml/key-path.js';
import { type AddressAndPort, familyOf, parseAddress } from '../ip-address.js';
import { parseTargets } from '../targets.js';
import type { PartlyWords, Report } from './rule.js';

const ATTRIBUTES = {
  xclient: ['NAME', 'ADDR', 'PORT', 'PROTO', 'HELO', 'LOGIN', 'DESTADDR', 'DESTPORT'],
  xforward: ['NAME', 'ADDR', 'PORT', 'PROTO', 'HELO', 'IDENT', 'SOURCE'],
} as const;

export function originProblems(words: PartlyWords, report: Report): void {
  for (const [index, address] of (words.client?.sourceAddresses ?? []).entries()) {
    if (address === undefined || familyOf(address) !== null) continue;
    const hint = "Write an address of this host, such as 127.0.0.2 or ::1; the port is the system's choice.";
    report(['client', 'sourceAddresses', index], 'SCENARIO_IP_ADDRESS', 'is no IP address', hint);
  }
  checkAttributes('xclient', words, report);
  checkAttributes('xforward', words, report);
  checkOrder(words, report);
  checkProxy(words, report);
}

function checkOrder(words: PartlyWords, report: Report): void {
  const { xclient, xclientBeforeTls } = words.client ?? {};
  const mode = words.target?.tls?.mode ?? 'none';
  if (xclientBeforeTls !== true) return;
  const contradict = (path: KeyPath, message: string, hint: string) =>
    report.restingOn(path)(['client', 'xclientBeforeTls'], 'SCENARIO_CLIENT_CONTRADICTION', message, hint);
  if (xclient === undefined)
    contradict(['client', 'xclient'], 'is true without xclient', 'Add xclient, or leave it out.');
  if (mode === 'none' || mode === 'implicit')
    contradict(
      ['target', 'tls', 'mode'],
      `is true, but with tls mode ${mode} there is no STARTTLS`,
      'Leave it out.',
    );
}

type AttributeWords = Readonly<Record<string, string | number | undefined>>;

function checkAttributes(key: 'xclient' | 'xforward', words: PartlyWords, report: Report): void {
  const given = words.client?.[key];
  if (given === undefined) return;
  const maps = inTurn<AttributeWords>(given, ['client', key]);
  for (const { value, path } of maps) checkMap(value, { key, path, report });
}

function checkMap(
  map: AttributeWords,
  { key, path, report }: { key: 'xclient' | 'xforward'; path: KeyPath; report: Report },
): void {
  const known: readonly string[] = ATTRIBUTES[key];
  const entries = Object.entries(map);
  if (entries.length === 0) {
    report.restingOn(path)(
      path,
      'SCENARIO_ATTRIBUTE',
      'names no attribute',
      'Write e.g. `{ ADDR: 192.0.2.1 }`.',
    );
  }
  for (const [name, value] of entries) {
    const at = [...path, name];
    if (!known.includes(name.toUpperCase())) {
      report(at, 'SCENARIO_ATTRIBUTE', `is no attribute of ${key.toUpperCase()}`, suggestion(name, known));
    } else if (value !== undefined && !/^[\x21-\x7e]{1,255}$/.test(String(value))) {
      report(
        at,
        'SCENARIO_ATTRIBUTE',
        'must be 1 to 255 printable ASCII characters without a space',
        'Write e.g. 192.0.2.1, or [UNAVAILABLE] for what is not known.',
      );
    }
  }
}

function checkProxy(words: PartlyWords, report: Report): void {
  const proxy = words.client?.proxy;
  if (proxy === undefined) return;
  const path = ['client', 'proxy'];
  const sources = proxy.source === undefined ? [] : inTurn<string>(proxy.source, [...path, 'source']);
  const ends = sources.map(({ value, path: at }) => ({ at, end: checkEnd(value, at, report) }));
  const { destination } = proxy;
  const to = destination === undefined ? null : checkEnd(destination, [...path, 'destination'], report);
  if (proxy.local === true && (sources.length > 0 || destination !== undefined)) {
    const hint = 'Leave local out, or the addresses.';
    report(
      [...path, 'local'],
      'SCENARIO_CLIENT_CONTRADICTION',
      'stands beside addresses, which it makes void',
      hint,
    );
  }
  const family = to?.family ?? targetFamily(words) ?? ends[0]?.end?.family;
  for (const { at, end } of ends) {
    if (end === null || family === undefined || end.family === family) continue;
    const hint = 'Both ends of a connection are IPv4, or both are IPv6; give a destination that fits.';
    report(at, 'SCENARIO_IP_ADDRESS', `is not of the same family as the other end (IPv${family})`, hint);
  }
}

function checkEnd(text: string, path: KeyPath, report: Report): AddressAndPort | null {
  const end = parseAddress(text);
  if (end !== null && end.port !== null) return end;
  report(
    path,
    'SCENARIO_IP_ADDRESS',
    'is no address with a port',
    'Write e.g. 192.0.2.1:4711 or [2001:db8::1]:4711.',
  );
  return null;
}

/** Of targets that are named by address. */
function targetFamily(words: PartlyWords): 4 | 6 | undefined {
  const target = parseTargets(words.target ?? {});
  const [first] = 'routes' in target ? target.routes : [];
  return first?.address.kind === 'tcp' ? (familyOf(first.address.host) ?? undefined) : undefined;
}

/** One of them, or the entries of a list, each with its place. */
function inTurn<T>(given: unknown, path: KeyPath): readonly { readonly value: T; readonly path: KeyPath }[] {
  if (!Array.isArray(given)) return [{ value: given as T, path }];
  return (given as (T | undefined)[]).flatMap((value, index) =>
    value === undefined ? [] : { value, path: [...path, index] },
  );
}
