/**
 * Treatments: asks the judge about one connection's events and does what it says about time and socket.
 *
 * What is said in reply, and what a refusal ends, is the connection's business: it gets the treatment when the delay is
 * over, or null where nobody minds. Where nothing watches a verb no event is made. After `drop: before` nobody is told
 * any more. Keeps what each verb of the transaction was really held back.
 */
import type { SinkEvent, Verb } from './event.js';
import type { Judge, SocketFaults, Treatment } from './judge.js';

/** Who is treated. */
export interface TreatedConnection {
  readonly isGone: boolean;
  describe(verb: Verb, details: EventDetails): SinkEvent;
  /** How long it takes to decide is not the client's fault: no idle time-out meanwhile. */
  hold(isHeld: boolean): void;
  setFaults(faults: SocketFaults): void;
  readSlowly(bytesPerSec: number): void;
  /** Ends it as a behaviour wants; what was written before still leaves. */
  drop(isReset: boolean): void;
  decided(behaviour: string): void;
}

export type EventDetails = Partial<
  Pick<SinkEvent, 'from' | 'recipient' | 'argument' | 'sizeBytes' | 'message' | 'stamp'>
>;

type Then = (treatment: Treatment | null) => void;

export class Treatments {
  readonly #connection: TreatedConnection;
  readonly #judgeOf: () => Judge | null;
  readonly #nowMs: () => number;
  /** µs by verb since the transaction began; null where nothing was held back. */
  held: Record<string, number> | null = null;

  constructor(connection: TreatedConnection, judgeOf: () => Judge | null, nowMs: () => number) {
    this.#connection = connection;
    this.#judgeOf = judgeOf;
    this.#nowMs = nowMs;
  }

  watches(verb: Verb): boolean {
    const judge = this.#judgeOf();
    return judge?.watches(verb) ?? false;
  }

  /** Only for verbs that are watched. `then` may be called at once. */
  decide(verb: Verb, details: EventDetails, then: Then): void {
    const judge = this.#judgeOf();
    const decided = judge === null ? null : judge.judge(this.#connection.describe(verb, details));
    if (!(decided instanceof Promise)) return this.#treat(verb, decided, then);
    this.#connection.hold(true);
    decided
      // A judge that cannot be asked is one that does not mind: the sink goes on.
      .catch(() => null)
      .then((treatment) => this.#treat(verb, treatment, then));
  }

  #treat(verb: Verb, treatment: Treatment | null, then: Then): void {
    const connection = this.#connection;
    connection.hold(false);
    if (connection.isGone) return;
    if (treatment === null) return then(null);
    connection.decided(treatment.behaviour);
    if (treatment.socket !== null) connection.setFaults(treatment.socket);
    if (treatment.readBytesPerSec !== null) connection.readSlowly(treatment.readBytesPerSec);
    if (treatment.delayMs > 0) this.#delay(verb, treatment, then);
    else this.#finish(treatment, then);
  }

  #delay(verb: Verb, treatment: Treatment, then: Then): void {
    const fromMs = this.#nowMs();
    this.#connection.hold(true);
    setTimeout(() => {
      this.#connection.hold(false);
      if (this.#connection.isGone) return;
      this.held ??= {};
      this.held[verb] = (this.held[verb] ?? 0) + Math.round((this.#nowMs() - fromMs) * 1000);
      this.#finish(treatment, then);
    }, treatment.delayMs);
  }

  #finish(treatment: Treatment, then: Then): void {
    if (treatment.drop === 'before') this.#connection.drop(treatment.isReset);
    else then(treatment);
  }
}
