/**
 * Journal writer: appends to journal.ndjson while the run goes on, a whole line at a time and in order.
 *
 * In long runs (intervalMs over a second) the snapshots of a source are added up until they span the interval; what
 * waits is written before an event and before the end. A gap in a source's numbers is never hidden by adding up.
 * After an EnvironmentError (disk full) everything written so far is readable, and writing may be tried again.
 */
import type { Snapshot } from '../metrics/snapshot.js';
import type { JournalEnd, JournalEntry, JournalEvent, JournalHeader } from './journal.js';
import type { LineFile } from './line-file.js';
import { mergeSnapshots } from './merge-snapshots.js';

export class JournalWriter {
  readonly #file: LineFile;
  readonly #intervalUs: number;
  readonly #waiting = new Map<string, Snapshot[]>();
  readonly #onWritten: (entry: JournalEntry) => void;

  /**
   * Takes over the file and writes the header. @throws EnvironmentError
   * @param onWritten told of each line once it is written; a LiveFold that is fed from here has the journal's result
   */
  constructor(
    file: LineFile,
    header: Omit<JournalHeader, 'type' | 'v'>,
    onWritten: (entry: JournalEntry) => void = () => {},
  ) {
    this.#file = file;
    this.#onWritten = onWritten;
    this.#intervalUs = header.intervalMs * 1000;
    this.#append({ type: 'header', v: 1, ...header });
  }

  /** @param snapshot each source's in the order of their numbers. @throws EnvironmentError */
  snapshot(snapshot: Snapshot): void {
    const before = this.#waiting.get(snapshot.source)?.at(-1);
    if (before !== undefined && before.seq + 1 !== snapshot.seq) this.#release(snapshot.source);
    const waiting = this.#waiting.get(snapshot.source) ?? [];
    waiting.push(snapshot);
    this.#waiting.set(snapshot.source, waiting);
    if (snapshot.final || this.#isFull(waiting)) this.#release(snapshot.source);
  }

  /** @throws EnvironmentError */
  event(event: Omit<JournalEvent, 'type'>): void {
    this.#releaseAll();
    this.#append({ type: 'event', ...event });
  }

  /** The last line. The file is closed whether or not it could be written. @throws EnvironmentError */
  end(end: Omit<JournalEnd, 'type'>): void {
    try {
      this.#releaseAll();
      this.#append({ type: 'end', ...end });
    } finally {
      this.#file.close();
    }
  }

  /** Half a second early: windows are never exactly a second long, and an eleventh must not join. */
  #isFull(waiting: readonly Snapshot[]): boolean {
    const spanUs = (waiting.at(-1)?.toUs ?? 0) - (waiting[0]?.fromUs ?? 0);
    return spanUs >= this.#intervalUs - 500_000;
  }

  #releaseAll(): void {
    for (const source of [...this.#waiting.keys()]) this.#release(source);
  }

  #release(source: string): void {
    const waiting = this.#waiting.get(source);
    if (waiting?.[0] === undefined) return;
    this.#append({ type: 'snapshot', fromSeq: waiting[0].seq, snapshot: mergeSnapshots(waiting) });
    this.#waiting.delete(source);
  }

  #append(entry: JournalEntry): void {
    this.#file.append(`${JSON.stringify(entry)}\n`);
    this.#onWritten(entry);
  }
}
