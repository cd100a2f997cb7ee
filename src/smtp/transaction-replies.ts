/**
 * Transaction replies: what each reply makes of its transaction, and what it leads to: half of the machine whose table is in
 * transactions.ts, which does the rest. Writes nothing.
 *
 * Also knows whether the server may still have a transaction open, which the next MAIL would be nested in (503).
 * Costs nothing per reply. RFC 5321 §3.3, RFC 2920 §3.1, RFC 3030 §2, RFC 2033 §4.2.
 */
import type { Abandonment } from './abandonment.js';
import { COMMAND_NAMES, Command, type CommandId } from './command.js';
import type { ContentStream } from './content-stream.js';
import type { Scope } from './failure.js';
import { isRefusal, takeFinalReply } from './final-replies.js';
import type { MessageRefusal, Transaction, TransactionResult } from './outcome.js';
import type { ReplyClass } from './reply-class.js';
import type { ReplyView } from './reply-parser.js';
import type { TransactionOptions } from './transaction-options.js';
import type { Wire } from './wire.js';

/**
 * What comes next. `wait`: others are to be answered first; `chunk`: the stream goes on; `nobody`: a content without content,
 * for a 354 although everybody was refused; `again`: one more reply to the content; `decided`: report it once all is
 * answered; `unexpected`: the session is broken; `abandon`, `abandon-or-quit`: it ends on purpose, where it can by QUIT.
 */
export type Next =
  | 'wait'
  | 'step'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'content'
  | 'nobody'
  | 'chunk'
  | 'again'
  | 'decided'
  | 'unexpected'
  | 'abandon'
  | 'abandon-or-quit';

/** A reply that ends the session. */
export type SessionRefusal = Pick<MessageRefusal, 'command' | 'reply' | 'class'>;

export interface TransactionRepliesContext {
  readonly wire: Wire;
  readonly stream: ContentStream;
  readonly abandonment: Abandonment;
  readonly options: TransactionOptions;
}

export class TransactionReplies {
  /** A transaction may be open at the server though none is here: RSET, unless the next MAIL shows that it is not. */
  needsReset = false;
  readonly #wire: Wire;
  readonly #stream: ContentStream;
  readonly #abandonment: Abandonment;
  readonly #options: TransactionOptions;
  readonly #isPipelined: boolean;

  constructor({ wire, stream, abandonment, options }: TransactionRepliesContext) {
    this.#wire = wire;
    this.#stream = stream;
    this.#abandonment = abandonment;
    this.#options = options;
    this.#isPipelined = options.pipelining !== 'off';
  }

  take(command: CommandId, result: TransactionResult, reply: ReplyView, klass: ReplyClass): Next {
    if (command === Command.MAIL) return this.#mail(result, reply, klass);
    if (command === Command.RCPT) return this.#rcpt(result, reply, klass);
    if (command === Command.DATA) return this.#data(result, reply, klass);
    if (command === Command.BDAT) return this.#chunk(result, reply, klass);
    if (command === Command.CONTENT) return this.#content(result, reply, klass);
    return this.#step(result);
  }

  /** A 421 to one of its commands. But recipients whom LMTP accepted stay accepted. */
  refuseWithSession(result: TransactionResult, { command, reply, class: klass }: SessionRefusal): void {
    if (result.isDecided) return;
    if (result.isAcceptedInPart) result.noteRefusal(reply, klass);
    else this.#decide(result, command, reply, klass, 'session');
  }

  /** What came before on this session ended only then: the clock of this transaction starts there. */
  stampStart(result: TransactionResult): void {
    if (result.startedAtUs > 0 || result.mailAtUs === 0) return;
    result.startedAtUs = Math.max(result.mailAtUs, this.#wire.lastReplyAtUs);
  }

  /** What a step is answered decides nothing. */
  #step(result: TransactionResult): Next {
    return ++result.stepsAnswered < this.#options.steps.length ? 'step' : 'mail';
  }

  #mail(result: TransactionResult, reply: ReplyView, klass: ReplyClass): Next {
    this.stampStart(result);
    if (reply.code === 503 && this.needsReset) {
      result.failInSequence(reply, this.#wire.nowUs);
      result.isOpenAtServer = true;
    } else if (isRefusal(reply)) this.#decide(result, Command.MAIL, reply, klass, 'message');
    else if (reply.code >= 300) return this.#fail(result, Command.MAIL, reply);
    else {
      result.isOpenAtServer = true;
      // The server began a transaction, so none was open before.
      this.needsReset = false;
    }
    if (this.#abandonment.isAfterReply(Command.MAIL)) return goneAfter(result);
    if (result.isDecided) return 'decided';
    return this.#isPipelined ? 'wait' : 'rcpt';
  }

  #rcpt(result: TransactionResult, reply: ReplyView, klass: ReplyClass): Next {
    const { to } = result.transaction as Transaction;
    const recipient = to[result.recipientsAnswered++] as string;
    if (isRefusal(reply)) result.refuseRecipient(recipient, reply, klass);
    else if (reply.code < 300) result.acceptedRecipients++;
    else return this.#fail(result, Command.RCPT, reply);
    const isLast = result.recipientsAnswered === to.length;
    if (isLast && result.acceptedRecipients === 0 && !result.isDecided) {
      result.refuseForAll(Command.RCPT, this.#wire.nowUs);
    }
    if (this.#abandonment.isAfterReply(Command.RCPT)) return goneAfter(result);
    if (this.#isPipelined) return result.isDecided ? 'decided' : 'wait';
    if (!isLast) return 'rcpt';
    if (result.isDecided) return 'decided';
    return this.#options.chunkBytes === null ? 'data' : 'content';
  }

  #data(result: TransactionResult, reply: ReplyView, klass: ReplyClass): Next {
    const isLast = this.#abandonment.isAfterReply(Command.DATA);
    if (reply.code === 354 && !isLast) return this.#goAhead(result);
    // After a 354, QUIT would be content.
    if (!isRefusal(reply)) return isLast ? 'abandon' : this.#fail(result, Command.DATA, reply);
    if (!result.isDecided) this.#decide(result, Command.DATA, reply, klass, 'message');
    return isLast ? 'abandon-or-quit' : 'decided';
  }

  #goAhead(result: TransactionResult): Next {
    result.isDataAccepted = true;
    result.isOpenAtServer = false;
    if (!result.isDecided) return 'content';
    // RFC 2033 §4.2: DATA must fail when nobody was accepted, and a dot would bring no reply at all.
    return this.#options.finalReplies === 'lmtp' ? 'unexpected' : 'nobody';
  }

  #chunk(result: TransactionResult, reply: ReplyView, klass: ReplyClass): Next {
    if (reply.code < 400 && (this.#isUnderWay(result) || reply.code >= 300))
      return this.#fail(result, Command.BDAT, reply);
    if (isRefusal(reply) && !result.isDecided) this.#decide(result, Command.BDAT, reply, klass, 'message');
    return 'chunk';
  }

  /** The reply just taken is to bytes that are not all handed over. */
  #isUnderWay(result: TransactionResult): boolean {
    return this.#stream.isSending(result) && this.#stream.isMidChunk && result.repliesLeft === 0;
  }

  #content(result: TransactionResult, reply: ReplyView, klass: ReplyClass): Next {
    if (this.#stream.isSending(result)) return this.#earlyReply(result, reply, klass);
    if (result.isDecided) return this.#contentOfRefused(result, reply);
    const taken = takeFinalReply(result, reply, klass, this.#options.finalReplies, this.#wire.nowUs);
    if (taken === 'unexpected') return this.#fail(result, Command.CONTENT, reply);
    if (taken === 'decided') result.isOpenAtServer = false;
    return taken;
  }

  /** Refused in mid-content: that decides the message. The rest of a chunk is counted, that of DATA would be commands. */
  #earlyReply(result: TransactionResult, reply: ReplyView, klass: ReplyClass): Next {
    if (!isRefusal(reply)) return this.#fail(result, Command.CONTENT, reply);
    const { chunkBytes, finalReplies } = this.#options;
    const goesOn = chunkBytes !== null && finalReplies === 'one';
    if (!result.isDecided) {
      this.#decide(result, Command.CONTENT, reply, klass, goesOn ? 'message' : 'session');
      result.isOpenAtServer = false;
    }
    return goesOn ? 'wait' : 'unexpected';
  }

  /** What was refused before must be refused here too; but a lone dot may be answered anything. */
  #contentOfRefused(result: TransactionResult, reply: ReplyView): Next {
    const isGood = reply.code < 400 && this.#options.chunkBytes !== null;
    if (isGood && result.cause !== 'sequence') return this.#fail(result, Command.CONTENT, reply);
    if (isGood) {
      // It went to the recipients under the reverse-path of the one before.
      result.isInDoubt = true;
      result.isOpenAtServer = this.needsReset = false;
    }
    return 'decided';
  }

  /** A reply that fits no command here: the transaction fails where it stands, and with it the session. */
  #fail(result: TransactionResult, command: CommandId, reply: ReplyView): 'unexpected' {
    const message = `${reply.code} ${reply.text()}`;
    const phase = COMMAND_NAMES[command];
    const end = { outcome: 'failed', phase, cause: 'unexpected-reply', systemCode: '', message } as const;
    if (!result.isDecided) result.cutOff(end, null, this.#wire.nowUs);
    return 'unexpected';
  }

  /** Marks a transaction as refused by this reply. It is reported when its group has been answered. */
  #decide(
    result: TransactionResult,
    command: CommandId,
    reply: ReplyView,
    klass: ReplyClass,
    scope: Scope,
  ): void {
    this.stampStart(result);
    result.refuse({ command, reply, class: klass, scope, atUs: this.#wire.nowUs });
  }
}

/** QUIT needs a server that has answered everything. */
function goneAfter(result: TransactionResult): Next {
  return result.repliesLeft === 0 ? 'abandon-or-quit' : 'abandon';
}
