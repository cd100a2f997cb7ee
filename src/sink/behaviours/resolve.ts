/**
 * From the words of one behaviour to a Behaviour: units, defaults, the verbs that an outcome implies.
 *
 * Takes words that the schema accepts; whether they make sense together is for rules.ts to say.
 */
import { BugError } from '../../errors.js';
import { MAX_DURATION_MS, parseDurationMs, parseSizeBytes } from '../../yaml/quantities.js';
import type { DurationWord } from '../../yaml/quantity-words.js';
import type { Verb } from '../event.js';
import type { Fate, SinkReply, SocketFaults } from '../judge.js';
import {
  ARC_RESULTS,
  type AuthenticationResults,
  DKIM_RESULTS,
  DMARC_POLICIES,
  DMARC_RESULTS,
  PTR_RESULTS,
  SPF_RESULTS,
} from './authentication.js';
import type {
  AuthenticationCondition,
  Behaviour,
  Conditions,
  Delay,
  Distribution,
  Drop,
  Greylist,
  Outcome,
  Throttle,
} from './behaviour.js';
import { type ReplyDefaults, toReply } from './reply-words.js';
import type { AuthenticationWords, BehaviourWords, WhenWords } from './schema.js';
import { bytesPerSecOf, type DelayWords, type SocketWords, shareOf } from './schema-values.js';

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

export interface ResolveContext {
  /** Position in its file, 0 the first. */
  readonly index: number;
  /** `gmail/`, or ''. */
  readonly prefix: string;
  readonly hasBounceTo: boolean;
}

export function toBehaviour(words: BehaviourWords, context: ResolveContext): Behaviour {
  const { delay, read, socket } = words;
  return {
    name: nameOf(words, context),
    verbs: verbsOf(words),
    conditions: toConditions(words.when),
    delay: delay === undefined ? null : toDelay(delay),
    readBytesPerSec: read === undefined ? null : bytesPerSecOf(read),
    socket: socket === undefined ? null : toSocket(socket),
    outcome: toOutcome(words, context),
    drop: toDrop(words),
  };
}

export function nameOf(words: BehaviourWords, { index, prefix }: ResolveContext): string {
  const kind =
    outcomeKeyOf(words) ?? (['drop', 'socket', 'read', 'delay'] as const).find((key) => key in words);
  return `${prefix}${words.name ?? `${kind ?? 'behaviour'}-${index + 1}`}`;
}

export function outcomeKeyOf(words: BehaviourWords): OutcomeKey | undefined {
  return OUTCOMES.find((key) => words[key] !== undefined);
}

/** Those named, or else those that the outcome implies; none where neither says. */
export function verbsOf(words: BehaviourWords): readonly Verb[] {
  const { verb } = words.when;
  if (verb !== undefined) return typeof verb === 'string' ? [verb] : [...new Set(verb)];
  const key = outcomeKeyOf(words);
  if (key === 'throttle') return [VERB_OF_UNIT[unitOf(words.throttle)]];
  if (key === 'greylist') return ['RCPT'];
  if (key === 'addresses') return ['RCPT', 'CONTENT'];
  if (key === 'bounce' || key === 'lose' || key === 'twice') return ['CONTENT'];
  return [];
}

const VERB_OF_UNIT = { messages: 'CONTENT', recipients: 'RCPT', connections: 'CONNECT' } as const;

function unitOf(words: BehaviourWords['throttle']): Throttle['unit'] {
  const units = ['messages', 'recipients', 'connections'] as const;
  return units.find((unit) => words?.[unit] !== undefined) ?? 'messages';
}

function toConditions(words: WhenWords): Conditions {
  const {
    tls,
    largerThan,
    recipientsOver,
    numbers,
    every,
    first,
    chance,
    times,
    after,
    until,
    authentication,
  } = words;
  return {
    recipients: globsOf(words.recipient),
    domains: globsOf(words.domain),
    from: globsOf(words.from),
    helo: globsOf(words.helo),
    user: globsOf(words.user),
    clients: globsOf(words.client),
    isTls: tls ?? null,
    largerThanBytes: largerThan === undefined ? null : bytes(largerThan),
    recipientsOver: recipientsOver ?? null,
    numbers: numbers ?? null,
    every: every ?? null,
    first: first ?? null,
    chance: chance === undefined ? null : shareOf(chance),
    times: times ?? null,
    afterMs: after === undefined ? null : ms(after),
    untilMs: until === undefined ? null : ms(until),
    authentication: authentication === undefined ? null : toAuthentication(authentication),
  };
}

function globsOf(words: string | readonly string[] | undefined): readonly string[] | null {
  if (words === undefined) return null;
  return (typeof words === 'string' ? [words] : words).map((word) => word.toLowerCase());
}

const RESULTS = {
  spf: SPF_RESULTS,
  dkim: DKIM_RESULTS,
  dmarc: DMARC_RESULTS,
  policy: DMARC_POLICIES,
  arc: ARC_RESULTS,
  ptr: PTR_RESULTS,
} as const satisfies { readonly [Method in keyof AuthenticationResults]: readonly string[] };

function toAuthentication(words: AuthenticationWords): AuthenticationCondition {
  const entries = Object.entries(RESULTS).flatMap(([method, known]) => {
    const wanted = words[method as keyof AuthenticationResults];
    if (wanted === undefined) return [];
    const list: readonly string[] = typeof wanted === 'string' ? [wanted] : wanted;
    const isOther = list.includes('not-pass');
    return [[method, known.filter((one) => list.includes(one) || (isOther && one !== 'pass'))]];
  });
  return Object.fromEntries(entries) as AuthenticationCondition;
}

function toDelay(words: DelayWords): Delay {
  if (typeof words !== 'object')
    return { distribution: { kind: 'fixed', ms: ms(words) }, maxMs: MAX_DURATION_MS };
  return {
    distribution: toDistribution(words),
    maxMs: words.max === undefined ? MAX_DURATION_MS : ms(words.max),
  };
}

function toDistribution(words: Exclude<DelayWords, DurationWord>): Distribution {
  const { fixed = 0, uniform, normal, lognormal, exponential } = words;
  if (uniform !== undefined) return { kind: 'uniform', minMs: ms(uniform.min), maxMs: ms(uniform.max) };
  if (normal !== undefined)
    return { kind: 'normal', meanMs: ms(normal.mean), deviationMs: ms(normal.deviation) };
  if (lognormal !== undefined) {
    return { kind: 'lognormal', medianMs: ms(lognormal.median), sigma: lognormal.sigma };
  }
  if (exponential !== undefined) return { kind: 'exponential', meanMs: ms(exponential.mean) };
  return { kind: 'fixed', ms: ms(fixed) };
}

function toSocket(words: SocketWords): SocketFaults {
  const { split, pause, repeat, cut, rate, stall, garbage } = words;
  const isPlainCut = typeof cut !== 'object';
  const isPlainGarbage = typeof garbage !== 'object';
  return {
    ...(split === undefined ? {} : { splitBytes: bytes(split) }),
    ...(pause === undefined ? {} : { pieceDelayMs: ms(pause) }),
    ...(repeat === undefined ? {} : { repeat }),
    ...(cut === undefined ? {} : { cutAfterBytes: bytes(isPlainCut ? cut : cut.after) }),
    ...(cut === undefined ? {} : { cutHow: isPlainCut ? 'close' : cut.how }),
    ...(rate === undefined ? {} : { bytesPerSec: bytesPerSecOf(rate) ?? 1 }),
    ...(stall === undefined ? {} : { stallMs: stall === 'forever' ? stall : ms(stall) }),
    ...(garbage === undefined ? {} : { garbageBytes: bytes(isPlainGarbage ? garbage : garbage.bytes) }),
    ...(garbage === undefined ? {} : { isText: isPlainGarbage ? false : garbage.text }),
  };
}

function toDrop({ drop, close }: BehaviourWords): Drop | null {
  if (close !== undefined && drop === undefined) return { at: 'after', isReset: false };
  if (drop === undefined) return null;
  return typeof drop === 'string'
    ? { at: drop, isReset: false }
    : { at: drop.at, isReset: drop.how === 'reset' };
}

const REPLIES = {
  reject: { code: 550, enhanced: '5.7.1', text: 'Refused', isOneThing: false },
  defer: { code: 451, enhanced: '4.3.0', text: 'Try again later', isOneThing: false },
  reply: { code: 250, enhanced: '2.0.0', text: 'OK', isOneThing: false },
  close: { code: 421, enhanced: '4.3.2', text: 'Closing the connection', isOneThing: true },
} as const satisfies Readonly<Record<string, ReplyDefaults>>;

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

function toOutcome(words: BehaviourWords, { hasBounceTo }: ResolveContext): Outcome | null {
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
  return { kind: 'bounce', afterMs: ms(bounce.after), status: bounce.status, text: bounce.text };
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
    delayMs: ms(words.delay),
    expireMs: ms(words.expire),
    by: words.by === 'triple' ? ['client', 'from', 'recipient'] : words.by,
    reply,
  };
}

function toThrottle(words: NonNullable<BehaviourWords['throttle']>, reply: SinkReply): Throttle {
  const unit = unitOf(words);
  const { by = [], per } = words;
  return { kind: 'throttle', unit, limit: words[unit] ?? 1, perMs: ms(per), by, reply };
}

function ms(word: DurationWord): number {
  const durationMs = parseDurationMs(word);
  if (durationMs === null) throw new BugError(`duration passed the schema: ${word}`);
  return durationMs;
}

function bytes(word: string | number): number {
  const sizeBytes = parseSizeBytes(word);
  if (sizeBytes === null) throw new BugError(`size passed the schema: ${word}`);
  return sizeBytes;
}
