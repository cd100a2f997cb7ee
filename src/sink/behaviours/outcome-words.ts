/**
 * From the words of an outcome to what is done: replies with their defaults, and the verbs that an outcome implies.
 */
import { toMs } from '../../yaml/quantity-words.js';
import type { Verb } from '../event.js';
import type { Fate, SinkReply } from '../judge.js';
import type { Greylist, Outcome, Throttle } from './behaviour.js';
import { type ReplyDefaults, toReply } from './reply-words.js';
import type { BehaviourWords } from './schema.js';

/** The keys of which a behaviour has at most one. */
export const OUTCOMES = [
  'reject',
  'defer',
  'reply',
  'close',
  'greylist',
  'throttle',
  'bounce',
  'lose',
  'twice',
  'addresses',
] as const;

export type OutcomeKey = (typeof OUTCOMES)[number];

export function outcomeKeyOf(words: BehaviourWords): OutcomeKey | undefined {
  return OUTCOMES.find((key) => words[key] !== undefined);
}

/** Those named, or else those that the outcome implies; none where neither says. */
export function verbsOf(words: BehaviourWords): readonly Verb[] {
  const { verb } = words.when;
  if (verb !== undefined) return typeof verb === 'string' ? [verb] : [...new Set(verb)];
  const key = outcomeKeyOf(words);
  if (words.when.contains !== undefined) return ['CONTENT'];
  if (key === 'throttle') return [VERB_OF_UNIT[unitOf(words.throttle)]];
  if (key === 'greylist') return ['RCPT'];
  if (key === 'addresses') return ['RCPT', 'CONTENT'];
  if (key === 'bounce' || key === 'lose' || key === 'twice') return ['CONTENT'];
  return [];
}

const VERB_OF_UNIT = { messages: 'CONTENT', recipients: 'RCPT', connections: 'CONNECT' } as const;

/** The reply that a behaviour would give; null where it gives none. */
export function replyOf(words: BehaviourWords): SinkReply | null {
  const key = outcomeKeyOf(words);
  switch (key) {
    case 'reject':
    case 'defer':
    case 'reply':
    case 'close':
      return toReply(words[key] ?? true, fitting(words, REPLIES[key]));
    case 'greylist':
      return toReply(partsOf(words.greylist), {
        code: 450,
        enhanced: '4.2.0',
        text: 'Greylisted, try again later',
        isOneThing: true,
      });
    case 'throttle':
      return toReply(partsOf(words.throttle), throttled(words));
    default:
      return null;
  }
}

const REPLIES = {
  reject: { code: 550, enhanced: '5.7.1', text: 'Refused', isOneThing: false },
  defer: { code: 451, enhanced: '4.3.0', text: 'Try again later', isOneThing: false },
  reply: { code: 250, enhanced: '2.0.0', text: 'OK', isOneThing: false },
  close: { code: 421, enhanced: '4.3.2', text: 'Closing the connection', isOneThing: true },
} as const satisfies Readonly<Record<string, ReplyDefaults>>;

function throttled(words: BehaviourWords): ReplyDefaults {
  const unit = unitOf(words.throttle);
  const code = unit === 'connections' ? 421 : 451;
  return fitting(words, {
    code,
    enhanced: '4.7.0',
    text: `Too many ${unit}, try again later`,
    isOneThing: true,
  });
}

/** Greetings and replies to EHLO carry no enhanced code (RFC 2034 §4). */
function fitting(words: BehaviourWords, defaults: ReplyDefaults): ReplyDefaults {
  const isBare = verbsOf(words).some((verb) => verb === 'CONNECT' || verb === 'HELO' || verb === 'EHLO');
  return isBare ? { ...defaults, enhanced: '' } : defaults;
}

function partsOf(words: BehaviourWords['greylist'] | BehaviourWords['throttle']) {
  const { code, enhanced, text } = words ?? {};
  return {
    ...(code === undefined ? {} : { code }),
    ...(enhanced === undefined ? {} : { enhanced }),
    ...(text === undefined ? {} : { text }),
  };
}

export function toOutcome(words: BehaviourWords, hasBounceTo: boolean): Outcome | null {
  const { greylist, throttle, addresses } = words;
  const reply = replyOf(words);
  if (greylist !== undefined && reply !== null) return toGreylist(greylist, reply);
  if (throttle !== undefined && reply !== null) return toThrottle(throttle, reply);
  if (reply !== null) return { kind: 'reply', reply };
  if (addresses === true) return { kind: 'addresses', hasBounceTo };
  const fate = toFate(words);
  return fate === null ? null : { kind: 'fate', fate };
}

function toFate({ bounce, lose, twice }: BehaviourWords): Fate | null {
  if (lose === true) return { kind: 'lose' };
  if (twice === true) return { kind: 'twice' };
  if (bounce === undefined) return null;
  if (bounce === true) return DEFAULT_BOUNCE;
  if (typeof bounce === 'string') return { ...DEFAULT_BOUNCE, status: bounce };
  return { kind: 'bounce', afterMs: toMs(bounce.after), status: bounce.status, text: bounce.text };
}

export const DEFAULT_BOUNCE = {
  kind: 'bounce',
  afterMs: 1000,
  status: '5.1.1',
  text: 'No such user',
} as const;

function toGreylist(words: NonNullable<BehaviourWords['greylist']>, reply: SinkReply): Greylist {
  return {
    kind: 'greylist',
    delayMs: toMs(words.delay),
    expireMs: toMs(words.expire),
    by: words.by === 'triple' ? ['client', 'from', 'recipient'] : words.by,
    reply,
  };
}

function toThrottle(words: NonNullable<BehaviourWords['throttle']>, reply: SinkReply): Throttle {
  const unit = unitOf(words);
  const { by = [], per } = words;
  return { kind: 'throttle', unit, limit: words[unit] ?? 1, perMs: toMs(per), by, reply };
}

function unitOf(words: BehaviourWords['throttle']): Throttle['unit'] {
  const units = ['messages', 'recipients', 'connections'] as const;
  return units.find((unit) => words?.[unit] !== undefined) ?? 'messages';
}
