/**
 * Transaction and its result: what the wire client is asked to send, and what became of it.
 *
 * Outcomes are data: whatever a server does, a result comes back and nothing is thrown. A result holds absolute
 * stamps (µs since the epoch) and no durations. RFC 5321 §3.3 (transaction), RFC 1047 (in doubt).
 */
import { COMMAND_NAMES, type CommandId, type Phase } from './command.js';
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
  /** For ENVID= (RFC 3461), in xtext; '' for none. */
  readonly envid: string;
  /** When the first attempt's MAIL was written, µs since the epoch; 0: this is the first. */
  readonly firstMailAtUs: number;
  readonly content: Content;
}

/** The message on the wire: dot-stuffed, with its terminator. The head differs per message, the tail never does. */
export interface Content {
  /** Head and tail together. */
  readonly lengthBytes: number;
  readonly headBytes: number;
  readonly tail: Buffer;
  /** Writes headBytes bytes at `at`; `sentAtUs` is when the transaction's MAIL was written. */
  writeHead(target: Buffer, at: number, sentAtUs: number): void;
}

/** Whose fault reaches how far, as in Postfix: the whole session, this message, or one recipient. */
export type Scope = 'session' | 'message' | 'recipient' | '';

/** Why no reply decided: by the network, by the server's words, or by us. */
export type FailureCause =
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'closed'
  | 'unreachable'
  | 'resolve'
  | 'tls'
  | 'not-offered'
  | 'malformed-reply'
  | 'reply-codes-differ'
  | 'reply-too-long'
  | 'unexpected-reply'
  | 'bytes-after-starttls'
  | 'address-not-allowed'
  /** AUTH would have shown the password or token without TLS. */
  | 'plaintext-refused'
  /** AUTH succeeded, but the server did not prove that it knows the password (SCRAM). */
  | 'server-unproven'
  | 'sequence'
  | 'io'
  | 'stopped'
  /** The session ended on purpose, see `client.abandon`. */
  | 'abandoned'
  /** Faults of the generator, never of the server: EADDRNOTAVAIL, EMFILE, ENOBUFS. */
  | 'generator';

const FAILURE_CLASSES: Partial<Record<FailureCause, ReplyClass>> = {
  tls: 'tls',
  'bytes-after-starttls': 'tls',
  'plaintext-refused': 'smtp_auth',
  'server-unproven': 'smtp_auth',
  resolve: 'routing',
  'malformed-reply': 'protocol',
  'reply-codes-differ': 'protocol',
  'reply-too-long': 'protocol',
  'unexpected-reply': 'protocol',
};

/** The class under which a failure without a deciding reply is counted. */
export function classOfFailure(cause: FailureCause): ReplyClass {
  return FAILURE_CLASSES[cause] ?? 'network';
}

export interface WireFailure {
  readonly phase: Phase;
  readonly cause: FailureCause;
  /** The system's error code, or ''. */
  readonly systemCode: string;
  /** For people; '' when cause says it all. */
  readonly message: string;
}

/** Why a session could not be used any longer. */
export interface SessionFault extends WireFailure {
  /** Of the reply that refused the session; 0 when there was none. */
  readonly code: number;
  readonly enhanced: number;
  readonly class: ReplyClass;
}

/** How what is in flight ends when its session does. */
export interface SessionEnd extends WireFailure {
  readonly outcome: 'rejected' | 'failed' | 'interrupted';
}

/** We cut it off. */
export const INTERRUPTED: SessionEnd = {
  outcome: 'interrupted',
  phase: 'idle',
  cause: 'stopped',
  systemCode: '',
  message: '',
};

/** The session was over before it could be sent. */
export const CLOSED_BEFORE: SessionEnd = {
  outcome: 'failed',
  phase: 'idle',
  cause: 'closed',
  systemCode: '',
  message: '',
};

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
  /** max(MAIL written, previous final reply on this session). */
  startedAtUs = 0;
  /** When it was decided. */
  endedAtUs = 0;
  /** The content was sent to its last byte and no reply came. */
  isInDoubt = false;

  // While it is under way.
  isDecided = false;
  isMailRefused = false;
  isDataAccepted = false;
  isContentWritten = false;
  recipientsAnswered = 0;
  /** To the content: one, or in LMTP one for each recipient that RCPT accepted. */
  finalReplies = 1;
  finalRepliesLeft = 1;
  repliesLeft = 0;

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
    this.startedAtUs = 0;
    this.endedAtUs = 0;
    this.isInDoubt = false;
    this.isDecided = false;
    this.isMailRefused = false;
    this.isDataAccepted = false;
    this.isContentWritten = false;
    this.recipientsAnswered = 0;
    this.finalReplies = 1;
    this.finalRepliesLeft = 1;
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

  /** A good reply to the content; in LMTP for the next recipient. */
  noteAcceptance(reply: ReplyView): void {
    this.finalRepliesLeft--;
    this.code = reply.code;
    this.enhanced = reply.enhanced;
    // The reply is gone when others follow it, so only the usual single one can be left uncopied.
    if (this.finalReplies === 1) this.acceptedBy = reply;
    else this.text = reply.text();
  }

  /** A bad reply to the content, in LMTP, for the next recipient. */
  noteRefusal(reply: ReplyView, klass: ReplyClass): void {
    this.refuseRecipient(this.#nextLmtpRecipient(), reply, klass);
    this.finalRepliesLeft--;
    this.acceptedRecipients--;
  }

  accept(atUs: number): void {
    this.isDecided = true;
    this.outcome = 'accepted';
    this.phase = 'CONTENT';
    this.class = 'accepted';
    this.endedAtUs = atUs;
  }

  /** In LMTP, at least one recipient's final reply was good. */
  get isAcceptedInPart(): boolean {
    return this.finalRepliesLeft < this.finalReplies && this.acceptedRecipients > this.finalRepliesLeft;
  }

  /** Its session ended before it was decided, at `end.phase` of this transaction. */
  cutOff(end: SessionEnd, fault: SessionFault | null, nowUs: number): this {
    if (this.isAcceptedInPart) {
      // What LMTP accepted stays accepted; the fate of the others is not known.
      this.acceptedRecipients -= this.finalRepliesLeft;
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
  #nextLmtpRecipient(): string {
    const to = this.transaction?.to ?? [];
    const refused = this.refusals.slice(0, to.length - this.finalReplies).map(({ recipient }) => recipient);
    const accepted = to.filter((recipient) => !refused.includes(recipient));
    return accepted[this.finalReplies - this.finalRepliesLeft] ?? '';
  }
}
