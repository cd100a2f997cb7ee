/**
 * The end of a message, and its beginning: what every kind of user knows of a message and what is counted of it.
 */
import type { OutgoingMessage } from '../message/source.js';
import type { FailureCause, Scope } from '../smtp/failure.js';
import type { ReplyClass } from '../smtp/reply-class.js';

/** Why an attempt is made. */
export type AttemptCause = 'first' | 'retry' | 'reused_session';

/** What became of a message. A TransactionResult is one. */
export interface MessageEnd {
  readonly outcome: 'accepted' | 'rejected' | 'failed' | 'interrupted';
  /** Where it was decided: a command's name, or idle, connect, tls. */
  readonly phase: string;
  readonly scope: Scope;
  readonly cause: FailureCause | '';
  /** Of the deciding reply; 0 when there was none. */
  readonly code: number;
  /** Packed as in ReplyView. */
  readonly enhanced: number;
  readonly class: ReplyClass;
  readonly acceptedRecipients: number;
  readonly refusedRecipients: number;
  /** When its first MAIL was written, µs since the epoch, or 0. */
  readonly mailAtUs: number;
  /** When it was decided. */
  readonly endedAtUs: number;
  /** The content was sent to its last byte and no reply came. */
  readonly isInDoubt: boolean;
  /** Of an accepted message, the recipients it was not accepted for. */
  unaccepted(): readonly string[];
  /** Text of the deciding reply, or the system's error message. */
  replyText(): string;
}

/** What the clock and the scenario know of a message. */
export interface MessageTimes {
  readonly scheduledAtUs: number;
  readonly startedAtUs: number;
  readonly isSteady: boolean;
  readonly recipients: number;
  /** When its first attempt ended, where that was not the end of the message. */
  readonly firstEndedAtUs?: number;
}

/** A message that was begun. */
export interface BegunMessage extends MessageTimes {
  readonly message: OutgoingMessage;
}
