/**
 * From the words of one behaviour to a Behaviour: units and defaults.
 *
 * Takes words that the schema accepts; whether they make sense together is for rules.ts to say.
 */
import { MAX_DURATION_MS } from '../../yaml/quantities.js';
import { type DurationWord, toBytes, toMs } from '../../yaml/quantity-words.js';
import type { SocketFaults } from '../judge.js';
import type { Behaviour, Delay, Distribution, Drop } from './behaviour.js';
import { toConditions } from './condition-words.js';
import { outcomeKeyOf, toOutcome, verbsOf } from './outcome-words.js';
import type { BehaviourWords } from './schema.js';
import { bytesPerSecOf, type DelayWords, type SocketWords } from './schema-values.js';

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
    outcome: toOutcome(words, context.hasBounceTo),
    drop: toDrop(words),
  };
}

export function nameOf(words: BehaviourWords, { index, prefix }: ResolveContext): string {
  const kind =
    outcomeKeyOf(words) ?? (['drop', 'socket', 'read', 'delay'] as const).find((key) => key in words);
  return `${prefix}${words.name ?? `${kind ?? 'behaviour'}-${index + 1}`}`;
}

function toDelay(words: DelayWords): Delay {
  if (typeof words !== 'object')
    return { distribution: { kind: 'fixed', ms: toMs(words) }, maxMs: MAX_DURATION_MS };
  return {
    distribution: toDistribution(words),
    maxMs: words.max === undefined ? MAX_DURATION_MS : toMs(words.max),
  };
}

function toDistribution(words: Exclude<DelayWords, DurationWord>): Distribution {
  const { fixed = 0, uniform, normal, lognormal, exponential } = words;
  if (uniform !== undefined) return { kind: 'uniform', minMs: toMs(uniform.min), maxMs: toMs(uniform.max) };
  if (normal !== undefined)
    return { kind: 'normal', meanMs: toMs(normal.mean), deviationMs: toMs(normal.deviation) };
  if (lognormal !== undefined) {
    return { kind: 'lognormal', medianMs: toMs(lognormal.median), sigma: lognormal.sigma };
  }
  if (exponential !== undefined) return { kind: 'exponential', meanMs: toMs(exponential.mean) };
  return { kind: 'fixed', ms: toMs(fixed) };
}

function toSocket(words: SocketWords): SocketFaults {
  const { split, pause, repeat, cut, rate, stall, garbage } = words;
  const isPlainCut = typeof cut !== 'object';
  const isPlainGarbage = typeof garbage !== 'object';
  return {
    ...(split === undefined ? {} : { splitBytes: toBytes(split) }),
    ...(pause === undefined ? {} : { pieceDelayMs: toMs(pause) }),
    ...(repeat === undefined ? {} : { repeat }),
    ...(cut === undefined ? {} : { cutAfterBytes: toBytes(isPlainCut ? cut : cut.after) }),
    ...(cut === undefined ? {} : { cutHow: isPlainCut ? 'close' : cut.how }),
    ...(rate === undefined ? {} : { bytesPerSec: bytesPerSecOf(rate) ?? 1 }),
    ...(stall === undefined ? {} : { stallMs: stall === 'forever' ? stall : toMs(stall) }),
    ...(garbage === undefined ? {} : { garbageBytes: toBytes(isPlainGarbage ? garbage : garbage.bytes) }),
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
