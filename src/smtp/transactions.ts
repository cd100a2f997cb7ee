/**
 * Transactions: the mail transactions of one open session, lockstep or pipelined.
 *
 *   command   good reply                                  bad reply (4yz, 5yz)
 *   MAIL      2yz → RCPT                                  rejected, scope message; 503 behind an open one: failed, `sequence`
 *   RCPT      2yz → next RCPT, DATA or BDAT               refused for this recipient; all refused → rejected, RSET
 *   DATA      354 → content                               rejected; the transaction stays open → RSET
 *   BDAT      2yz → next chunk                            rejected; no chunk follows → RSET
 *   CONTENT   2yz → accepted (see final-replies.ts)       rejected
 *   RSET      250 → ready
 *   NOOP, VRFY, EXPN (steps)   any → next step or MAIL
 *   Any other reply (3yz to MAIL, 250 to DATA, 250 to the content of a transaction that was refused) breaks the session.
 *
 * `auto` writes MAIL, RCPT… and DATA as one group (RFC 2920 §3.1); a 354 to it although nobody was accepted is answered
 * by a lone dot. `coalesced` offers, at the 354, to put the next transaction's group behind this content, in one write.
 * With chunking the content is in the group itself (RFC 3030 §4.2), and up to `window` transactions are in flight; what is
 * offered in one turn goes out in as few writes as possible. Nothing goes out in mid-content.
 * Cost per message: the strings of its commands, nothing else. RFC 5321 §3.3, §4.1.1, RFC 2033 §4.2.
 */
import type { Abandon, Step } from '../scenario/scenario.js';
import { Abandonment } from './abandonment.js';
import { COMMAND_NAMES, Command, type CommandId } from './command.js';
import { ContentStream } from './content-stream.js';
import { type FinalReplies, isRefusal, takeFinalReply } from './final-replies.js';
import { Flight } from './flight.js';
import type { MailCommands } from './mail-commands.js';
import { Opening } from './opening.js';
import { Outbox } from './outbox.js';
import {
  type Scope,
  type SessionEnd,
  type SessionFault,
  type Transaction,
  TransactionResult,
} from './outcome.js';
import type { ReplyClass } from './reply-class.js';
import type { ReplyView } from './reply-parser.js';
import { Ring } from './ring.js';
import { UnsentMessages } from './unsent-messages.js';
import type { Wire, WireContext } from './wire.js';
import { WRITE_BUFFER_BYTES } from './write-buffer.js';
import { utf8Bytes } from './xtext.js';

export interface TransactionsListener {
  onOffer(): void;
  onReady(): void;
  onContentSent(fromUs: number, atUs: number): void;
  onDone(result: TransactionResult): void;
  /** A reply that has no place here, such as 250 to DATA: the session is broken. */
  onUnexpected(reply: ReplyView): void;
  /** The moment that `abandon` names has come: the session ends everything in flight and goes, now. */
  onAbandon(canQuit: boolean): void;
}

export interface TransactionOptions {
  readonly commands: MailCommands;
  readonly finalReplies: FinalReplies;
  /** `off` where the server does not offer PIPELINING. */
  readonly pipelining: 'off' | 'auto' | 'coalesced';
  /** null: DATA. */
  readonly chunkBytes: number | null;
  readonly window: number;
  readonly rset: boolean;
  readonly steps: readonly Step[];
  readonly bodyBytesPerSec: number | null;
  /** Where this session is to end, if that is in a transaction. */
  readonly abandon: Abandon | null;
}

const DATA = 'DATA\r\n';
const RSET = 'RSET\r\n';
const NOBODY = '.\r\n';

export class Transactions {
  readonly #wire: Wire;
  readonly #options: TransactionOptions;
  readonly #listener: TransactionsListener;
  readonly #abandonment: Abandonment;
  readonly #isPipelined: boolean;
  readonly #opening: Opening;
  readonly #isCoalesced: boolean;
  /** Transactions in flight at most, but for the one that `coalesced` adds. */
  readonly #window: number;
  readonly #outbox: Outbox;
  readonly #stream: ContentStream;
  readonly #unsent: UnsentMessages;
  readonly #flight: Flight;
  /** Given while they cannot be written. */
  readonly #queue = new Ring<Transaction>();
  readonly #spare: TransactionResult[] = [];
  #isOffering = false;
  /** A transaction may be open at the server though none is here: RSET, unless the next MAIL shows that it is not. */
  #needsReset = false;
  /** RSET was said and nothing else until it is answered. */
  #isResetting = false;
  /** A transaction of the window is over: others can be offered, once all that came in with it is handled. */
  #hasNewRoom = false;

  constructor(wire: Wire, context: WireContext, options: TransactionOptions, listener: TransactionsListener) {
    const { pipelining, chunkBytes, steps, commands } = options;
    const isChunked = chunkBytes !== null;
    const isAlone = steps.length > 0 || options.abandon !== null;
    this.#wire = wire;
    this.#options = options;
    this.#listener = listener;
    this.#abandonment = new Abandonment(options.abandon, isChunked);
    this.#isPipelined = pipelining !== 'off';
    const { phase: abandonPhase, share } = this.#abandonment;
    const isPipelined = this.#isPipelined;
    this.#opening = new Opening({ commands, isPipelined, isChunked, abandonPhase });
    this.#isCoalesced = pipelining === 'coalesced' && !isChunked && !isAlone;
    this.#window = isPipelined && isChunked && !isAlone ? options.window : 1;
    this.#flight = new Flight((fromUs, atUs) => listener.onContentSent(fromUs, atUs));
    this.#outbox = new Outbox(wire, context.writeBuffer, this.#flight);
    const how = { chunkBytes, isPipelined, bytesPerSec: options.bodyBytesPerSec, share };
    this.#stream = new ContentStream(wire, context.deadlines, this.#outbox, how, {
      onEnd: (result, isWhole) => this.#onContentEnd(result, isWhole),
      onPiece: () => this.#pump(),
      onShareOut: () => listener.onAbandon(false),
    });
    this.#unsent = new UnsentMessages(context.deadlines, () => this.#reportUnsent());
  }

  /** Nothing is in flight, nor waits. */
  get isIdle(): boolean {
    return this.#flight.length + this.#queue.length + this.#unsent.length === 0;
  }

  /** How many more can be given to `send`. */
  get room(): number {
    return this.#limit() - this.#flight.length - this.#queue.length - this.#unsent.length;
  }

  send(transaction: Transaction): void {
    const obstacle = this.#options.commands.obstacle(transaction);
    if (obstacle === null) this.#queue.push(transaction);
    else this.#addUnsent(this.#newResult(transaction).obstruct(obstacle, this.#wire.clockUs()));
    if (this.#isOffering) return;
    if (this.#window > 1) this.#offer();
    this.#pump();
  }

  onReply(command: CommandId, result: TransactionResult | null, reply: ReplyView, klass: ReplyClass): void {
    if (command === Command.RSET) return this.#onReset(reply);
    const current = result as TransactionResult;
    current.repliesLeft--;
    if (command === Command.MAIL) this.#onMail(current, reply, klass);
    else if (command === Command.RCPT) this.#onRcpt(current, reply, klass);
    else if (command === Command.DATA) this.#onData(current, reply, klass);
    else if (command === Command.BDAT) this.#onChunk(current, reply, klass);
    else if (command === Command.CONTENT) this.#onContent(current, reply, klass);
    else this.#onStep(current);
  }

  /** All that came in one go has been handled: now is the time to fill the window again, in one write. */
  onCaughtUp(): void {
    if (!this.#hasNewRoom || this.#wire.isBroken) return;
    this.#hasNewRoom = false;
    if (this.#flight.length === 0 && !this.#isResetting) this.#sayReady();
    this.#offer();
    this.#pump();
  }

  /** All that was written is out. */
  onFlushed(): void {
    this.#outbox.onFlushed();
    this.#stream.resume();
    // What the stream left has to go before others, who write too, are asked for more: the buffer is theirs as well.
    this.#pump();
    this.#offer();
    this.#pump();
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
    this.#stream.cancel();
    while (this.#queue.length > 0) this.#flight.push(this.#newResult(this.#queue.shift()));
    for (const result of this.#unsent.take()) this.#flight.push(result);
    while (this.#flight.length > 0) {
      const result = this.#flight.shift();
      const next = this.#wire.pending.firstOf(result);
      const at = next === null || end.cause === 'abandoned' ? end : { ...end, phase: COMMAND_NAMES[next] };
      this.#stampStart(result);
      if (!result.isDecided) result.cutOff(at, fault, Math.max(nowUs, result.startedAtUs));
      this.#listener.onDone(result);
    }
  }

  #limit(): number {
    const isFollowedUp = this.#isCoalesced && this.#flight.length === 1 && this.#flight.oldest.isDataAccepted;
    return isFollowedUp ? 2 : this.#window;
  }

  #newResult(transaction: Transaction): TransactionResult {
    return (this.#spare.pop() ?? new TransactionResult()).begin(transaction);
  }

  #addUnsent(result: TransactionResult): void {
    this.#unsent.add(result, this.#wire.clockUs());
  }

  #reportUnsent(): void {
    for (const result of this.#unsent.take()) {
      this.#listener.onDone(result);
      this.#spare.push(result);
    }
    this.#goOn();
    this.onCaughtUp();
  }

  /** Others may be put behind what is in flight, in the same write. */
  #offer(): void {
    const isInUse = this.#flight.length + this.#queue.length > 0;
    if (this.#window === 1 || !isInUse || this.room <= 0 || !this.#canWrite()) return;
    this.#isOffering = true;
    this.#listener.onOffer();
    this.#isOffering = false;
  }

  #sayReady(): void {
    if (!this.isIdle) return;
    this.#isOffering = true;
    this.#listener.onReady();
    this.#isOffering = false;
  }

  #canWrite(): boolean {
    return (
      !this.#isResetting &&
      !this.#needsReset &&
      !this.#stream.isActive &&
      !this.#outbox.isBlocked &&
      !this.#wire.isBroken
    );
  }

  /** Begins what is queued, as far as it may go out now, and writes. */
  #pump(): void {
    while (this.#queue.length > 0 && this.#canWrite() && this.#flight.length < this.#limit()) {
      this.#begin(this.#queue.shift());
    }
    if (!this.#wire.isBroken) this.#outbox.write();
  }

  #begin(transaction: Transaction): void {
    const result = this.#newResult(transaction);
    this.#flight.push(result);
    if (this.#options.steps.length > 0) this.#askStep(result);
    else this.#open(result);
  }

  #askStep(result: TransactionResult): void {
    const { verb, argument } = this.#options.steps[result.stepsAnswered] as Step;
    this.#ask(result, Command[verb], `${verb}${argument === '' ? '' : ` ${utf8Bytes(argument)}`}\r\n`);
  }

  /** What a step is answered decides nothing. */
  #onStep(result: TransactionResult): void {
    if (++result.stepsAnswered < this.#options.steps.length) return this.#askStep(result);
    this.#open(result);
    this.#pump();
  }

  /** Writes what begins a transaction, or puts it behind what is in the outbox. */
  #open(result: TransactionResult): void {
    const isReset = this.#options.rset && this.#flight.length > 1;
    const text = this.#opening.text(result.transaction as Transaction, isReset);
    if (text.length > this.#outbox.roomBytes) this.#outbox.write();
    if (this.#goesAlone(text)) {
      result.mailAtUs = this.#wire.write(text);
      this.#opening.await(this.#wire, result, result.mailAtUs, isReset);
    } else {
      this.#outbox.text(text);
      this.#flight.mailLeaves(result);
      this.#opening.await(this.#wire, result, this.#wire.nowUs, isReset);
    }
    if (this.#opensWithContent) this.#startContent(result, this.#wire.clockUs());
    else this.#abandonOnceSent(this.#opening.lastCommand);
  }

  #goesAlone(text: string): boolean {
    if (text.length > WRITE_BUFFER_BYTES || this.#outbox.isBlocked) return true;
    return this.#outbox.isEmpty && !this.#opensWithContent;
  }

  get #opensWithContent(): boolean {
    return this.#opening.lastCommand === Command.BDAT;
  }

  #ask(result: TransactionResult, command: CommandId, text: string): void {
    result.repliesLeft++;
    this.#wire.expect(command, this.#wire.write(text), result);
    this.#abandonOnceSent(command);
  }

  #onMail(result: TransactionResult, reply: ReplyView, klass: ReplyClass): void {
    this.#stampStart(result);
    if (reply.code === 503 && this.#needsReset) {
      result.failInSequence(reply, this.#wire.nowUs);
      result.isOpenAtServer = true;
    } else if (isRefusal(reply)) this.#decide(result, Command.MAIL, reply, klass, 'message');
    else if (reply.code >= 300) return this.#fail(result, Command.MAIL, reply);
    else this.#noteOpen(result);
    if (this.#abandonment.isAfterReply(Command.MAIL))
      return this.#listener.onAbandon(result.repliesLeft === 0);
    if (result.isDecided) this.#stopRefused(result);
    else if (!this.#isPipelined) this.#askRcpt(result);
  }

  /** The server began a transaction, so none was open before. */
  #noteOpen(result: TransactionResult): void {
    result.isOpenAtServer = true;
    this.#hasNewRoom ||= this.#needsReset;
    this.#needsReset = false;
  }

  #askRcpt(result: TransactionResult): void {
    const text = this.#options.commands.rcpt(result.transaction as Transaction, result.recipientsAnswered);
    this.#ask(result, Command.RCPT, text);
  }

  #onRcpt(result: TransactionResult, reply: ReplyView, klass: ReplyClass): void {
    const { to } = result.transaction as Transaction;
    const recipient = to[result.recipientsAnswered++] as string;
    if (isRefusal(reply)) result.refuseRecipient(recipient, reply, klass);
    else if (reply.code < 300) result.acceptedRecipients++;
    else return this.#fail(result, Command.RCPT, reply);
    const isLast = result.recipientsAnswered === to.length;
    if (isLast && result.acceptedRecipients === 0 && !result.isDecided) {
      result.refuseForAll(Command.RCPT, this.#wire.nowUs);
    }
    if (this.#abandonment.isAfterReply(Command.RCPT))
      return this.#listener.onAbandon(result.repliesLeft === 0);
    if (this.#isPipelined) this.#stopRefused(result);
    else if (!isLast) this.#askRcpt(result);
    else if (result.isDecided) this.#finishIfAnswered(result);
    else if (this.#options.chunkBytes === null) this.#ask(result, Command.DATA, DATA);
    else this.#startOwnContent(result);
  }

  #onData(result: TransactionResult, reply: ReplyView, klass: ReplyClass): void {
    if (this.#abandonment.isAfterReply(Command.DATA)) return this.#onLastData(result, reply, klass);
    if (reply.code === 354) return this.#onGoAhead(result, reply);
    if (!isRefusal(reply)) return this.#fail(result, Command.DATA, reply);
    if (!result.isDecided) this.#decide(result, Command.DATA, reply, klass, 'message');
    this.#finishIfAnswered(result);
  }

  #onLastData(result: TransactionResult, reply: ReplyView, klass: ReplyClass): void {
    if (isRefusal(reply) && !result.isDecided) this.#decide(result, Command.DATA, reply, klass, 'message');
    // After a 354, QUIT would be content.
    this.#listener.onAbandon(isRefusal(reply));
  }

  #onGoAhead(result: TransactionResult, reply: ReplyView): void {
    result.isDataAccepted = true;
    result.isOpenAtServer = false;
    if (!result.isDecided) return this.#startOwnContent(result);
    // RFC 2033 §4.2: DATA must fail when nobody was accepted, and a dot would bring no reply at all.
    if (this.#options.finalReplies === 'lmtp') this.#listener.onUnexpected(reply);
    else this.#ask(result, Command.CONTENT, NOBODY);
  }

  /** The server waits for this content and nothing else; with `coalesced` the next group can go out with it. */
  #startOwnContent(result: TransactionResult): void {
    if (this.#isCoalesced && this.room > 0) {
      this.#isOffering = true;
      this.#listener.onOffer();
      this.#isOffering = false;
      if (this.#wire.isBroken) return;
    }
    this.#startContent(result, this.#wire.nowUs);
    this.#pump();
  }

  #startContent(result: TransactionResult, fromUs: number): void {
    const { content, firstMailAtUs } = result.transaction as Transaction;
    const mailAtUs = result.mailAtUs > 0 ? result.mailAtUs : fromUs;
    result.contentFromUs = fromUs;
    this.#stream.start(result, content, firstMailAtUs > 0 ? firstMailAtUs : mailAtUs);
  }

  #onContentEnd(result: TransactionResult, isWhole: boolean): void {
    if (isWhole) {
      this.#flight.contentLeaves(result);
      if (this.#outbox.isEmpty && !this.#outbox.isBlocked)
        this.#flight.contentOut(result, this.#wire.clockUs());
    }
    this.#finishIfAnswered(result);
  }

  #onChunk(result: TransactionResult, reply: ReplyView, klass: ReplyClass): void {
    const isEarly = this.#isUnderWay(result);
    if (reply.code < 400 && (isEarly || reply.code >= 300)) return this.#fail(result, Command.BDAT, reply);
    if (isRefusal(reply) && !result.isDecided) this.#decide(result, Command.BDAT, reply, klass, 'message');
    this.#stopRefused(result);
    if (this.#stream.isSending(result)) this.#stream.onChunkReply();
    this.#pump();
  }

  /** RFC 3030 §2: no chunk follows a refusal; the one announced has to be finished. */
  #stopRefused(result: TransactionResult): void {
    if (!result.isDecided) return;
    if (this.#stream.isSending(result)) this.#stream.stop();
    this.#finishIfAnswered(result);
  }

  /** The reply just taken is to bytes that are not all handed over. */
  #isUnderWay(result: TransactionResult): boolean {
    return this.#stream.isSending(result) && this.#stream.isMidChunk && result.repliesLeft === 0;
  }

  #onContent(result: TransactionResult, reply: ReplyView, klass: ReplyClass): void {
    if (this.#stream.isSending(result)) return this.#onEarlyReply(result, reply, klass);
    if (result.isContentLeaving) this.#onOvertaken(result);
    if (result.isDecided) return this.#onContentOfRefused(result, reply);
    const taken = takeFinalReply(result, reply, klass, this.#options.finalReplies, this.#wire.nowUs);
    if (taken === 'unexpected') return this.#fail(result, Command.CONTENT, reply);
    if (taken === 'again') {
      result.repliesLeft++;
      return this.#wire.expectAgain(Command.CONTENT, result);
    }
    result.isOpenAtServer = false;
    this.#finishIfAnswered(result);
  }

  /** All was handed over, and the reply overtook the news that the kernel took it. */
  #onOvertaken(result: TransactionResult): void {
    if (this.#flight.isLastContent(result)) this.#outbox.unblock();
    this.#flight.contentOut(result, this.#wire.nowUs);
  }

  /** Refused in mid-content: that decides the message. The rest of a chunk is counted, that of DATA would be commands. */
  #onEarlyReply(result: TransactionResult, reply: ReplyView, klass: ReplyClass): void {
    if (!isRefusal(reply)) return this.#fail(result, Command.CONTENT, reply);
    const { chunkBytes, finalReplies } = this.#options;
    const goesOn = chunkBytes !== null && finalReplies === 'one';
    if (!result.isDecided) {
      this.#decide(result, Command.CONTENT, reply, klass, goesOn ? 'message' : 'session');
      result.isOpenAtServer = false;
    }
    if (!goesOn) this.#listener.onUnexpected(reply);
  }

  /** What was refused before must be refused here too; but a lone dot may be answered anything. */
  #onContentOfRefused(result: TransactionResult, reply: ReplyView): void {
    const isGood = reply.code < 400 && this.#options.chunkBytes !== null;
    if (isGood && result.cause !== 'sequence') return this.#fail(result, Command.CONTENT, reply);
    if (isGood) {
      // It went to the recipients under the reverse-path of the one before.
      result.isInDoubt = true;
      result.isOpenAtServer = this.#needsReset = false;
    }
    this.#finishIfAnswered(result);
  }

  /** Reports a decided transaction once no reply of its group is owed, and makes the session ready again. */
  #finishIfAnswered(result: TransactionResult): void {
    if (result.repliesLeft > 0 || this.#stream.isSending(result)) return;
    this.#outbox.write();
    this.#flight.shift();
    const isLast = this.#abandonment.isAfterReply(Command.CONTENT) && result.isContentWritten;
    // RFC 5321 §4.1.4: after MAIL, only the end of a content or RSET ends a transaction.
    this.#needsReset ||= result.isOpenAtServer || (this.#options.rset && this.#flight.length === 0);
    if (this.#needsReset && this.#flight.length === 0 && !isLast) this.#sayReset();
    this.#listener.onDone(result);
    this.#spare.push(result);
    if (this.#wire.isBroken) return;
    if (isLast) this.#listener.onAbandon(true);
    else this.#goOn();
  }

  #sayReset(): void {
    this.#isResetting = true;
    this.#needsReset = false;
    this.#wire.command(Command.RSET, RSET);
  }

  #onReset(reply: ReplyView): void {
    if (reply.code !== 250) return this.#listener.onUnexpected(reply);
    if (!this.#isResetting) return;
    this.#isResetting = false;
    this.#goOn();
  }

  #goOn(): void {
    this.#hasNewRoom = this.#window > 1;
    if (this.#window > 1 || this.#isResetting) return;
    this.#pump();
    this.#sayReady();
    this.#pump();
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

  #abandonOnceSent(command: CommandId): void {
    if (this.#abandonment.isOnceSent(command)) this.#listener.onAbandon(false);
  }
}
