/**
 * Transactions: the mail transactions of one open session, lockstep or pipelined.
 *
 *   command   good reply                                  bad reply (4yz, 5yz)
 *   MAIL      2yz → RCPT                                  rejected, scope message
 *   RCPT      2yz → next RCPT or DATA                     refused for this recipient; all refused → rejected, RSET
 *   DATA      354 → content                               rejected; the transaction stays open → RSET
 *   CONTENT   2yz → accepted (LMTP: one reply each)       rejected
 *   RSET      250 → ready
 *   Any other reply (3yz to MAIL, 250 to DATA) breaks the session.
 *
 * `auto` writes MAIL, RCPT… and DATA as one group (RFC 2920 §3.1); a 354 to it although nobody was accepted is answered
 * by a lone dot. `coalesced` offers, at the 354, to put the next transaction's group behind this content, in one write.
 * At most two transactions are in flight, content never goes out before its 354, and nothing goes out in mid-content.
 * Cost per message: a string for the envelope, nothing else. RFC 5321 §3.3, §4.1.1, RFC 1870, RFC 2033 §4.2.
 */
import type { Abandon } from '../scenario/scenario.js';
import { COMMAND_NAMES, Command, type CommandId } from './command.js';
import {
  type Scope,
  type SessionEnd,
  type SessionFault,
  type Transaction,
  TransactionResult,
} from './outcome.js';
import { permanenceOf, type ReplyClass } from './reply-class.js';
import type { ReplyView } from './reply-parser.js';
import type { Wire } from './wire.js';
import { WRITE_BUFFER_BYTES, type WriteBuffer } from './write-buffer.js';

export interface TransactionsListener {
  onOffer(): void;
  onReady(): void;
  onContentSent(fromUs: number, atUs: number): void;
  onDone(result: TransactionResult): void;
  /** A reply that has no place here, such as 250 to DATA: the session is broken. */
  onUnexpected(reply: ReplyView): void;
  /** The moment that `abandon` names has come: the session ends everything in flight and goes, now. */
  onAbandon(): void;
}

export interface TransactionOptions {
  readonly isLmtp: boolean;
  /** `off` where the server does not offer PIPELINING. */
  readonly pipelining: 'off' | 'auto' | 'coalesced';
  /** SIZE is offered (RFC 1870). */
  readonly sendsSize: boolean;
  /** Where this session is to be abandoned, if in a transaction; `quit` needs that nothing is pending, else it is a drop. */
  readonly abandon: Abandon | null;
}

const DATA = 'DATA\r\n';
const NOBODY = '.\r\n';

export class Transactions {
  readonly #wire: Wire;
  readonly #writeBuffer: WriteBuffer;
  readonly #options: TransactionOptions;
  readonly #listener: TransactionsListener;
  /** In flight, oldest first; at most two. */
  #current: TransactionResult | null = null;
  #following: TransactionResult | null = null;
  #spare: TransactionResult[] = [];
  #isOffering = false;
  #isResetting = false;
  /** Given while it cannot be written: goes out with or behind the content, or when RSET is answered. */
  #offered: Transaction | null = null;
  /** The content now being written, where in its tail, and when its 354 came. */
  #sending: TransactionResult | null = null;
  #tailSent = 0;
  #sendFromUs = 0;
  /** The write buffer, while it is being sent. */
  #lent: Buffer | null = null;

  constructor(
    wire: Wire,
    writeBuffer: WriteBuffer,
    options: TransactionOptions,
    listener: TransactionsListener,
  ) {
    this.#wire = wire;
    this.#writeBuffer = writeBuffer;
    this.#options = options;
    this.#listener = listener;
  }

  /** How many more can be given to `send`. */
  get room(): number {
    if (this.#offered !== null || this.#following !== null) return 0;
    if (this.#current === null) return 1;
    return this.#options.pipelining === 'coalesced' && this.#current.isDataAccepted ? 1 : 0;
  }

  send(transaction: Transaction): void {
    if (this.#isOffering || this.#sending !== null || this.#isResetting) this.#offered = transaction;
    else this.#begin(transaction, this.#wire.write(this.#opening(transaction)));
  }

  onReply(command: CommandId, result: TransactionResult | null, reply: ReplyView, klass: ReplyClass): void {
    if (command === Command.RSET) return this.#onReset(reply);
    const current = result as TransactionResult;
    current.repliesLeft--;
    if (command === Command.MAIL) this.#onMail(current, reply, klass);
    else if (command === Command.RCPT) this.#onRcpt(current, reply, klass);
    else if (command === Command.DATA) this.#onData(current, reply, klass);
    else this.#onContent(current, reply, klass);
  }

  /** The rest of a content can go out, or all of it is out. */
  onFlushed(): void {
    if (this.#lent !== null) this.#writeBuffer.giveBack(this.#lent);
    this.#lent = null;
    if (this.#sending !== null) this.#writeTail(this.#sending);
  }

  /** A 421 to one of its commands: it ends, like the session. But recipients whom LMTP accepted stay accepted. */
  refuseWithSession(
    result: TransactionResult,
    command: CommandId,
    reply: ReplyView,
    klass: ReplyClass,
  ): void {
    if (result.isDecided) return;
    if (result.isAcceptedInPart) result.noteRefusal(reply, klass);
    else this.#decide(result, command, reply, klass, 'session');
  }

  /** The session is over, and with it every transaction in flight, oldest first. */
  endAll(end: SessionEnd, fault: SessionFault | null, nowUs: number): void {
    const results = [this.#current, this.#following];
    const offered = this.#offered;
    if (offered !== null) results.push(new TransactionResult().begin(offered));
    this.#current = this.#following = this.#sending = this.#offered = null;
    for (const result of results) {
      if (result === null) continue;
      const next = this.#wire.pending.firstOf(result);
      const at = next === null || end.cause === 'abandoned' ? end : { ...end, phase: COMMAND_NAMES[next] };
      this.#stampStart(result);
      if (!result.isDecided) result.cutOff(at, fault, nowUs);
      this.#listener.onDone(result);
    }
  }

  #onReset(reply: ReplyView): void {
    this.#isResetting = false;
    if (reply.code !== 250) this.#listener.onUnexpected(reply);
    else if (!this.#sendOffered()) this.#listener.onReady();
  }

  /** A reply that fits no command here: the transaction fails where it stands, and with it the session. */
  #fail(result: TransactionResult, command: CommandId, reply: ReplyView): void {
    const message = `${reply.code} ${reply.text()}`;
    const phase = COMMAND_NAMES[command];
    const end = { outcome: 'failed', phase, cause: 'unexpected-reply', systemCode: '', message } as const;
    if (!result.isDecided) result.cutOff(end, null, this.#wire.nowUs);
    this.#listener.onUnexpected(reply);
  }

  /** What came before on this session ended only then: the clock of this transaction starts there. */
  #stampStart(result: TransactionResult): void {
    if (result.startedAtUs > 0 || result.mailAtUs === 0) return;
    result.startedAtUs = Math.max(result.mailAtUs, this.#wire.lastReplyAtUs);
  }

  /** Marks a transaction as refused by this reply. It is reported when its group has been answered. */
  #decide(
    result: TransactionResult,
    command: CommandId,
    reply: ReplyView,
    klass: ReplyClass,
    scope: Scope,
  ): void {
    this.#stampStart(result);
    result.refuse({ command, reply, class: klass, scope, atUs: this.#wire.nowUs });
  }

  /** What is written to begin: the whole group, or MAIL alone. */
  #opening(transaction: Transaction): string {
    const size = this.#options.sendsSize ? ` SIZE=${transaction.sizeBytes}` : '';
    const mail = `MAIL FROM:<${transaction.from}>${size}\r\n`;
    if (this.#options.pipelining === 'off') return mail;
    let group = mail;
    for (const recipient of transaction.to) group += rcpt(recipient);
    return group + DATA;
  }

  #begin(transaction: Transaction, writtenAtUs: number): void {
    const result = (this.#spare.pop() ?? new TransactionResult()).begin(transaction);
    if (this.#current === null) this.#current = result;
    else this.#following = result;
    result.mailAtUs = writtenAtUs;
    result.repliesLeft = 1;
    this.#wire.expect(Command.MAIL, writtenAtUs, result);
    if (this.#options.pipelining === 'off') return;
    for (let i = 0; i < transaction.to.length; i++) this.#wire.expect(Command.RCPT, writtenAtUs, result);
    this.#wire.expect(Command.DATA, writtenAtUs, result);
    result.repliesLeft += transaction.to.length + 1;
  }

  #ask(result: TransactionResult, command: CommandId, text: string): void {
    result.repliesLeft++;
    this.#wire.expect(command, this.#wire.write(text), result);
  }

  #onMail(result: TransactionResult, reply: ReplyView, klass: ReplyClass): void {
    this.#stampStart(result);
    if (isRefusal(reply)) {
      this.#decide(result, Command.MAIL, reply, klass, 'message');
      result.isMailRefused = true;
      return this.#finishIfAnswered(result);
    }
    if (reply.code >= 300) return this.#fail(result, Command.MAIL, reply);
    if (this.#options.pipelining === 'off') this.#askRcpt(result);
  }

  #askRcpt(result: TransactionResult): void {
    this.#ask(
      result,
      Command.RCPT,
      rcpt((result.transaction as Transaction).to[result.recipientsAnswered] as string),
    );
  }

  #onRcpt(result: TransactionResult, reply: ReplyView, klass: ReplyClass): void {
    const { to } = result.transaction as Transaction;
    const recipient = to[result.recipientsAnswered++] as string;
    if (isRefusal(reply)) result.refuseRecipient(recipient, reply, klass);
    else if (reply.code < 300) result.acceptedRecipients++;
    else return this.#fail(result, Command.RCPT, reply);
    if (result.recipientsAnswered === to.length && result.acceptedRecipients === 0 && !result.isDecided) {
      result.refuseForAll(Command.RCPT, this.#wire.nowUs);
    }
    if (this.#options.pipelining !== 'off') return;
    if (result.recipientsAnswered < to.length) this.#askRcpt(result);
    else if (result.acceptedRecipients > 0) this.#ask(result, Command.DATA, DATA);
    else this.#finishIfAnswered(result);
  }

  #onData(result: TransactionResult, reply: ReplyView, klass: ReplyClass): void {
    if (reply.code === 354) return this.#onGoAhead(result, reply);
    if (!isRefusal(reply)) return this.#fail(result, Command.DATA, reply);
    if (!result.isDecided) this.#decide(result, Command.DATA, reply, klass, 'message');
    this.#finishIfAnswered(result);
  }

  #onGoAhead(result: TransactionResult, reply: ReplyView): void {
    result.isDataAccepted = true;
    if (!result.isDecided) this.#sendContent(result);
    // RFC 2033 §4.2: DATA must fail when nobody was accepted, and a dot would bring no reply at all.
    else if (this.#options.isLmtp) this.#listener.onUnexpected(reply);
    else this.#ask(result, Command.CONTENT, NOBODY);
  }

  #sendContent(result: TransactionResult): void {
    const { content } = result.transaction as Transaction;
    result.finalReplies = this.#options.isLmtp ? result.acceptedRecipients : 1;
    result.finalRepliesLeft = result.finalReplies;
    this.#sendFromUs = this.#wire.nowUs;
    this.#sending = result;
    this.#tailSent = 0;
    if (this.#options.pipelining === 'coalesced') {
      this.#isOffering = true;
      this.#listener.onOffer();
      this.#isOffering = false;
      if (this.#wire.isBroken) return;
    }
    const next = this.#offered;
    if (next !== null && content.lengthBytes + envelopeBound(next) <= WRITE_BUFFER_BYTES)
      this.#writeWithNext(result, next);
    else this.#writeHead(result);
  }

  /** Content and the next group in one write. */
  #writeWithNext(result: TransactionResult, next: Transaction): void {
    const { content } = result.transaction as Transaction;
    const bytes = this.#writeBuffer.bytes;
    content.writeHead(bytes, 0, result.mailAtUs);
    content.tail.copy(bytes, content.headBytes);
    const end = content.lengthBytes + bytes.write(this.#opening(next), content.lengthBytes, 'latin1');
    const isFlushed = this.#wire.writeContent(bytes.subarray(0, end));
    if (!isFlushed) this.#lent = this.#writeBuffer.lend();
    // Where not all is out, what is left may be the group alone: who cannot exclude that the message is out is in doubt.
    result.isContentWritten = true;
    this.#offered = null;
    this.#tailSent = content.tail.length;
    this.#expectContent(result);
    this.#begin(next, this.#wire.nowUs);
    if (isFlushed) this.#contentOut(result, this.#wire.clockUs());
  }

  /** The head, with as much of the tail as one write buffer holds. */
  #writeHead(result: TransactionResult): void {
    const { content } = result.transaction as Transaction;
    const bytes = this.#headBuffer(content.headBytes);
    content.writeHead(bytes, 0, result.mailAtUs);
    const part = Math.min(content.tail.length, bytes.length - content.headBytes);
    content.tail.copy(bytes, content.headBytes, 0, part);
    this.#tailSent = part;
    this.#expectContent(result);
    const isFlushed = this.#wire.writeContent(bytes.subarray(0, content.headBytes + part));
    if (!isFlushed && bytes === this.#writeBuffer.bytes) this.#lent = this.#writeBuffer.lend();
    if (isFlushed) this.#writeTail(result);
  }

  #headBuffer(headBytes: number): Buffer {
    return headBytes <= WRITE_BUFFER_BYTES ? this.#writeBuffer.bytes : Buffer.allocUnsafe(headBytes);
  }

  /** The rest of a long content, block by block, each as soon as the one before is out. */
  #writeTail(result: TransactionResult): void {
    const { tail } = (result.transaction as Transaction).content;
    while (this.#tailSent < tail.length) {
      const block = tail.subarray(this.#tailSent, this.#tailSent + WRITE_BUFFER_BYTES);
      this.#tailSent += block.length;
      if (!this.#wire.writeContent(block)) return;
    }
    this.#contentOut(result, this.#wire.clockUs());
  }

  #expectContent(result: TransactionResult): void {
    for (let i = 0; i < result.finalReplies; i++)
      this.#wire.expect(Command.CONTENT, this.#wire.nowUs, result);
    result.repliesLeft += result.finalReplies;
  }

  /** The last byte of a content was taken by the kernel. */
  #contentOut(result: TransactionResult, atUs: number): void {
    this.#sending = null;
    result.isContentWritten = true;
    this.#wire.pending.contentFlushed(result, atUs);
    if (this.#following !== null && this.#following.mailAtUs < atUs) this.#following.mailAtUs = atUs;
    this.#listener.onContentSent(this.#sendFromUs, atUs);
    this.#sendOffered();
  }

  #sendOffered(): boolean {
    const next = this.#offered;
    this.#offered = null;
    if (next !== null) this.send(next);
    return next !== null;
  }

  #onContent(result: TransactionResult, reply: ReplyView, klass: ReplyClass): void {
    if (this.#sending === result) {
      if (this.#hasMoreTail(result)) return this.#onEarlyReply(result, reply, klass);
      // All was handed over, and the reply overtook the news that the kernel took it.
      this.#contentOut(result, this.#wire.nowUs);
    }
    if (result.isDecided) return this.#finishIfAnswered(result);
    if (reply.code >= 300 && reply.code < 400) return this.#fail(result, Command.CONTENT, reply);
    if (this.#options.isLmtp) return this.#onLmtpContent(result, reply, klass);
    if (isRefusal(reply)) this.#decide(result, Command.CONTENT, reply, klass, 'message');
    else {
      result.noteAcceptance(reply);
      result.accept(this.#wire.nowUs);
    }
    this.#finishIfAnswered(result);
  }

  #hasMoreTail(result: TransactionResult): boolean {
    return this.#tailSent < (result.transaction as Transaction).content.tail.length;
  }

  /** Refused in mid-content: that decides the message, but the rest of it can no longer be told from commands. */
  #onEarlyReply(result: TransactionResult, reply: ReplyView, klass: ReplyClass): void {
    if (!isRefusal(reply)) return this.#fail(result, Command.CONTENT, reply);
    this.#decide(result, Command.CONTENT, reply, klass, 'session');
    this.#listener.onUnexpected(reply);
  }

  /** One reply for each recipient that RCPT accepted, in order (RFC 2033 §4.2). */
  #onLmtpContent(result: TransactionResult, reply: ReplyView, klass: ReplyClass): void {
    if (isRefusal(reply)) result.noteRefusal(reply, klass);
    else result.noteAcceptance(reply);
    if (result.finalRepliesLeft > 0) return;
    if (result.acceptedRecipients > 0) result.accept(this.#wire.nowUs);
    else result.refuseForAll(Command.CONTENT, this.#wire.nowUs);
    this.#finishIfAnswered(result);
  }

  /** Reports a decided transaction once no reply of its group is owed, and makes the session ready again. */
  #finishIfAnswered(result: TransactionResult): void {
    if (result.repliesLeft > 0) return;
    // RFC 5321 §4.1.4: after MAIL, only the end of a content or RSET ends a transaction.
    const isOpenAtServer = !result.isMailRefused && !result.isDataAccepted;
    this.#current = this.#following;
    this.#following = null;
    this.#isResetting = isOpenAtServer;
    if (isOpenAtServer) this.#wire.command(Command.RSET, 'RSET\r\n');
    this.#listener.onDone(result);
    this.#spare.push(result);
    if (!this.#isResetting && this.#current === null && !this.#wire.isBroken) this.#listener.onReady();
  }
}

function rcpt(recipient: string): string {
  return `RCPT TO:<${recipient}>\r\n`;
}

/** At least the bytes of a transaction's group. */
function envelopeBound(transaction: Transaction): number {
  let bytes = 64 + transaction.from.length;
  for (const recipient of transaction.to) bytes += recipient.length + 16;
  return bytes;
}

function isRefusal(reply: ReplyView): boolean {
  return permanenceOf(reply.code) !== 'none';
}
