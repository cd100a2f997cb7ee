/**
 * Capabilities: what EHLO offers, and what is refused because it is hidden.
 *
 * A parameter of MAIL or RCPT belongs to the capability that brings it; where that is hidden, it is answered 555.
 */
import { CAPABILITIES, type Capability } from '../options.js';

export interface Offers {
  readonly hidden: ReadonlySet<Capability>;
  readonly limitBytes: number;
  readonly isSecure: boolean;
  readonly hasStartTls: boolean;
  readonly hasAuth: boolean;
  readonly hasXclient: boolean;
  readonly hasXforward: boolean;
}

/** Keywords in the order in which they are listed. */
export function offeredKeywords(offers: Offers): string[] {
  const { hidden } = offers;
  const keywords: [Capability, string, boolean][] = [
    ['PIPELINING', 'PIPELINING', true],
    ['8BITMIME', '8BITMIME', true],
    ['SMTPUTF8', 'SMTPUTF8', true],
    ['ENHANCEDSTATUSCODES', 'ENHANCEDSTATUSCODES', true],
    ['DSN', 'DSN', true],
    ['CHUNKING', 'CHUNKING', true],
    ['AUTH', 'AUTH LOGIN PLAIN', offers.hasAuth],
    ['STARTTLS', 'STARTTLS', offers.hasStartTls && !offers.isSecure],
    ['REQUIRETLS', 'REQUIRETLS', offers.isSecure],
    ['SIZE', `SIZE ${offers.limitBytes}`, true],
    ['XCLIENT', 'XCLIENT NAME ADDR PORT PROTO HELO LOGIN', offers.hasXclient],
    ['XCLIENT', 'XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE', offers.hasXforward],
  ];
  return keywords.filter(([of, , isThere]) => isThere && !hidden.has(of)).map(([, keyword]) => keyword);
}

const COMMANDS: Readonly<Record<string, Capability>> = {
  EHLO: 'EHLO',
  LHLO: 'EHLO',
  STARTTLS: 'STARTTLS',
  AUTH: 'AUTH',
  XCLIENT: 'XCLIENT',
  XFORWARD: 'XCLIENT',
  BDAT: 'CHUNKING',
};

const PARAMETERS: Readonly<Record<string, Capability>> = {
  SIZE: 'SIZE',
  BODY: '8BITMIME',
  SMTPUTF8: 'SMTPUTF8',
  RET: 'DSN',
  ENVID: 'DSN',
  NOTIFY: 'DSN',
  ORCPT: 'DSN',
  REQUIRETLS: 'REQUIRETLS',
  AUTH: 'AUTH',
};

export function isHiddenCommand(verb: string, hidden: ReadonlySet<Capability>): boolean {
  const capability = COMMANDS[verb];
  return capability !== undefined && hidden.has(capability);
}

/** The first parameter that nobody offered; null when there is none. */
export function hiddenParameter(args: object, hidden: ReadonlySet<Capability>): string | null {
  if (hidden.size === 0) return null;
  for (const name of Object.keys(args)) {
    const capability = PARAMETERS[name];
    if (capability !== undefined && hidden.has(capability)) return name;
  }
  return null;
}

export function hiddenSet(names: readonly Capability[] = []): ReadonlySet<Capability> {
  return new Set(names.filter((name) => CAPABILITIES.includes(name)));
}
