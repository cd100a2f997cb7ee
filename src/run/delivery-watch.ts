/**
 * Delivery watch: follows every accepted copy to its arrival, while the load runs and for a while after it.
 *
 * Reads its readers about once a second and says what changed in a snapshot. A reader that fails in mid-run is named in
 * the result and asked again; only one that cannot be opened ends the run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { howItEnded, Looks } from '../delivery/looks.js';
import type { DeliveryReader } from '../delivery/reader.js';
import type { DeliveryTracker } from '../delivery/tracker.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Delivery } from '../scenario/delivery-options.js';
import type { Envelope } from '../scenario/scenario.js';
import { createRunTracker } from './run-tracker.js';
import { runShell, type ShellCommand } from './shell.js';

export interface DeliveryWatchOptions {
  readonly delivery: Delivery;
  readonly readers: readonly DeliveryReader[];
  readonly run: string;
  readonly seed: number;
  /** By the number of a message modulo their number. */
  readonly envelopes: readonly Pick<Envelope, 'from' | 'to'>[];
  /** Where the scenario's code decides who gets what; null: the envelope does. */
  readonly recipientsOf: ((number: number) => readonly string[]) | null;
  /** Of the scenario file, for the command that tells the queue. */
  readonly folder: string;
  readonly nowUs: () => number;
  readonly onSnapshot: (snapshot: Snapshot) => void;
}

const READ_EVERY_MS = 1_000;
/** While waiting: whoever has everything should not wait a second to hear it. */
const WAITING_READ_EVERY_MS = 200;
/** Acknowledgements are written within 10 ms of the reply; whatever comes twice mostly comes at once. */
const SETTLE_MS = 200;
/**
 * A sink that is slow to say 250 is not ended before it did: the relay would send that message again. One whose 250 was
 * lost never has it acknowledged.
 */
const ACKNOWLEDGED_WITHIN_MS = 5_000;
const QUEUE_TIMEOUT_MS = 30_000;
/** The last look may take so long after the end of the wait, or after Ctrl-C. */
const LAST_LOOK_MS = 30_000;
const CUT_LOOK_MS = 2_000;
/** A longer one goes off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class DeliveryWatch {
  readonly #options: DeliveryWatchOptions;
  readonly #tracker: DeliveryTracker;
  readonly #looks: Looks;
  #fromUs: number;
  #reading: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isCut = false;
  #isFinishing = false;
  /** The last look saw everything. */
  #isWhole = true;
  #giveUpTimer: NodeJS.Timeout | undefined;
  #queue: ShellCommand | null = null;
  #waitUntilUs: number | null = null;

  constructor(options: DeliveryWatchOptions) {
    const { delivery, envelopes, recipientsOf, run, seed, nowUs, readers } = options;
    this.#options = options;
    this.#looks = new Looks(readers, (sentence) => this.#tracker.skipped(sentence));
    this.#fromUs = nowUs();
    const receipts = delivery.sink?.receipts ?? [];
    this.#tracker = createRunTracker({
      run,
      seed,
      envelopes,
      recipientsOf,
      lateMs: delivery.lateMs,
      receipts,
    });
  }

  /** @throws EnvironmentError DELIVERY_… */
  async open(): Promise<void> {
    for (const reader of this.#options.readers) {
      await reader.open(this.#tracker);
      for (const note of reader.notes ?? []) this.#tracker.skipped(note);
    }
  }

  /** Of one that could not be opened. */
  async close(): Promise<void> {
    for (const reader of this.#options.readers) await reader.close();
  }

  /** The load begins. */
  start(): void {
    this.#fromUs = this.#options.nowUs();
    this.#timer = setInterval(() => {
      // A look that takes longer is not caught up with.
      this.#reading ??= this.#readAndTell();
    }, READ_EVERY_MS);
  }

  /** A shard's snapshot. */
  noteAccepted(snapshot: Snapshot): void {
    this.#tracker.noteAccepted(snapshot);
  }

  /** What is waited for; null while the load runs. */
  get waiting(): { readonly copies: number; readonly leftMs: number } | null {
    if (this.#waitUntilUs === null) return null;
    const leftMs = Math.max(0, (this.#waitUntilUs - this.#options.nowUs()) / 1000);
    return { copies: this.#tracker.missing(), leftMs };
  }

  /** Nobody waits any longer. */
  cut(): void {
    this.#isCut = true;
    if (this.#isFinishing) this.#giveUpIn(CUT_LOOK_MS);
    this.#queue?.kill();
  }

  /**
   * The load is over: waits for what is missing, and tells the last snapshot. False when copies are missing and not
   * everything could be looked at, though nobody cut the wait.
   */
  async finish(): Promise<boolean> {
    this.#isFinishing = true;
    clearInterval(this.#timer);
    const { waitMs } = this.#options.delivery;
    this.#giveUpIn(this.#isCut ? CUT_LOOK_MS : Math.min(waitMs + LAST_LOOK_MS, LONGEST_TIMER_MS));
    await this.#reading;
    await this.#await();
    await this.#settle();
    const queued = this.#tracker.isComplete() || this.#isCut ? null : await this.#askQueue();
    await this.close();
    clearTimeout(this.#giveUpTimer);
    const how = howItEnded({
      isComplete: this.#tracker.isComplete(),
      isCut: this.#isCut,
      isWhole: this.#isWhole,
    });
    this.#options.onSnapshot(this.#tracker.finish({ ...this.#window(), how, queued }));
    return how !== 'unread';
  }

  #giveUpIn(ms: number): void {
    clearTimeout(this.#giveUpTimer);
    this.#giveUpTimer = setTimeout(() => this.#looks.giveUp(), ms);
  }

  async #await(): Promise<void> {
    const { delivery, nowUs } = this.#options;
    const untilUs = nowUs() + delivery.waitMs * 1000;
    this.#waitUntilUs = untilUs;
    let toldAtUs = 0;
    this.#isWhole = await this.#looks.repeat({
      everyMs: WAITING_READ_EVERY_MS,
      untilUs,
      nowUs,
      sleep: (ms) => sleep(ms),
      isEnough: () => this.#isCut || this.#tracker.isComplete(),
      onLook: () => {
        if (nowUs() - toldAtUs <= READ_EVERY_MS * 1000) return;
        toldAtUs = nowUs();
        this.#tell();
      },
    });
  }

  async #settle(): Promise<void> {
    if (this.#isCut) return;
    await sleep(SETTLE_MS);
    const { nowUs } = this.#options;
    this.#isWhole = await this.#looks.repeat({
      everyMs: WAITING_READ_EVERY_MS,
      untilUs: nowUs() + ACKNOWLEDGED_WITHIN_MS * 1000,
      nowUs,
      sleep: (ms) => sleep(ms),
      isEnough: () => this.#isCut || this.#tracker.unacknowledged() === 0,
    });
  }

  async #readAndTell(): Promise<void> {
    await this.#read();
    this.#tell();
    this.#reading = null;
  }

  async #read(): Promise<void> {
    this.#isWhole = await this.#looks.look();
  }

  #tell(): void {
    this.#options.onSnapshot(this.#tracker.take(this.#window()));
  }

  #window(): { readonly fromUs: number; readonly toUs: number } {
    const fromUs = this.#fromUs;
    this.#fromUs = this.#options.nowUs();
    return { fromUs, toUs: this.#fromUs };
  }

  /** null: not asked, or no number. */
  async #askQueue(): Promise<number | null> {
    const { delivery, folder, run } = this.#options;
    if (delivery.queue === null) return null;
    const env = { MAILBENCH_RUN: run };
    this.#queue = runShell(delivery.queue, { cwd: folder, env, timeoutMs: QUEUE_TIMEOUT_MS });
    const { code, stdout } = await this.#queue.done;
    const queued = /^\s*(\d+)\s*$/.exec(stdout)?.[1];
    if (code === 0 && queued !== undefined) return Number(queued);
    this.#tracker.skipped(`delivery.queue did not print a number (exit code ${code})`);
    return null;
  }
}
