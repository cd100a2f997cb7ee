/**
 * Settling a message: what became of it goes to the counts, the trends, the accepted numbers and the reports, once.
 */
import { MAX_SAMPLE_CHARS } from '../metrics/tally.js';
import { enhancedText } from '../smtp/reply-parser.js';
import { isExpected } from './expectation.js';
import type { BegunMessage, MessageEnd } from './message-end.js';
import type { MessageReport, Notable } from './message-report.js';
import type { UserContext } from './user.js';

type Books = Pick<UserContext, 'runId' | 'measurements' | 'reports' | 'accepted'>;

export function settleMessage(books: Books, begun: BegunMessage, end: MessageEnd): void {
  const expected = isExpected(begun.message.expect, end);
  books.measurements.messageDone(begun, end, expected, () => end.replyText());
  if (end.outcome === 'accepted') accepted(books, begun, end);
  report(books, begun, end, expected);
}

function accepted(books: Books, { message }: BegunMessage, end: MessageEnd): void {
  const unaccepted = end.acceptedRecipients < message.to.length ? end.unaccepted() : [];
  const indexes = unaccepted.map((recipient) => message.to.indexOf(recipient)).filter((index) => index >= 0);
  books.accepted(message.number, indexes);
  if (books.reports.keepsReplies) books.reports.addReply(message.number, replyOf(end));
}

function replyOf(end: MessageEnd): string {
  return `${end.code} ${end.replyText()}`.slice(0, MAX_SAMPLE_CHARS);
}

function report({ reports, runId }: Books, begun: BegunMessage, end: MessageEnd, expected: boolean): void {
  const notable = notableOf(end, expected);
  const durationUs = (begun.firstEndedAtUs || end.endedAtUs) - begun.scheduledAtUs;
  if (reports.wants(notable, durationUs)) reports.add(notable, durationUs, reportOf(runId, begun, end));
}

/** A failure is worth a line also when it was wanted. */
function notableOf({ isInDoubt, outcome }: MessageEnd, expected: boolean): Notable | null {
  if (isInDoubt) return 'in-doubt';
  if (outcome === 'failed') return 'failed';
  if (expected) return null;
  return outcome === 'interrupted' ? 'failed' : 'unexpected';
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
    reply: end.replyText().slice(0, MAX_SAMPLE_CHARS),
    why: 'slow',
  };
}
