/**
 * Clock driver: the one place of an event loop that waits for the next due moment.
 *
 * Promises that an alarm never rings early, and late by one turn of the loop at most unless the loop is busy. Timers fire up to
 * 0.5 ms early and 1 ms late, so one is aimed 2 ms before the moment; from there the clock is polled, once per turn and with
 * setImmediate, so that sockets are served between two polls. One driver per event loop: several executors share its polls.
 * Polling fills the loop with idle turns; takePollUs says how much, so that utilisation can be corrected for it.
 */
import type { LoadClock } from './workload.js';

/** Within this much of the due moment the clock is polled; more than a timer is ever early or late. */
const POLL_WITHIN_US = 2_000;
/** Two polls closer than this had next to nothing between them: their gap was spent waiting, not working. */
const IDLE_POLL_GAP_US = 50;
/** setTimeout turns any longer delay into 1 ms; the timer is re-checked, so a shorter one costs a wake-up. */
const LONGEST_TIMER_MS = 3_600_000;

export interface Alarm {
  /** Ring once at this moment, in µs since the epoch; a moment that is past rings in the next turn. Replaces the one set before. */
  set(dueUs: number): void;
  clear(): void;
}

export class ClockDriver {
  readonly clock: LoadClock;
  readonly #alarms: DriverAlarm[] = [];
  #cancelWait: (() => void) | null = null;
  /** What the pending timer is for; 0 while a poll is pending, which sees to everything. */
  #waitsForUs = Number.POSITIVE_INFINITY;
  #isRinging = false;
  #lastPollUs = Number.NEGATIVE_INFINITY;
  #pollUs = 0;

  constructor(clock: LoadClock) {
    this.clock = clock;
  }

  createAlarm(onDue: () => void): Alarm {
    const alarm = new DriverAlarm(onDue, this.#arm);
    this.#alarms.push(alarm);
    return alarm;
  }

  /** µs spent polling since the last call. */
  takePollUs(): number {
    const pollUs = this.#pollUs;
    this.#pollUs = 0;
    return pollUs;
  }

  readonly #poll = (): void => {
    this.#forgetWait();
    const nowUs = this.clock.nowUs();
    this.#account(nowUs);
    if (this.#ring(nowUs)) {
      // Work was done since this poll: the gap to the next one is not waiting.
      this.#lastPollUs = Number.NEGATIVE_INFINITY;
    }
    this.#arm();
  };

  #account(nowUs: number): void {
    const gapUs = nowUs - this.#lastPollUs;
    if (gapUs < IDLE_POLL_GAP_US) this.#pollUs += gapUs;
    this.#lastPollUs = nowUs;
  }

  #ring(nowUs: number): boolean {
    let hasRung = false;
    this.#isRinging = true;
    for (const alarm of this.#alarms) {
      if (alarm.dueUs > nowUs) continue;
      alarm.dueUs = Number.POSITIVE_INFINITY;
      alarm.onDue();
      hasRung = true;
    }
    this.#isRinging = false;
    return hasRung;
  }

  /** See to it that the loop wakes in time for the earliest alarm. */
  readonly #arm = (): void => {
    if (this.#isRinging || this.#waitsForUs === 0) return;
    const dueUs = this.#earliestUs();
    if (dueUs === this.#waitsForUs) return;
    this.#cancelWait?.();
    this.#forgetWait();
    if (dueUs === Number.POSITIVE_INFINITY) return;
    const remainingUs = dueUs - this.clock.nowUs();
    if (remainingUs <= POLL_WITHIN_US) this.#pollSoon();
    else this.#sleep(dueUs, remainingUs - POLL_WITHIN_US);
  };

  #earliestUs(): number {
    let earliestUs = Number.POSITIVE_INFINITY;
    for (const alarm of this.#alarms) if (alarm.dueUs < earliestUs) earliestUs = alarm.dueUs;
    return earliestUs;
  }

  #sleep(dueUs: number, delayUs: number): void {
    this.#waitsForUs = dueUs;
    this.#cancelWait = this.clock.setTimer(this.#pollSoon, Math.min(delayUs / 1_000, LONGEST_TIMER_MS));
  }

  /**
   * Also when a timer comes after the moment: replies that have arrived meanwhile are read before the poll, and may
   * free a VU for what is due.
   */
  readonly #pollSoon = (): void => {
    this.#waitsForUs = 0;
    this.#cancelWait = this.clock.setImmediate(this.#poll);
  };

  #forgetWait(): void {
    this.#cancelWait = null;
    this.#waitsForUs = Number.POSITIVE_INFINITY;
  }
}

class DriverAlarm implements Alarm {
  dueUs = Number.POSITIVE_INFINITY;
  readonly onDue: () => void;
  readonly #onChange: () => void;

  constructor(onDue: () => void, onChange: () => void) {
    this.onDue = onDue;
    this.#onChange = onChange;
  }

  set(dueUs: number): void {
    this.dueUs = dueUs;
    this.#onChange();
  }

  clear(): void {
    this.set(Number.POSITIVE_INFINITY);
  }
}
