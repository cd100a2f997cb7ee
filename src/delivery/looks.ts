/**
 * Looks: asks all readers at once for what they have, and can leave behind one that does not come back.
 *
 * Says of each look whether it saw everything: what was not looked at is not lost. A reader is never asked twice at a
 * time. What a reader throws is told as trouble.
 */
import { EnvironmentError } from '../errors.js';
import type { WaitEnd } from './final-cases.js';
import type { DeliveryReader } from './reader.js';

export interface RepeatOptions {
  readonly everyMs: number;
  readonly untilUs: number;
  readonly nowUs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly isEnough: () => boolean;
  /** After each look. */
  readonly onLook?: () => void;
}

export class Looks {
  readonly #readers: readonly DeliveryReader[];
  readonly #onTrouble: (sentence: string) => void;
  readonly #reading = new Map<DeliveryReader, Promise<boolean>>();
  readonly #leaves = new Set<() => void>();
  #isGivenUp = false;

  constructor(readers: readonly DeliveryReader[], onTrouble: (sentence: string) => void) {
    this.#readers = readers;
    this.#onTrouble = onTrouble;
  }

  /** True when everything there was when it was called has been seen. Never throws. */
  async look(): Promise<boolean> {
    const seen = await Promise.all(this.#readers.map((reader) => this.#ask(reader)));
    return seen.every(Boolean);
  }

  /** Again and again, at least once, until it is enough or the time is up. Whether the last one saw everything. */
  async repeat({ everyMs, untilUs, nowUs, sleep, isEnough, onLook }: RepeatOptions): Promise<boolean> {
    for (;;) {
      const isWhole = await this.look();
      onLook?.();
      const leftMs = (untilUs - nowUs()) / 1000;
      if (isEnough() || leftMs <= 0) return isWhole;
      await sleep(Math.min(everyMs, leftMs));
    }
  }

  /** Looks that are under way, and all further ones, wait for nobody. */
  giveUp(): void {
    if (this.#reading.size > 0 && !this.#isGivenUp)
      this.#onTrouble('Reading what arrived did not end in time and was given up.');
    this.#isGivenUp = true;
    for (const leave of this.#leaves) leave();
  }

  async #ask(reader: DeliveryReader): Promise<boolean> {
    // What came after an earlier call began is not in it.
    for (let before = this.#reading.get(reader); before !== undefined; before = this.#reading.get(reader)) {
      if (this.#isGivenUp) return false;
      await this.#unlessGivenUp(before);
    }
    return this.#isGivenUp ? false : this.#unlessGivenUp(this.#read(reader));
  }

  async #read(reader: DeliveryReader): Promise<boolean> {
    const reading = reader.read().catch((error: unknown) => {
      this.#onTrouble(error instanceof Error ? error.message : String(error));
      return false;
    });
    this.#reading.set(reader, reading);
    const isWhole = await reading;
    this.#reading.delete(reader);
    return isWhole;
  }

  #unlessGivenUp(reading: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve) => {
      const leave = () => resolve(false);
      this.#leaves.add(leave);
      void reading.then((isWhole) => {
        this.#leaves.delete(leave);
        resolve(isWhole);
      });
    });
  }
}

/** What the end of a wait says of copies that are missing. */
export function howItEnded({
  isComplete,
  isCut,
  isWhole,
}: {
  readonly isComplete: boolean;
  readonly isCut: boolean;
  readonly isWhole: boolean;
}): WaitEnd['how'] {
  if (isComplete) return 'waited';
  if (isCut) return 'cut';
  return isWhole ? 'waited' : 'unread';
}

/** Of a run or verification that is written all the same. */
export function unreadError(): EnvironmentError {
  return new EnvironmentError(
    'DELIVERY_UNREAD',
    'copies are missing, and not everything that may hold them could be read',
    { hint: 'The notes on delivery say what. Mend it, and look again with `mailbench verify`.' },
  );
}
