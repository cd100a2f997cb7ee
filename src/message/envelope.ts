/**
 * Envelope: patterns for reverse-path and forward-paths, compiled once and filled in for each message.
 *
 * Who gets message k is a pure function of the draws for k. Recipients of one message are distinct without regard to
 * case. Control characters are refused when a pattern is compiled, and what is filled in later is digits and
 * domains checked the same way, so no address can end a command line early.
 * RFC 5321 §4.1.2 (paths), §4.5.5 (the null reverse-path), RFC 6531 (addresses beyond ASCII).
 */
import { UsageError } from '../errors.js';
import type { Draw } from '../scenario/draw.js';
import type { AddressList, Choose, RecipientEntry, Senders } from '../scenario/scenario.js';
import { type Choice, compileChoice, type TurnOf } from './choose.js';
import { compileCount } from './drawn-count.js';
import { compileWeights } from './weighted.js';

/** Purposes of the draws made here: one a recipient for its domain, ascending. Those of users are choose.ts's. */
const DRAW_COUNT = 1103;
export const DRAW_DOMAIN = 1_000_000;
/** Added to the purpose of every draw of a sender. */
const DRAW_SENDER = 500_000_000;

export interface ReversePath {
  readonly isUtf8: boolean;
  /** The address without angle brackets; '' is the null reverse-path. VERP names the recipient. */
  address(number: number, recipient: string, draw: Draw): string;
}

export interface Recipients {
  readonly isUtf8: boolean;
  /** As many addresses as the entry says, distinct without regard to case. */
  addresses(number: number, draw: Draw): string[];
}

type Slot = 'n' | 'domain' | 'seq' | 'verp';

/** literals[0] slots[0] literals[1] … : one literal more than slots. */
interface Pattern {
  readonly literals: readonly string[];
  readonly slots: readonly Slot[];
}

interface Domains {
  readonly names: readonly string[];
  choose(draw: number): number;
}

const PLACEHOLDER = /\{\{(.*?)\}\}/;
const NO_DOMAINS: Domains = { names: [''], choose: () => 0 };

/** Compiles `envelope.from`; throws UsageError for an unsafe address or an unknown placeholder. */
export function compileReversePath(from: string, senders: Senders | null, turnOf?: TurnOf): ReversePath {
  if (senders !== null) return listedReversePath(senders, turnOf);
  const pattern = compilePattern(from, ['seq', 'verp']);
  const isUtf8 = !isAscii(from);
  if (pattern.slots.length === 0) return { isUtf8, address: () => from };
  const usesVerp = pattern.slots.includes('verp');
  return { isUtf8, address: (number, recipient) => fill(pattern, usesVerp ? verpOf(recipient) : '', number) };
}

function listedReversePath({ list, choose, exponent }: Senders, turnOf?: TurnOf): ReversePath {
  const choice = choiceOf(list, { choose, exponent, turnOf });
  // Senders are drawn apart from recipients.
  const shifted =
    (draw: Draw): Draw =>
    (number, purpose) =>
      draw(number, purpose + DRAW_SENDER);
  return {
    isUtf8: !list.addresses.every(isAscii),
    address: (number, _recipient, draw) =>
      list.addresses[choice.positions(number, 1, shifted(draw))[0] as number] as string,
  };
}

interface Taken {
  readonly choose: Choose;
  readonly exponent: number;
  readonly turnOf: TurnOf | undefined;
}

function choiceOf({ addresses, weights, path }: AddressList, taken: Taken): Choice {
  return compileChoice({ ...taken, size: addresses.length, weights, what: path });
}

/** VERP as mailing lists do it: the recipient with `=` for `@`. */
export function verpOf(recipient: string): string {
  const at = recipient.lastIndexOf('@');
  return at < 0 ? recipient : `${recipient.slice(0, at)}=${recipient.slice(at + 1)}`;
}

/** Compiles ENVID; throws UsageError as for an address. */
export function compileEnvid(envid: string): (number: number) => string {
  const pattern = compilePattern(envid, ['seq']);
  return pattern.slots.length === 0 ? () => envid : (number) => fill(pattern, '', number);
}

/** Compiles one entry of `envelope.to`; throws UsageError too when it has fewer recipients than one message takes. */
export function compileRecipients(entry: RecipientEntry, turnOf?: TurnOf): Recipients {
  return entry.list === null
    ? patternedRecipients(entry, turnOf)
    : listedRecipients(entry, entry.list, turnOf);
}

function listedRecipients(entry: RecipientEntry, list: AddressList, turnOf?: TurnOf): Recipients {
  const { choose, exponent } = entry;
  requireEnough(entry, offered(list, choose));
  const choice = choiceOf(list, { choose, exponent, turnOf });
  const countOf = compilePerMessage(entry);
  return {
    isUtf8: !list.addresses.every(isAscii),
    addresses: (number, draw) =>
      choice
        .positions(number, countOf(number, draw), draw)
        .map((position) => list.addresses[position] as string),
  };
}

/** One of weight 0 is never taken. */
function offered({ addresses, weights }: AddressList, choose: Choose): number {
  if (choose !== 'weighted' || weights === null) return addresses.length;
  return weights.filter((weight) => weight > 0).length;
}

function patternedRecipients(entry: RecipientEntry, turnOf?: TurnOf): Recipients {
  const pattern = compilePattern(entry.address, ['n', 'domain', 'seq']);
  const domains = pattern.slots.includes('domain') ? compileDomains(entry) : NO_DOMAINS;
  const users = pattern.slots.includes('n') ? entry.users : 1;
  requireEnough(entry, users * domains.names.length);
  const { choose, exponent, address: what } = entry;
  const choice = compileChoice({ size: users, choose, exponent, weights: null, what, turnOf });
  const countOf = compilePerMessage(entry);
  const isUtf8 = !isAscii(entry.address) || !domains.names.every(isAscii);
  return {
    isUtf8,
    addresses(number, draw) {
      const count = countOf(number, draw);
      const chosen = choice.positions(number, Math.min(count, users), draw);
      const addresses: string[] = [];
      for (let index = 0; index < count; index++) {
        const domain = domains.names[domainOf(index, count, { number, draw })] as string;
        addresses.push(fill(pattern, domain, number, (chosen[index % users] as number) + 1));
      }
      return addresses;
    },
  };

  /**
   * Users of one message are distinct, so with enough of them any domains do. Where they start over, every
   * round of them gets one domain, the next in the list: drawn ones could meet.
   */
  function domainOf(
    index: number,
    count: number,
    { number, draw }: { readonly number: number; readonly draw: Draw },
  ): number {
    if (domains.names.length === 1) return 0;
    if (count <= users) return domains.choose(draw(number, DRAW_DOMAIN + index));
    const start = domains.choose(draw(number, DRAW_DOMAIN));
    return (start + Math.floor(index / users)) % domains.names.length;
  }
}

/** How many recipients message `number` has. */
function compilePerMessage({ perMessage, address }: RecipientEntry): (number: number, draw: Draw) => number {
  if (perMessage.min === perMessage.max) return () => perMessage.max;
  const count = compileCount(perMessage, `perMessage of ${address}`);
  return (number, draw) => count(draw(number, DRAW_COUNT));
}

/** The part after the last @, in lower case; '' where there is none. */
export function domainOfAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? '' : address.slice(at + 1).toLowerCase();
}

function compilePattern(source: string, allowed: readonly Slot[]): Pattern {
  requireSafe(source);
  const parts = source.split(PLACEHOLDER);
  const literals = parts.filter((_, index) => index % 2 === 0);
  const names = parts.filter((_, index) => index % 2 === 1);
  const slots = names.map((name) => requireKnown(name, source, allowed));
  requireApart(source, literals, slots);
  return { literals, slots };
}

/** `other` is the domain, or what VERP makes of the recipient: no pattern holds both. */
function fill(pattern: Pattern, other: string, number: number, n = 0): string {
  const { literals, slots } = pattern;
  let address = literals[0] as string;
  for (let index = 0; index < slots.length; index++) {
    const slot = slots[index];
    address += slot === 'n' ? n : slot === 'seq' ? number : other;
    address += literals[index + 1] as string;
  }
  return address;
}

/** Names that differ in case alone are one domain, with their weights added up. */
function compileDomains(entry: RecipientEntry): Domains {
  const weights = new Map<string, number>();
  for (const { domain, weight } of entry.domains) {
    requireSafe(domain);
    const name = domain.toLowerCase();
    if (weight !== 0) weights.set(name, (weights.get(name) ?? 0) + weight);
  }
  return {
    names: [...weights.keys()],
    choose: compileWeights([...weights.values()], `the domains of ${entry.address}`),
  };
}

function requireSafe(address: string): void {
  if (![...address].some(isControl)) return;
  throw new UsageError(
    'MESSAGE_ADDRESS_UNSAFE',
    `The address ${JSON.stringify(address)} holds a control character`,
    {
      hint: 'CR, LF, NUL and other control characters cannot stand in an SMTP command; remove them.',
    },
  );
}

function requireKnown(name: string, source: string, allowed: readonly Slot[]): Slot {
  const slot = allowed.find((candidate) => candidate === name);
  if (slot !== undefined) return slot;
  const known = allowed.map((candidate) => `{{${candidate}}}`).join(', ');
  throw new UsageError('MESSAGE_PLACEHOLDER_UNKNOWN', `{{${name}}} in the address ${source} is not known`, {
    hint: `Known here: ${known}.`,
  });
}

/** {{n}}{{domain}} could read the same for two users: 1 and 2.example.test, 12 and .example.test. */
function requireApart(source: string, literals: readonly string[], slots: readonly Slot[]): void {
  const touching = slots.some((_, index) => index > 0 && literals[index] === '');
  if (!touching) return;
  throw new UsageError('MESSAGE_PLACEHOLDERS_TOUCH', `Two placeholders touch in the address ${source}`, {
    hint: 'Put a letter, a dot or an @ between them, or two recipients could read the same.',
  });
}

function requireEnough(entry: RecipientEntry, available: number): void {
  if (available >= entry.perMessage.max) return;
  throw new UsageError(
    'MESSAGE_RECIPIENTS_TOO_FEW',
    `${entry.address} makes ${available} different recipients, and perMessage asks for ${entry.perMessage.max}`,
    { hint: 'Raise users, use {{n}} in the address, add domains, or lower perMessage.' },
  );
}

function isControl(character: string): boolean {
  return character < ' ' || character === '\x7f';
}

function isAscii(text: string): boolean {
  return ![...text].some((character) => character > '\x7f');
}
