/**
 * The owner of a session in tests: sends its transactions when the session asks, keeps what it is told as plain data,
 * and holds the session to its contract: `onOpen` once, `ready` only when a transaction can be taken, every
 * transaction done exactly once, `onClosed` once and last.
 */
import assert from 'node:assert/strict';
import { COMMAND_NAMES, type CommandId } from '#src/smtp/command.js';
import type { RecipientRefusal, Transaction, TransactionResult } from '#src/smtp/outcome.js';
import type { ReplyView } from '#src/smtp/reply-parser.js';
import type { Session, SessionListener } from '#src/smtp/session.js';

/** A copy of a result, which is valid only during `onDone`. */
export interface Done {
  readonly transaction: Transaction;
  readonly outcome: string;
  readonly phase: string;
  readonly scope: string;
  readonly cause: string;
  readonly code: number;
  readonly enhanced: number;
  readonly class: string;
  readonly text: string;
  readonly systemCode: string;
  readonly accepted: number;
  readonly refused: number;
  readonly refusals: readonly RecipientRefusal[];
  readonly mailAtUs: number;
  readonly startedAtUs: number;
  readonly endedAtUs: number;
  readonly isInDoubt: boolean;
}

export interface Wait {
  readonly command: string;
  readonly fromUs: number;
  readonly atUs: number;
  readonly code: number;
}

export interface OwnerOptions {
  /** Sent when the session is ready or offers, in order. */
  readonly queue: Transaction[];
  /** Sends the next one when the session is ready. */
  readonly sends: boolean;
  /** Says QUIT when it is ready and there is nothing to send. */
  readonly quits: boolean;
  /** Takes what is offered. */
  readonly takesOffers: boolean;
}

export class RecordingOwner implements SessionListener {
  readonly done: Done[] = [];
  readonly waits: Wait[] = [];
  readonly contents: { fromUs: number; atUs: number }[] = [];
  readonly inFlight = new Set<Transaction>();
  opened = 0;
  closed = 0;
  offers = 0;
  readies = 0;
  /** An offer was not taken: a transaction may still be given while the other is in flight. */
  hasOffer = false;
  /** Called in each `onDone`, for owners who act there. */
  whenDone: (session: Session) => void = () => {};
  readonly #options: OwnerOptions;

  constructor(options: OwnerOptions) {
    this.#options = options;
  }

  /** Gives the session the next transaction of the queue. */
  sendNext(session: Session): void {
    const next = this.#options.queue.shift();
    if (next === undefined) return;
    this.hasOffer = false;
    this.inFlight.add(next);
    session.send(next);
  }

  onOpen(session: Session): void {
    this.#called();
    assert.equal(++this.opened, 1, 'onOpen came twice');
    assert.equal(session.fault === null || this.done.length === 0, true, 'onOpen comes before the outcomes');
  }

  onOffer(session: Session): void {
    this.#called();
    this.offers++;
    assert.ok(this.inFlight.size > 0, 'an offer is for what follows others in flight');
    assert.ok(session.room > 0, 'an offer without room');
    assert.equal(session.isUsable, true, 'a session that offers is usable');
    this.hasOffer = true;
    while (this.#options.takesOffers && session.room > 0 && this.#options.queue.length > 0)
      this.sendNext(session);
  }

  onReady(session: Session): void {
    this.#called();
    this.readies++;
    assert.equal(this.opened, 1, 'ready before set-up is over');
    assert.equal(this.inFlight.size, 0, 'ready with a transaction in flight');
    assert.equal(session.isUsable, true, 'a session that is ready is usable');
    if (this.#options.sends && this.#options.queue.length > 0) this.sendNext(session);
    else if (this.#options.quits) session.quit();
  }

  onWaited(command: CommandId, fromUs: number, atUs: number, reply: ReplyView | null): void {
    this.#called();
    assert.ok(fromUs <= atUs, `a wait for ${COMMAND_NAMES[command]} that ends before it begins`);
    this.waits.push({ command: COMMAND_NAMES[command], fromUs, atUs, code: reply?.code ?? 0 });
  }

  onContentSent(fromUs: number, atUs: number): void {
    this.#called();
    assert.ok(fromUs <= atUs);
    this.contents.push({ fromUs, atUs });
  }

  onDone(session: Session, result: TransactionResult): void {
    // Not for one sent after the end, which is done within `send`.
    if (this.closed > 0) assert.equal(result.mailAtUs, 0);
    const transaction = result.transaction as Transaction;
    assert.equal(this.inFlight.delete(transaction), true, 'onDone for a transaction that is not in flight');
    assert.ok(result.endedAtUs >= result.startedAtUs, 'a transaction that ends before it begins');
    this.hasOffer = false;
    this.done.push(copyOf(result));
    this.whenDone(session);
  }

  onClosed(session: Session): void {
    this.#called();
    this.closed++;
    assert.equal(this.opened, 1, 'closed without onOpen');
    assert.equal(this.inFlight.size, 0, 'closed with a transaction in flight');
    assert.equal(session.isUsable, false);
  }

  #called(): void {
    assert.equal(this.closed, 0, 'called after onClosed');
  }
}

function copyOf(result: TransactionResult): Done {
  return {
    transaction: result.transaction as Transaction,
    outcome: result.outcome,
    phase: result.phase,
    scope: result.scope,
    cause: result.cause,
    code: result.code,
    enhanced: result.enhanced,
    class: result.class,
    text: result.replyText(),
    systemCode: result.systemCode,
    accepted: result.acceptedRecipients,
    refused: result.refusedRecipients,
    refusals: result.refusals,
    mailAtUs: result.mailAtUs,
    startedAtUs: result.startedAtUs,
    endedAtUs: result.endedAtUs,
    isInDoubt: result.isInDoubt,
  };
}
