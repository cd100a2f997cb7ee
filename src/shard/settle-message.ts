/**
 * Settling a message: what became of it goes to the counts, the trends, the accepted numbers and the reports, once.
 */
import type { OutgoingMessage } from '../message/source.js';
import type { FailureCause, Scope } from '../smtp/outcome.js';
import type { ReplyClass } from '../smtp/reply-class.js';
import { enhancedText } from '../smtp/reply-parser.js';
import { isExpected } from './expectation.js';
import type { MessageTimes } from './measurements.js';
import type { MessageReport } from './message-report.js';
import type { UserContext } from './user.js';

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
  /** Text of the deciding reply, or the system's error message. */
  replyText(): string;
}

/** A message that was begun. */
export interface BegunMessage extends MessageTimes {
  readonly message: OutgoingMessage;
}

type Books = Pick<UserContext, 'runId' | 'measurements' | 'reports' | 'accepted'>;

export function settleMessage(books: Books, begun: BegunMessage, end: MessageEnd): void {
  const expected = isExpected(begun.message.expect, end);
  books.measurements.messageDone(begun, end, expected, () => end.replyText());
  if (end.outcome === 'accepted') books.accepted(begun.message.number);
  report(books, begun, end, expected);
}

function report({ reports, runId }: Books, begun: BegunMessage, end: MessageEnd, expected: boolean): void {
  const notable = expected && !end.isInDoubt ? null : end.isInDoubt ? 'in-doubt' : 'unexpected';
  const durationUs = end.endedAtUs - begun.scheduledAtUs;
  if (!reports.wants(notable !== null, durationUs)) return;
  const hasReply = end.outcome === 'accepted' || end.outcome === 'rejected';
  const why = notable === 'unexpected' && !hasReply ? 'failed' : notable;
  reports.add(why, durationUs, reportOf(runId, begun, end));
}

function reportOf(runId: string, begun: BegunMessage, end: MessageEnd): MessageReport {
  const { message } = begun;
  return {
    v: 1,
    number: message.number,
    token: `${runId}-${message.number}`,
    recipients: [...message.to],
    scheduledAtUs: Math.round(begun.scheduledAtUs),
    startedAtUs: Math.round(begun.startedAtUs),
    mailAtUs: end.mailAtUs > 0 ? Math.round(end.mailAtUs) : null,
    endedAtUs: Math.round(end.endedAtUs),
    outcome: end.outcome,
    phase: end.phase,
    cause: end.cause,
    code: end.code,
    enhanced: enhancedText(end.enhanced),
    class: end.class,
    reply: end.replyText(),
    why: 'slow',
  };
}
