/**
 * Treatments: asks the judge about one connection's events and does what it says about time and socket.
 *
 * What is said in reply, and what a refusal ends, is the connection's business: it gets the treatment when the delay is
 * over, or null where nobody minds. Where nothing watches a verb no event is made. After `drop: before` nobody is told
 * any more. Keeps what each verb of the transaction was really held back.
 */
import type { MutableCounts } from '../counts.js';
import type { SinkEvent, Verb } from '../event.js';
import type { Judge, SocketFaults, Treatment } from '../judge.js';

/** Who is treated. */
export interface Treated {
  readonly isGone: boolean;
  describe(verb: Verb, details: EventDetails): SinkEvent;
  /** How long it takes to decide is not the client's fault: no idle time-out meanwhile. */
  hold(isHeld: boolean): void;
  setFaults(faults: SocketFaults): void;
  /** To the end of the transaction, and from CONNECT to the end of the session. */
  readSlowly(verb: Verb, bytesPerSec: number): void;
  /** Ends it as a behaviour wants; what was written before still leaves. */
  drop(isReset: boolean): void;
}

/** Who asks whom. */
export interface TreatmentsHost {
  readonly judge: Judge | null;
  readonly counts: MutableCounts;
  nowMs(): number;
}

export type EventDetails = Partial<
  Pick<SinkEvent, 'from' | 'recipient' | 'argument' | 'sizeBytes' | 'message' | 'stamp'>
>;

type Then = (treatment: Treatment | null) => void;

export class Treatments {
  readonly #connection: Treated;
  readonly #host: TreatmentsHost;
  /** µs by verb since the transaction began; null where nothing was held back. */
  held: Record<string, number> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: Treated, host: TreatmentsHost) {
    this.#connection = connection;
    this.#host = host;
  }

  watches(verb: Verb): boolean {
    const { judge } = this.#host;
    return judge?.watches(verb) ?? false;
  }

  /** Only for verbs that are watched. `then` may be called at once. */
  decide(verb: Verb, details: EventDetails, then: Then): void {
    const { judge } = this.#host;
    const decided = judge === null ? null : judge.judge(this.#connection.describe(verb, details));
    if (!(decided instanceof Promise)) return this.#treat(verb, decided, then);
    this.#connection.hold(true);
    decided
      // A judge that cannot be asked is one that does not mind: the sink goes on.
      .catch(() => null)
      .then((treatment) => this.#treat(verb, treatment, then));
  }

  /** The connection is gone: nothing of it is kept, nor does it keep the process, until a delay is over. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #treat(verb: Verb, treatment: Treatment | null, then: Then): void {
    const connection = this.#connection;
    connection.hold(false);
    if (connection.isGone) return;
    if (treatment === null) return then(null);
    this.#count(treatment.behaviour);
    if (treatment.socket !== null) connection.setFaults(treatment.socket);
    if (treatment.readBytesPerSec !== null) connection.readSlowly(verb, treatment.readBytesPerSec);
    if (treatment.delayMs > 0) this.#delay(verb, treatment, then);
    else this.#finish(treatment, then);
  }

  #delay(verb: Verb, treatment: Treatment, then: Then): void {
    const fromMs = this.#host.nowMs();
    this.#connection.hold(true);
    this.#timer = setTimeout(() => {
      this.#connection.hold(false);
      if (this.#connection.isGone) return;
      this.#held(verb, treatment.behaviour, Math.round((this.#host.nowMs() - fromMs) * 1000));
      this.#finish(treatment, then);
    }, treatment.delayMs);
  }

  #finish(treatment: Treatment, then: Then): void {
    if (treatment.drop === 'before') this.#connection.drop(treatment.isReset);
    else then(treatment);
  }

  #held(verb: Verb, behaviour: string, us: number): void {
    const { heldUs } = this.#host.counts;
    this.held ??= {};
    this.held[verb] = (this.held[verb] ?? 0) + us;
    heldUs[behaviour] = (heldUs[behaviour] ?? 0) + us;
  }

  #count(behaviour: string): void {
    const { behaviours } = this.#host.counts;
    behaviours[behaviour] = (behaviours[behaviour] ?? 0) + 1;
  }
}
