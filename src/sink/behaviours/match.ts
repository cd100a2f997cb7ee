/**
 * The conditions that an event answers by itself: addresses, client, TLS, number. Those on chance, time and
 * authentication are in create-judge.ts.
 */
import type { SinkEvent } from '../event.js';
import type { Conditions } from './behaviour.js';
import { blockMatcher, domainOf, recipientsOf } from './envelope-view.js';
import { fitsGlob } from './glob.js';

export type Matcher = (event: SinkEvent) => boolean;

/** A function that says whether all of them hold. */
export function matcherOf(conditions: Conditions): Matcher {
  const matchers = [
    clientMatcher(conditions),
    textMatcher(conditions.from, (event) => event.from),
    textMatcher(conditions.helo, (event) => event.helo),
    textMatcher(conditions.user, (event) => event.user),
    tlsMatcher(conditions),
    ...limitMatchers(conditions),
    contentMatcher(conditions),
    recipientMatcher(conditions),
    ...numberMatchers(conditions),
  ].filter((matcher) => matcher !== null);
  return (event) => matchers.every((matches) => matches(event));
}

function clientMatcher({ clients }: Conditions): Matcher | null {
  if (clients === null) return null;
  const isInside = blockMatcher(clients);
  return (event) => isInside(event.peer);
}

function textMatcher(
  globs: readonly string[] | null,
  textOf: (event: SinkEvent) => string | null,
): Matcher | null {
  if (globs === null) return null;
  return (event) => {
    const text = textOf(event);
    return text !== null && fitsAny(text.toLowerCase(), globs);
  };
}

function tlsMatcher({ isTls }: Conditions): Matcher | null {
  return isTls === null ? null : (event) => event.isTls === isTls;
}

function limitMatchers({ largerThanBytes, recipientsOver }: Conditions): readonly (Matcher | null)[] {
  return [
    largerThanBytes === null ? null : (event) => event.sizeBytes > largerThanBytes,
    recipientsOver === null ? null : (event) => recipientCount(event) > recipientsOver,
  ];
}

function contentMatcher({ contains }: Conditions): Matcher | null {
  if (contains === null) return null;
  return ({ message }) => message !== null && contains.some((text) => message.includes(text));
}

/** With the one that RCPT names. */
function recipientCount({ verb, recipients }: SinkEvent): number {
  return recipients.length + (verb === 'RCPT' ? 1 : 0);
}

/** One and the same recipient must fit in address and domain. */
function recipientMatcher({ recipients, domains }: Conditions): Matcher | null {
  if (recipients === null && domains === null) return null;
  const fits = (address: string) =>
    (recipients === null || fitsAny(address.toLowerCase(), recipients)) &&
    (domains === null || fitsAny(domainOf(address), domains));
  return (event) => recipientsOf(event).some(fits);
}

function numberMatchers({ numbers, every, first }: Conditions): readonly (Matcher | null)[] {
  const chosen = numbers === null ? null : new Set(numbers);
  return [
    chosen === null ? null : byNumber((number) => chosen.has(number)),
    every === null ? null : byNumber((number) => number % every === 0),
    first === null ? null : byNumber((number) => number < first),
  ];
}

function byNumber(holds: (number: number) => boolean): Matcher {
  return ({ stamp }) => stamp !== null && holds(stamp.number);
}

function fitsAny(text: string, globs: readonly string[]): boolean {
  return globs.some((glob) => fitsGlob(text, glob));
}
