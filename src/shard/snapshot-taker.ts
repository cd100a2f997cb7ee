/**
 * Snapshot taker: ends a window of measurements and makes a Snapshot of it.
 *
 * What is a number is taken at once; histograms are encoded one per turn of the event loop, because all of them in a row
 * would hold up the messages that fall due meanwhile. At the end of a run everything is done at once.
 */
import type { RangeCollector } from '../metrics/number-ranges.js';
import type { Snapshot } from '../metrics/snapshot.js';
import { LoopObserver } from './health.js';
import type { Measurements } from './measurements.js';
import type { MessageBatch, MessageReports } from './message-report.js';

export interface SnapshotTakerOptions {
  readonly source: string;
  readonly nowUs: () => number;
  /** Time the pacer polled since the last call, µs. */
  readonly takePollUs: () => number;
  readonly measurements: Measurements;
  readonly reports: MessageReports;
  readonly accepted: RangeCollector;
  /** As in a snapshot, since the last call. */
  readonly takeRefusedCopies: () => Snapshot['refusedCopies'];
  readonly onSnapshot: (snapshot: Snapshot, messages: MessageBatch) => void;
}

/** A snapshot whose histograms are still being encoded. */
interface Encoding {
  readonly trends: Iterator<readonly [string, string]>;
  readonly encoded: Record<string, string>;
  readonly snapshot: Omit<Snapshot, 'trends'>;
  readonly messages: MessageBatch;
}

export class SnapshotTaker {
  readonly #options: SnapshotTakerOptions;
  readonly #loop = new LoopObserver();
  #windowFromUs = 0;
  #isSteady = false;
  #seq = 0;
  #encoding: Encoding | null = null;

  constructor(options: SnapshotTakerOptions) {
    this.#options = options;
  }

  /** Begins the first window. */
  start(): void {
    this.#windowFromUs = this.#options.nowUs();
    this.#loop.take(0);
  }

  /** The warm-up is over: bytes from now on count as metrics. */
  beginSteady(): void {
    this.#options.measurements.forgetTraffic();
    this.#isSteady = true;
  }

  /** Ends a window; its snapshot follows within the next turns of the loop. */
  take(): void {
    this.#finishEncoding();
    this.#encoding = this.#begin(false);
    setImmediate(() => this.#encodeNext());
  }

  /** Ends the last window; its snapshot has been handed over when this returns. */
  takeLast(): void {
    this.#finishEncoding();
    this.#encoding = this.#begin(true);
    this.#finishEncoding();
  }

  #begin(isFinal: boolean): Encoding {
    const { measurements, reports, accepted, source } = this.#options;
    const nowUs = this.#options.nowUs();
    if (this.#isSteady) measurements.recordTraffic();
    else measurements.forgetTraffic();
    const { instant, trends } = measurements.recorder.swap();
    const snapshot: Omit<Snapshot, 'trends'> = {
      v: 1,
      source,
      seq: this.#seq++,
      fromUs: this.#windowFromUs,
      toUs: nowUs,
      counts: measurements.takeCounts(),
      ...instant,
      live: measurements.takeLive(),
      outcomes: measurements.takeOutcomes(),
      accepted: accepted.take(),
      refusedCopies: this.#options.takeRefusedCopies(),
      health: {
        ...this.#loop.take(this.#options.takePollUs()),
        lateness: measurements.takeLateness(),
        arrivalsDropped: measurements.takeArrivalsDropped(),
        faults: measurements.takeFaults(),
      },
      final: isFinal,
    };
    this.#windowFromUs = nowUs;
    const messages = reports.take();
    const slowest = isFinal ? reports.slowest() : [];
    return {
      trends,
      encoded: {},
      snapshot,
      messages: { ...messages, reports: [...messages.reports, ...slowest] },
    };
  }

  #encodeNext(): void {
    const encoding = this.#encoding;
    if (encoding === null) return;
    if (encodeOne(encoding)) setImmediate(() => this.#encodeNext());
    else this.#send(encoding);
  }

  #finishEncoding(): void {
    const encoding = this.#encoding;
    if (encoding === null) return;
    while (encodeOne(encoding));
    this.#send(encoding);
  }

  #send({ snapshot, encoded, messages }: Encoding): void {
    this.#encoding = null;
    this.#options.onSnapshot({ ...snapshot, trends: encoded }, messages);
  }
}

/** False when nothing was left to encode. */
function encodeOne({ trends, encoded }: Encoding): boolean {
  const next = trends.next();
  if (next.done === true) return false;
  const [key, text] = next.value;
  encoded[key] = text;
  return true;
}
