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
import type { Step } from '../scenario/client-options.js';
import { Abandonment } from './abandonment.js';
import { COMMAND_NAMES, Command, type CommandId } from './command.js';
import { ContentStream } from './content-stream.js';
import type { SessionEnd, SessionFault } from './failure.js';
import { Flight } from './flight.js';
import { Opening, stepLine } from './opening.js';
import { Outbox } from './outbox.js';
import { type Transaction, TransactionResult } from './outcome.js';
import type { ReplyClass } from './reply-class.js';
import type { ReplyView } from './reply-parser.js';
import { Ring } from './ring.js';
import type { TransactionOptions } from './transaction-options.js';
import { type Next, type SessionRefusal, TransactionReplies } from './transaction-replies.js';
import { UnsentMessages } from './unsent-messages.js';
import type { Wire, WireContext } from './wire.js';
import { WRITE_BUFFER_BYTES } from './write-buffer.js';

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

const DATA = 'DATA\r\n';
const RSET = 'RSET\r\n';
const NOBODY = '.\r\n';

export class Transactions {
  readonly #wire: Wire;
  readonly #options: TransactionOptions;
  readonly #listener: TransactionsListener;
  readonly #abandonment: Abandonment;
  readonly #opening: Opening;
  readonly #isCoalesced: boolean;
  /** Transactions in flight at most, but for the one that `coalesced` adds. */
  readonly #window: number;
  readonly #outbox: Outbox;
  readonly #stream: ContentStream;
  readonly #unsent: UnsentMessages;
  readonly #flight: Flight;
  readonly #replies: TransactionReplies;
  /** Given while they cannot be written. */
  readonly #queue = new Ring<Transaction>();
  readonly #spare: TransactionResult[] = [];
  #isOffering = false;
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
    const { phase: abandonPhase, share } = this.#abandonment;
    const isPipelined = pipelining !== 'off';
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
    this.#replies = new TransactionReplies({
      wire,
      stream: this.#stream,
      abandonment: this.#abandonment,
      options,
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
    if (command === Command.CONTENT && current.isContentLeaving) this.#noteOvertaken(current);
    const neededReset = this.#replies.needsReset;
    const next = this.#replies.take(command, current, reply, klass);
    this.#hasNewRoom ||= neededReset && !this.#replies.needsReset;
    this.#enter(next, current, reply);
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

  /** A 421 to one of its commands: it ends, like the session. */
  refuseWithSession(result: TransactionResult, refusal: SessionRefusal): void {
    this.#replies.refuseWithSession(result, refusal);
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
      this.#replies.stampStart(result);
      if (!result.isDecided) result.cutOff(at, fault, Math.max(nowUs, result.startedAtUs));
      this.#listener.onDone(result);
    }
  }

  /** Does what a reply leads to. */
  #enter(next: Next, result: TransactionResult, reply: ReplyView): void {
    switch (next) {
      case 'wait':
        return;
      case 'step':
        return this.#askStep(result);
      case 'mail':
        this.#open(result);
        return this.#pump();
      case 'rcpt':
        return this.#askRcpt(result);
      case 'data':
        return this.#ask(result, Command.DATA, DATA);
      case 'content':
        return this.#startOwnContent(result);
      case 'nobody':
        return this.#ask(result, Command.CONTENT, NOBODY);
      case 'chunk':
        return this.#goOnWithChunks(result);
      case 'again':
        result.repliesLeft++;
        return this.#wire.expectAgain(Command.CONTENT, result);
      case 'decided':
        return this.#endDecided(result);
      case 'unexpected':
        return this.#listener.onUnexpected(reply);
      case 'abandon':
      case 'abandon-or-quit':
        return this.#listener.onAbandon(next === 'abandon-or-quit');
      default:
        next satisfies never;
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
      !this.#replies.needsReset &&
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
    const step = this.#options.steps[result.stepsAnswered] as Step;
    this.#ask(result, Command[step.verb], stepLine(step));
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
    if (this.#opening.hasContent) this.#startContent(result, this.#wire.clockUs());
    else this.#abandonOnceSent(this.#opening.lastCommand);
  }

  #goesAlone(text: string): boolean {
    if (text.length > WRITE_BUFFER_BYTES || this.#outbox.isBlocked) return true;
    return this.#outbox.isEmpty && !this.#opening.hasContent;
  }

  #ask(result: TransactionResult, command: CommandId, text: string): void {
    result.repliesLeft++;
    this.#wire.expect(command, this.#wire.write(text), result);
    this.#abandonOnceSent(command);
  }

  #askRcpt(result: TransactionResult): void {
    const text = this.#options.commands.rcpt(result.transaction as Transaction, result.recipientsAnswered);
    this.#ask(result, Command.RCPT, text);
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
    result.contentFromUs = fromUs;
    result.stampedAtUs = firstMailAtUs || result.mailAtUs || fromUs;
    this.#stream.start(result, content, result.stampedAtUs);
  }

  #onContentEnd(result: TransactionResult, isWhole: boolean): void {
    if (isWhole) {
      this.#flight.contentLeaves(result);
      if (this.#outbox.isEmpty && !this.#outbox.isBlocked)
        this.#flight.contentOut(result, this.#wire.clockUs());
    }
    this.#finishIfAnswered(result);
  }

  /** RFC 3030 §2: no chunk follows a refusal; the one announced has to be finished. */
  #endDecided(result: TransactionResult): void {
    if (this.#stream.isSending(result)) this.#stream.stop();
    else this.#finishIfAnswered(result);
  }

  #goOnWithChunks(result: TransactionResult): void {
    const isSending = this.#stream.isSending(result);
    if (result.isDecided) this.#endDecided(result);
    if (isSending) this.#stream.onChunkReply();
    this.#pump();
  }

  /** All was handed over, and the reply overtook the news that the kernel took it. */
  #noteOvertaken(result: TransactionResult): void {
    if (this.#flight.isLastContent(result)) this.#outbox.unblock();
    this.#flight.contentOut(result, this.#wire.nowUs);
  }

  /** Reports a decided transaction once no reply of its group is owed, and makes the session ready again. */
  #finishIfAnswered(result: TransactionResult): void {
    if (result.repliesLeft > 0 || this.#stream.isSending(result)) return;
    this.#outbox.write();
    this.#flight.shift();
    const isLast = this.#abandonment.isAfterReply(Command.CONTENT) && result.isContentWritten;
    // RFC 5321 §4.1.4: after MAIL, only the end of a content or RSET ends a transaction.
    this.#replies.needsReset ||= result.isOpenAtServer || (this.#options.rset && this.#flight.length === 0);
    if (this.#replies.needsReset && this.#flight.length === 0 && !isLast) this.#sayReset();
    this.#listener.onDone(result);
    this.#spare.push(result);
    if (this.#wire.isBroken) return;
    if (isLast) this.#listener.onAbandon(true);
    else this.#goOn();
  }

  #sayReset(): void {
    this.#isResetting = true;
    this.#replies.needsReset = false;
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

  #abandonOnceSent(command: CommandId): void {
    if (this.#abandonment.isOnceSent(command)) this.#listener.onAbandon(false);
  }
}
