/**
 * Transaction and its result: what the wire client is asked to send, and what became of it.
 *
 * Outcomes are data: whatever a server does, a result comes back and nothing is thrown. A result holds absolute
 * stamps (µs since the epoch) and no durations. RFC 5321 §3.3 (transaction), RFC 1047 (in doubt).
 */
import { COMMAND_NAMES, type CommandId, type Phase } from './command.js';
import {
  classOfFailure,
  type FailureCause,
  type Scope,
  type SessionEnd,
  type SessionFault,
} from './failure.js';
import type { ReplyClass } from './reply-class.js';
import type { ReplyView } from './reply-parser.js';

/** One message for one session. The session only reads it. */
export interface Transaction {
  /** Reverse-path without angle brackets; '' is the null reverse-path. No CR, LF or NUL. */
  readonly from: string;
  /** Forward-paths without angle brackets, at least one. No CR, LF or NUL. */
  readonly to: readonly string[];
  /** For SIZE=, as RFC 1870 counts. */
  readonly sizeBytes: number;
  /** The content holds bytes above 127 (RFC 6152). */
  readonly is8bit: boolean;
  /** An address or a header field goes beyond ASCII (RFC 6531). */
  readonly isUtf8: boolean;
  /** For ENVID= (RFC 3461), as it is meant, not in xtext; '' for none. */
  readonly envid: string;
  /** When the first attempt's MAIL was written, µs since the epoch; 0: this is the first. */
  readonly firstMailAtUs: number;
  readonly content: Content;
}

/**
 * The message on the wire: for DATA dot-stuffed, with its terminator; for BDAT as it is. The head differs per message, the
 * tail never does.
 */
export interface Content {
  /** Head and tail together. */
  readonly lengthBytes: number;
  readonly headBytes: number;
  readonly tail: Buffer;
  /** Writes headBytes bytes at `at`; `sentAtUs` is when the first attempt's MAIL was written. */
  writeHead(target: Buffer, at: number, sentAtUs: number): void;
}

/** Why a message is not sent on a session. */
export interface MailObstacle {
  readonly cause: 'not-offered' | 'limit';
  readonly class: ReplyClass;
  readonly text: string;
}

/** A recipient that was refused at RCPT, or after the content in LMTP. */
export interface RecipientRefusal {
  readonly recipient: string;
  readonly code: number;
  readonly enhanced: number;
  readonly class: ReplyClass;
  readonly text: string;
}

/** A reply that refuses a whole message. */
export interface MessageRefusal {
  readonly command: CommandId;
  readonly reply: ReplyView;
  readonly class: ReplyClass;
  readonly scope: Scope;
  readonly atUs: number;
}

const NOBODY: readonly string[] = [];

/** What became of one transaction. Valid only inside `onDone`: sessions reuse it. */
export class TransactionResult {
  transaction: Transaction | null = null;
  outcome: 'accepted' | 'rejected' | 'failed' | 'interrupted' = 'failed';
  /** Where it was decided. */
  phase: Phase = 'idle';
  scope: Scope = '';
  cause: FailureCause | '' = '';
  /** Of the deciding reply; 0 when there was none. */
  code = 0;
  /** Packed as in ReplyView. */
  enhanced = 0;
  class: ReplyClass = 'unclassified';
  /** The deciding reply's text, or the system's error message; for accepted ones ask `replyText`. */
  text = '';
  /** The reply that accepted it; not copied, because hardly anybody asks. */
  acceptedBy: ReplyView | null = null;
  /** Error code of the system for I/O failures (ECONNREFUSED, …). */
  systemCode = '';
  acceptedRecipients = 0;
  refusedRecipients = 0;
  /** Those refused, in order; empty for most messages. */
  refusals: RecipientRefusal[] = [];
  /** When its MAIL was written, or 0. */
  mailAtUs = 0;
  /** What its content is stamped with, or 0: when MAIL was written, which with BDAT is in the same write, and so yet to come. */
  stampedAtUs = 0;
  /** max(MAIL written, previous final reply on this session). */
  startedAtUs = 0;
  /** When it was decided. */
  endedAtUs = 0;
  /** The content was sent to its last byte and no reply came. */
  isInDoubt = false;

  // While it is under way.
  isDecided = false;
  /** Of the commands before MAIL. */
  stepsAnswered = 0;
  /** As far as is known: MAIL was accepted, and neither RSET nor the end of a content came after it. */
  isOpenAtServer = false;
  /** 354. */
  isDataAccepted = false;
  /** Handed over in a write that is not all out. */
  isMailLeaving = false;
  isContentLeaving = false;
  isContentWritten = false;
  /** When its content could be sent: at the 354, or with BDAT when it was begun. */
  contentFromUs = 0;
  recipientsAnswered = 0;
  /** To the content, for a recipient each: with LMTP and PRDR the number that RCPT accepted. */
  recipientReplies = 0;
  recipientRepliesLeft = 0;
  /** With PRDR a last reply comes for the whole. */
  isOverallDue = false;
  /** Commands written and not answered. */
  repliesLeft = 0;

  /** Of an accepted message, whom it was not accepted for: refused, or with LMTP cut off before their reply. Only inside `onDone`. */
  unaccepted(): readonly string[] {
    if (this.refusals.length === 0 && this.recipientRepliesLeft === 0) return NOBODY;
    const refused = this.refusals.map(({ recipient }) => recipient);
    const undecided =
      this.recipientRepliesLeft > 0 ? this.#takenByRcpt().slice(-this.recipientRepliesLeft) : [];
    return [...refused, ...undecided];
  }

  /** Text of the deciding reply. Only inside `onDone`. */
  replyText(): string {
    return this.acceptedBy === null ? this.text : this.acceptedBy.text();
  }

  begin(transaction: Transaction): this {
    this.transaction = transaction;
    this.outcome = 'failed';
    this.phase = 'idle';
    this.scope = '';
    this.cause = '';
    this.code = 0;
    this.enhanced = 0;
    this.class = 'unclassified';
    this.text = '';
    this.acceptedBy = null;
    this.systemCode = '';
    this.acceptedRecipients = 0;
    this.refusedRecipients = 0;
    if (this.refusals.length > 0) this.refusals = [];
    this.mailAtUs = 0;
    this.stampedAtUs = 0;
    this.startedAtUs = 0;
    this.endedAtUs = 0;
    this.isInDoubt = false;
    this.isDecided = false;
    this.stepsAnswered = 0;
    this.isOpenAtServer = false;
    this.isDataAccepted = false;
    this.isMailLeaving = false;
    this.isContentLeaving = false;
    this.isContentWritten = false;
    this.contentFromUs = 0;
    this.recipientsAnswered = 0;
    this.recipientReplies = 0;
    this.recipientRepliesLeft = 0;
    this.isOverallDue = false;
    this.repliesLeft = 0;
    return this;
  }

  /** This reply refused the message as a whole. */
  refuse({ command, reply, class: klass, scope, atUs }: MessageRefusal): void {
    this.isDecided = true;
    this.outcome = 'rejected';
    this.phase = COMMAND_NAMES[command];
    this.scope = scope;
    this.code = reply.code;
    this.enhanced = reply.enhanced;
    this.class = klass;
    this.text = reply.text();
    this.endedAtUs = atUs;
    this.refusedRecipients = this.transaction?.to.length ?? 0;
  }

  refuseRecipient(recipient: string, reply: ReplyView, klass: ReplyClass): void {
    if (this.isDecided) return;
    const { code, enhanced } = reply;
    this.refusedRecipients++;
    this.refusals.push({ recipient, code, enhanced, class: klass, text: reply.text() });
  }

  /** Nobody was accepted: the first refusal stands for the message. */
  refuseForAll(command: CommandId, atUs: number): void {
    const first = this.refusals[0] as RecipientRefusal;
    const reply = { ...first, lineCount: 1, text: () => first.text };
    this.refuse({ command, reply, class: first.class, scope: 'recipient', atUs });
  }

  /** The replies to come are for one recipient each. */
  expectRecipientReplies(isOverallDue: boolean): void {
    this.recipientReplies = this.acceptedRecipients;
    this.recipientRepliesLeft = this.acceptedRecipients;
    this.isOverallDue = isOverallDue;
  }

  /** A good reply to the content for the next recipient. */
  noteAcceptance(reply: ReplyView): void {
    this.recipientRepliesLeft--;
    // The reply is gone when others follow it, so only a single one can be left uncopied.
    if (this.recipientReplies === 1 && !this.isOverallDue) return this.acceptBy(reply);
    this.code = reply.code;
    this.enhanced = reply.enhanced;
    this.text = reply.text();
  }

  /** A bad reply to the content for the next recipient. */
  noteRefusal(reply: ReplyView, klass: ReplyClass): void {
    this.refuseRecipient(this.#nextRecipient(), reply, klass);
    this.recipientRepliesLeft--;
    this.acceptedRecipients--;
  }

  /** The reply that accepts it. */
  acceptBy(reply: ReplyView): void {
    this.code = reply.code;
    this.enhanced = reply.enhanced;
    this.acceptedBy = reply;
  }

  accept(atUs: number): void {
    this.isDecided = true;
    this.outcome = 'accepted';
    this.phase = 'CONTENT';
    this.class = 'accepted';
    this.endedAtUs = atUs;
  }

  /** It is not sent on this session. */
  obstruct(obstacle: MailObstacle, atUs: number): this {
    return this.#failUnanswered(obstacle.cause, obstacle.class, obstacle.text, atUs);
  }

  /** Its MAIL came to a server in the middle of another transaction, left open by one before it. */
  failInSequence(reply: ReplyView, atUs: number): void {
    this.#failUnanswered('sequence', 'protocol', `${reply.code} ${reply.text()}`, atUs);
  }

  #failUnanswered(cause: FailureCause, klass: ReplyClass, text: string, atUs: number): this {
    this.isDecided = true;
    this.outcome = 'failed';
    this.phase = 'MAIL';
    this.scope = 'message';
    this.cause = cause;
    this.class = klass;
    this.text = text;
    this.endedAtUs = atUs;
    return this;
  }

  /** In LMTP, at least one recipient's final reply was good. */
  get isAcceptedInPart(): boolean {
    if (this.isOverallDue) return false;
    return (
      this.recipientRepliesLeft < this.recipientReplies && this.acceptedRecipients > this.recipientRepliesLeft
    );
  }

  /** Its session ended before it was decided, at `end.phase` of this transaction. */
  cutOff(end: SessionEnd, fault: SessionFault | null, nowUs: number): this {
    if (this.isAcceptedInPart) {
      // What LMTP accepted stays accepted; the fate of the others is not known.
      this.acceptedRecipients -= this.recipientRepliesLeft;
      this.accept(nowUs);
      return this;
    }
    const isRefused = end.outcome === 'rejected';
    this.isDecided = true;
    this.outcome = end.outcome;
    this.phase = end.phase;
    this.scope = end.outcome === 'interrupted' ? '' : 'session';
    this.cause = isRefused ? '' : end.cause;
    this.systemCode = end.systemCode;
    this.text = end.message;
    this.code = isRefused && fault !== null ? fault.code : 0;
    this.enhanced = isRefused && fault !== null ? fault.enhanced : 0;
    this.class = fault?.class ?? classOfFailure(end.cause);
    this.isInDoubt = this.isContentWritten;
    this.endedAtUs = nowUs;
    if (isRefused) this.refusedRecipients = this.transaction?.to.length ?? 0;
    return this;
  }

  /** Whom the next final reply is about: the next one of those that RCPT accepted. */
  #nextRecipient(): string {
    return this.#takenByRcpt()[this.recipientReplies - this.recipientRepliesLeft] ?? '';
  }

  /** While replies for a recipient each come, the first refusals are those of RCPT. */
  #takenByRcpt(): readonly string[] {
    const to = this.transaction?.to ?? [];
    const refused = this.refusals
      .slice(0, to.length - this.recipientReplies)
      .map(({ recipient }) => recipient);
    return to.filter((recipient) => !refused.includes(recipient));
  }
}
