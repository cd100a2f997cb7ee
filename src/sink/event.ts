/**
 * Sink event: what a client just said or did, as behaviours see it, before the sink answers.
 *
 * One is made for each verb that some behaviour watches (see judge.ts), and for no other. Strings come from the client:
 * hostile.
 */
import type { Stamp } from '../message/stamp.js';

export const VERBS = [
  /** A connection, before the greeting. */
  'CONNECT',
  'HELO',
  /** Also LHLO. */
  'EHLO',
  'STARTTLS',
  'AUTH',
  'XCLIENT',
  'MAIL',
  'RCPT',
  /** Before the 354. */
  'DATA',
  /** The 354 is out, and nothing of the content has been read yet. Not with BDAT. */
  'INPUT',
  /** A chunk is here and its reply is due. The last one has its own reply only where it is refused: CONTENT follows. */
  'BDAT',
  /** The whole message is here and the final reply is due; over LMTP once for each recipient. */
  'CONTENT',
  'RSET',
  'NOOP',
  'VRFY',
  'EXPN',
  'HELP',
  'QUIT',
] as const;

export type Verb = (typeof VERBS)[number];

export interface SinkEvent {
  readonly verb: Verb;
  /** Unique to the connection. */
  readonly session: string;
  /** Of the client, as a PROXY header or XCLIENT gave it where that is allowed. */
  readonly peer: string;
  /** '' before HELO. */
  readonly helo: string;
  readonly isTls: boolean;
  /** Who signed in; ''. */
  readonly user: string;
  /** Reverse-path of the transaction, '' is the null one; at MAIL the one named. null outside of a transaction. */
  readonly from: string | null;
  /** Recipients taken so far. */
  readonly recipients: readonly string[];
  /** RCPT: the one named. CONTENT over LMTP: whose reply is due. Otherwise null. */
  readonly recipient: string | null;
  /** What follows the verb on its line; ''. */
  readonly argument: string;
  /** MAIL: as declared by SIZE, 0 when not. CONTENT: as received. Otherwise 0. */
  readonly sizeBytes: number;
  /** CONTENT only. */
  readonly message: Buffer | null;
  readonly stamp: Stamp | null;
  /** Monotonic, ms. */
  readonly nowMs: number;
}
