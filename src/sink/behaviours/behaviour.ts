/**
 * A behaviour: when the sink misbehaves and how, in units and with every default filled in. Plain data.
 *
 * docs/behaviours.md says what each part means to those who write the file; schema.ts has the words.
 */

import type { NameSource } from '../authentication/names.js';
import type { AuthenticationResults } from '../authentication/results.js';
import type { Verb } from '../event.js';
import type { Fate, SinkReply, SocketFaults } from '../judge.js';

/** A loaded file, the behaviours of its profile behind its own. */
export interface Behaviours {
  readonly seed: number;
  readonly behaviours: readonly Behaviour[];
  /** Where authentication checks look names up. */
  readonly names: NameSource;
}

export interface Behaviour {
  /** Unique among those loaded together; a part of every draw. */
  readonly name: string;
  readonly verbs: readonly Verb[];
  readonly conditions: Conditions;
  readonly delay: Delay | null;
  readonly readBytesPerSec: number | null;
  readonly socket: SocketFaults | null;
  readonly outcome: Outcome | null;
  readonly drop: Drop | null;
}

/** All must hold; null: it does not matter. Texts are lower-case globs, of which one must fit. */
export interface Conditions {
  readonly recipients: readonly string[] | null;
  readonly domains: readonly string[] | null;
  readonly from: readonly string[] | null;
  readonly helo: readonly string[] | null;
  readonly user: readonly string[] | null;
  /** Addresses and CIDR blocks. */
  readonly clients: readonly string[] | null;
  readonly isTls: boolean | null;
  readonly largerThanBytes: number | null;
  /** Texts, of which the message as received must hold one; case matters. */
  readonly contains: readonly string[] | null;
  readonly recipientsOver: number | null;
  readonly numbers: readonly number[] | null;
  readonly every: number | null;
  readonly first: number | null;
  /** From 0 to 1. */
  readonly chance: number | null;
  readonly times: number | null;
  readonly afterMs: number | null;
  readonly untilMs: number | null;
  readonly authentication: AuthenticationCondition | null;
}

export type AuthenticationCondition = {
  readonly [Method in keyof AuthenticationResults]?: readonly AuthenticationResults[Method][];
};

export type Distribution =
  | { readonly kind: 'fixed'; readonly ms: number }
  | { readonly kind: 'uniform'; readonly minMs: number; readonly maxMs: number }
  | { readonly kind: 'normal'; readonly meanMs: number; readonly deviationMs: number }
  | { readonly kind: 'lognormal'; readonly medianMs: number; readonly sigma: number }
  | { readonly kind: 'exponential'; readonly meanMs: number };

export interface Delay {
  readonly distribution: Distribution;
  /** No longer than this, whatever was drawn. */
  readonly maxMs: number;
}

export interface Drop {
  readonly at: 'before' | 'after';
  readonly isReset: boolean;
}

export type Outcome =
  | { readonly kind: 'reply'; readonly reply: SinkReply }
  | { readonly kind: 'fate'; readonly fate: Fate }
  /** What the address itself asks for. */
  | { readonly kind: 'addresses'; readonly hasBounceTo: boolean }
  | Greylist
  | Throttle;

export type GreylistPart = 'client' | 'helo' | 'from' | 'recipient';

export interface Greylist {
  readonly kind: 'greylist';
  readonly delayMs: number;
  readonly expireMs: number;
  readonly by: readonly GreylistPart[];
  readonly reply: SinkReply;
}

export type ThrottlePart = 'client' | 'from' | 'recipient' | 'domain' | 'user';

export interface Throttle {
  readonly kind: 'throttle';
  readonly unit: 'messages' | 'recipients' | 'connections';
  readonly limit: number;
  readonly perMs: number;
  /** Each value has a count of its own; empty: one count for all. */
  readonly by: readonly ThrottlePart[];
  readonly reply: SinkReply;
}
