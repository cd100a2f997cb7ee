/**
 * What a behaviour whose conditions hold decides: always, or as greylist, throttle and address see it.
 */

import { unmapped } from '../authentication/names.js';
import type { SinkEvent } from '../event.js';
import type { Fate } from '../judge.js';
import type { SharedState } from '../shared-state.js';
import type { Behaviour, Greylist, GreylistPart, Throttle, ThrottlePart } from './behaviour.js';
import { domainOf, networkOf, recipientsOf } from './envelope-view.js';
import { type AddressWish, NO_BOUNCE_TO, wishOf } from './outcome-by-address.js';
import { andThen, type Soon } from './soon.js';
import type { Decision } from './verdict.js';

const NOTHING = { delayMs: 0, reply: null, drop: null, fate: null, isFinal: true } as const;

/** null: it lets this one pass. */
export function decide(behaviour: Behaviour, event: SinkEvent, state: SharedState): Soon<Decision | null> {
  const { name, outcome, drop } = behaviour;
  switch (outcome?.kind) {
    case undefined:
      return drop === null ? null : { ...NOTHING, drop };
    case 'reply':
      return { ...NOTHING, drop, reply: outcome.reply };
    case 'fate':
      return { ...NOTHING, drop, fate: outcome.fate };
    case 'addresses':
      return wishAt(event, outcome.hasBounceTo);
    case 'greylist':
      return andThen(isGrey(name, outcome, { event, state }), (refuses) =>
        refuses ? { ...NOTHING, drop, reply: outcome.reply } : null,
      );
    case 'throttle':
      return andThen(isTooMuch(name, outcome, { event, state }), (refuses) =>
        refuses ? { ...NOTHING, drop, reply: outcome.reply } : null,
      );
    default: {
      const never: never = outcome;
      return never;
    }
  }
}

interface Context {
  readonly event: SinkEvent;
  readonly state: SharedState;
}

function isGrey(name: string, greylist: Greylist, { event, state }: Context): Soon<boolean> {
  const key = `greylist\n${name}\n${greylist.by.map((part) => greylistPart(part, event)).join('\n')}`;
  const first = state.firstSeen(key, event.nowMs, greylist.expireMs);
  return andThen(first, (firstMs) => event.nowMs - firstMs < greylist.delayMs);
}

function greylistPart(part: GreylistPart, event: SinkEvent): string {
  switch (part) {
    case 'client':
      return networkOf(event.peer);
    case 'helo':
      return event.helo.toLowerCase();
    case 'from':
      return (event.from ?? '').toLowerCase();
    case 'recipient':
      return whom(event).join(' ');
    default: {
      const never: never = part;
      return never;
    }
  }
}

function isTooMuch(name: string, throttle: Throttle, { event, state }: Context): Soon<boolean> {
  const { limit, perMs, by } = throttle;
  const key = `throttle\n${name}\n${by.map((part) => throttlePart(part, event)).join('\n')}`;
  const weight = throttle.unit === 'recipients' ? Math.max(1, recipientsOf(event).length) : 1;
  const count = state.hit(key, { nowMs: event.nowMs, windowMs: perMs, weight, limit });
  return andThen(count, (hits) => hits > limit);
}

function throttlePart(part: ThrottlePart, event: SinkEvent): string {
  switch (part) {
    case 'client':
      return unmapped(event.peer);
    case 'from':
      return (event.from ?? '').toLowerCase();
    case 'recipient':
      return whom(event).join(' ');
    case 'domain':
      return [...new Set(recipientsOf(event).map(domainOf))].sort().join(' ');
    case 'user':
      return event.user.toLowerCase();
    default: {
      const never: never = part;
      return never;
    }
  }
}

function whom(event: SinkEvent): readonly string[] {
  return recipientsOf(event)
    .map((address) => address.toLowerCase())
    .sort();
}

/** At RCPT replies, delays and drops; at CONTENT what becomes of the message, as the first recipient with a wish has it. */
function wishAt(event: SinkEvent, hasBounceTo: boolean): Decision | null {
  if (event.verb === 'RCPT') return wishOfRcpt(event, hasBounceTo);
  for (const address of recipientsOf(event)) {
    const fate = fateFor(event, wishOf(address));
    if (fate !== null) return { ...NOTHING, fate };
  }
  return null;
}

function wishOfRcpt(event: SinkEvent, hasBounceTo: boolean): Decision | null {
  const wish = wishOf(event.recipient ?? '');
  if (wish === null) return null;
  const { delayMs, drop } = wish;
  const asksForBounce = fateFor(event, wish)?.kind === 'bounce';
  const reply = asksForBounce && !hasBounceTo ? NO_BOUNCE_TO : wish.reply;
  const isFinal = reply !== null || drop !== null;
  return isFinal || delayMs > 0 ? { delayMs, reply, drop, fate: null, isFinal } : null;
}

/** What has no return path, as a bounce has none, is never bounced (RFC 5321 §6.1). */
function fateFor({ from }: SinkEvent, wish: AddressWish | null): Fate | null {
  const fate = wish?.fate ?? null;
  return fate?.kind === 'bounce' && from === '' ? null : fate;
}
