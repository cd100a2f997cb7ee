/**
 * Pending message: a message from its beginning to its final outcome, over as many attempts as it takes.
 *
 * Each attempt goes to the recipients who are still open; what earlier ones reached is remembered, so that the message has
 * one outcome in the end: accepted if any attempt was accepted for anybody, else what the last attempt came to.
 */
import type { OutgoingMessage } from '../message/source.js';
import type { Content, Transaction, TransactionResult } from '../smtp/outcome.js';
import type { Iteration } from './iteration.js';
import type { AttemptCause, BegunMessage, MessageEnd } from './message-end.js';
import type { Deferral } from './retry-policy.js';

export class PendingMessage implements Transaction, BegunMessage {
  readonly message: OutgoingMessage;
  readonly iteration: Iteration;
  readonly scheduledAtUs: number;
  readonly startedAtUs: number;
  readonly isSteady: boolean;
  /** Recipients of the next attempt, or of the one under way. */
  to: readonly string[];
  /** Why the next attempt is made. */
  cause: AttemptCause = 'first';
  /** Made, without the one on a new session after a reused one. */
  attempts = 0;
  /** It was sent once more because a reused session was closed. */
  isMoved = false;
  firstMailAtUs = 0;
  firstEndedAtUs = 0;
  /** When it is tried again, µs. */
  dueAtUs = 0;
  #accepted = 0;
  #refused = 0;
  readonly #acceptedFor = new Set<string>();
  /** The first acceptance, once there was one and recipients were left. */
  #acceptance: MessageEnd | null = null;
  /** What it came to so far, if it is not tried again. */
  #last: MessageEnd | null = null;

  constructor(
    message: OutgoingMessage,
    iteration: Iteration,
    times: { readonly scheduledAtUs: number; readonly startedAtUs: number },
  ) {
    this.message = message;
    this.iteration = iteration;
    this.scheduledAtUs = times.scheduledAtUs;
    this.startedAtUs = times.startedAtUs;
    this.isSteady = !message.isWarmup;
    this.to = message.to;
  }

  get from(): string {
    return this.message.from;
  }

  get sizeBytes(): number {
    return this.message.sizeBytes;
  }

  get is8bit(): boolean {
    return this.message.is8bit;
  }

  get isUtf8(): boolean {
    return this.message.isUtf8;
  }

  get envid(): string {
    return this.message.envid;
  }

  get content(): Content {
    return this.message.content;
  }

  /** Of the message, whoever is left. */
  get recipients(): number {
    return this.message.to.length;
  }

  /** Notes the end of an attempt. */
  noteAttempt({ mailAtUs, stampedAtUs, endedAtUs }: TransactionResult): void {
    this.firstMailAtUs ||= stampedAtUs || mailAtUs;
    this.firstEndedAtUs ||= endedAtUs;
    if (this.cause !== 'reused_session') this.attempts++;
  }

  /** The attempt is not the end: it will be made again for those named. */
  defer(result: TransactionResult, { to, refused }: Deferral, cause: AttemptCause): void {
    if (result.outcome === 'accepted') {
      this.#accepted += result.acceptedRecipients;
      this.#acceptance ??= copyOf(result);
      this.#noteAccepted(result);
    }
    this.#refused += result.refusedRecipients - refused;
    this.#last = { ...copyOf(result), acceptedRecipients: 0, refusedRecipients: refused };
    this.to = to;
    // Moved at once, because the server closed: the wait for a new session is the server's doing, and no pause of ours.
    if (cause === 'reused_session' && this.cause === 'first') this.firstEndedAtUs = 0;
    this.cause = cause;
  }

  /** The final outcome, when this attempt was the last. */
  endOf(attempt: MessageEnd): MessageEnd {
    return this.#last === null ? attempt : this.#sumWith(attempt);
  }

  /** The final outcome without a further attempt; null when none has come to an end. */
  get endSoFar(): MessageEnd | null {
    return this.#last === null ? null : this.#sumWith(this.#last);
  }

  #noteAccepted(end: MessageEnd): void {
    const without = end.unaccepted();
    for (const recipient of this.to) if (!without.includes(recipient)) this.#acceptedFor.add(recipient);
  }

  #sumWith(last: MessageEnd): MessageEnd {
    const isAccepted = last.outcome === 'accepted';
    const { endedAtUs } = last;
    // `to` is still that of the last attempt.
    if (isAccepted) this.#noteAccepted(last);
    const unaccepted = this.message.to.filter((recipient) => !this.#acceptedFor.has(recipient));
    return {
      ...copyOf(isAccepted ? last : (this.#acceptance ?? last)),
      acceptedRecipients: this.#accepted + (isAccepted ? last.acceptedRecipients : 0),
      refusedRecipients: this.#refused + last.refusedRecipients,
      mailAtUs: this.firstMailAtUs,
      endedAtUs,
      unaccepted: () => unaccepted,
    };
  }
}

/** A result is valid only while it is reported; this stays. */
function copyOf(end: MessageEnd): MessageEnd {
  const { outcome, phase, scope, cause, code, enhanced, acceptedRecipients, refusedRecipients } = end;
  const text = end.replyText();
  const unaccepted = end.unaccepted();
  return {
    outcome,
    phase,
    scope,
    cause,
    code,
    enhanced,
    class: end.class,
    acceptedRecipients,
    refusedRecipients,
    mailAtUs: end.mailAtUs,
    endedAtUs: end.endedAtUs,
    isInDoubt: end.isInDoubt,
    unaccepted: () => unaccepted,
    replyText: () => text,
  };
}
