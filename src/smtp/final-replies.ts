/**
 * Final replies: what the replies to a content make of its transaction.
 *
 *   one    one reply for all recipients (RFC 5321 §4.2.5)
 *   lmtp   one for each recipient that RCPT accepted, in order (RFC 2033 §4.2, §4.3)
 *   prdr   353, one for each such recipient, then one for the whole, which refuses all of them or lets those before stand;
 *          or just the one for the whole (draft-hall-prdr-00)
 */
import { Command } from './command.js';
import type { TransactionResult } from './outcome.js';
import { permanenceOf, type ReplyClass } from './reply-class.js';
import type { ReplyView } from './reply-parser.js';

export type FinalReplies = 'one' | 'lmtp' | 'prdr';

/**
 * `again`: one more reply is to come; `unexpected`: this one makes no sense. Only while the result is not decided.
 * (Five parameters, rather than an object for each message.)
 */
export function takeFinalReply(
  result: TransactionResult,
  reply: ReplyView,
  klass: ReplyClass,
  kind: FinalReplies,
  nowUs: number,
): 'again' | 'decided' | 'unexpected' {
  if (reply.code >= 300 && reply.code < 400) return beginBlock(result, reply, kind);
  if (kind === 'lmtp' && result.recipientReplies === 0) result.expectRecipientReplies(false);
  if (result.recipientRepliesLeft > 0) return takeRecipientReply(result, reply, klass, nowUs);
  if (result.isOverallDue && result.acceptedRecipients === 0) result.refuseForAll(Command.CONTENT, nowUs);
  else if (isRefusal(reply)) {
    result.refuse({ command: Command.CONTENT, reply, class: klass, scope: 'message', atUs: nowUs });
  } else {
    result.acceptBy(reply);
    result.accept(nowUs);
  }
  return 'decided';
}

export function isRefusal(reply: ReplyView): boolean {
  return permanenceOf(reply.code) !== 'none';
}

function beginBlock(result: TransactionResult, reply: ReplyView, kind: FinalReplies): 'again' | 'unexpected' {
  if (kind !== 'prdr' || reply.code !== 353 || result.recipientReplies > 0) return 'unexpected';
  result.expectRecipientReplies(true);
  return 'again';
}

function takeRecipientReply(
  result: TransactionResult,
  reply: ReplyView,
  klass: ReplyClass,
  nowUs: number,
): 'again' | 'decided' {
  if (isRefusal(reply)) result.noteRefusal(reply, klass);
  else result.noteAcceptance(reply);
  if (result.recipientRepliesLeft > 0 || result.isOverallDue) return 'again';
  if (result.acceptedRecipients > 0) result.accept(nowUs);
  else result.refuseForAll(Command.CONTENT, nowUs);
  return 'decided';
}
