/**
 * Counts: what a sink did since its start, in numbers that add up over processes.
 */

/** Totals since the start. */
export interface SinkCounts {
  readonly connections: number;
  /** Connections that are over. */
  readonly ended: number;
  /** Answered 250, for LMTP once for each message, not for each recipient. */
  readonly messages: number;
  /** Recipients of those messages that were taken; one named twice counts twice. */
  readonly recipients: number;
  readonly bytes: number;
  /** Messages refused after their content for being over maxSizeBytes. */
  readonly oversized: number;
  /** Connections that broke: reset in a transaction, failed TLS handshake. */
  readonly errors: number;
  /** Replies 5yz, of any kind. */
  readonly rejected: number;
  /** Replies 4yz, of any kind but the 421 at the end of the sink. */
  readonly deferred: number;
  /** Connections that a behaviour ended. */
  readonly dropped: number;
  /** Messages answered 250 without a receipt, because a behaviour said so. */
  readonly lost: number;
  /** Messages with two receipts. */
  readonly doubled: number;
  /** Messages answered 250 that a DSN was asked for. */
  readonly bounced: number;
  /** Messages answered 452 because they or their receipt could not be written. */
  readonly unwritten: number;
  /** DSNs that were given up: their server did not take them. */
  readonly bounceFailures: number;
  /** How often each behaviour decided, by its name. */
  readonly behaviours: Readonly<Record<string, number>>;
  /** How long each behaviour held replies back, in µs, as measured. */
  readonly heldUs: Readonly<Record<string, number>>;
  /** How often DSNs were given up for which reason. What a server said is in it: hostile. */
  readonly bounceFailureReasons: Readonly<Record<string, number>>;
}

/** Those that are numbers by name. */
export const BY_NAME = ['behaviours', 'heldUs', 'bounceFailureReasons'] as const;

type ByName = (typeof BY_NAME)[number];

export type MutableCounts = { -readonly [K in keyof Omit<SinkCounts, ByName>]: number } & {
  [K in ByName]: Record<string, number>;
};

export function noCounts(): MutableCounts {
  return {
    connections: 0,
    ended: 0,
    messages: 0,
    recipients: 0,
    bytes: 0,
    oversized: 0,
    errors: 0,
    rejected: 0,
    deferred: 0,
    dropped: 0,
    lost: 0,
    doubled: 0,
    bounced: 0,
    unwritten: 0,
    bounceFailures: 0,
    behaviours: {},
    heldUs: {},
    bounceFailureReasons: {},
  };
}
