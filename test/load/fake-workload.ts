/**
 * Fake workload: takes its service time, answers in a chosen order, and fails the test when load breaks a promise:
 * an iteration on a VU that is not ready, a VU retired twice or with something in flight; and, unless VUs may return, an
 * iteration on one that was retired.
 */
import assert from 'node:assert/strict';
import type { LoadControl, Slot, Workload } from '#src/load/workload.js';
import type { VirtualClock } from './virtual-clock.js';

/** When an iteration answers, in µs after its start; null is within iterate itself. */
export interface Answers {
  readonly readyUs: number | null;
  readonly doneUs: number | null;
  /** When the VU offers to take more (null is within iterate itself), and how many at most; never by default. */
  readonly offerUs?: number | null;
  readonly room?: number;
  /** Which comes first where both come at the same moment. */
  readonly first?: 'ready' | 'done';
}

export interface FakeWorkloadOptions {
  readonly clock: VirtualClock;
  readonly answers: (vu: number, slot: Slot) => Answers;
  /** How long `done` takes after `interrupt`; null, the default, is within interrupt itself. */
  readonly interruptUs?: number | null;
  /** Whether a retired VU may iterate again, as a new one. */
  readonly mayReturn?: boolean;
}

export class FakeWorkload implements Workload {
  readonly iterations: { vu: number; slot: Slot }[] = [];
  readonly retired: number[] = [];
  readonly interrupted: number[] = [];
  /** What load said to each. */
  readonly offers: boolean[] = [];
  inFlight = 0;
  done = 0;
  maxInFlight = 0;
  maxDepth = 0;
  control!: LoadControl;
  readonly #options: FakeWorkloadOptions;
  readonly #vus = new Map<number, FakeVu>();
  #depth = 0;

  constructor(options: FakeWorkloadOptions) {
    this.#options = options;
  }

  iterate(vu: number, slot: Slot): void {
    const state = this.#vu(vu);
    if (state.isRetired) state.isReady = true;
    assert.ok(
      state.isReady || state.isOffering,
      `VU ${vu} gets iteration ${slot.iteration} without having said ready`,
    );
    assert.ok(
      !state.isRetired || this.#options.mayReturn,
      `VU ${vu} gets iteration ${slot.iteration} after it was retired`,
    );
    state.isRetired = false;
    if (state.isOffering) state.taken++;
    state.isReady = state.isOffering = false;
    this.iterations.push({ vu, slot });
    this.maxInFlight = Math.max(this.maxInFlight, ++this.inFlight);
    this.maxDepth = Math.max(this.maxDepth, ++this.#depth);
    this.#answer(vu, state, slot);
    this.#depth--;
  }

  retire(vu: number): void {
    const state = this.#vu(vu);
    // One that came back may be sent away before it got an iteration.
    assert.ok(!state.isRetired || this.#options.mayReturn, `VU ${vu} is retired twice`);
    state.isRetired = true;
    assert.equal(this.#vu(vu).cancels.size, 0, `VU ${vu} is retired with something in flight`);
    this.retired.push(vu);
  }

  interrupt(vu: number): void {
    const { cancels, cutOff } = this.#vu(vu);
    assert.ok(cancels.size > 0, `VU ${vu} is interrupted with nothing in flight`);
    this.interrupted.push(vu);
    for (const cancel of [...cancels].filter((one) => !cutOff.has(one))) {
      cutOff.add(cancel);
      cancel();
      this.#after(this.#options.interruptUs ?? null, () => this.#done(vu, cancel));
    }
  }

  #answer(vu: number, state: FakeVu, slot: Slot): void {
    let cancelDone = () => {};
    const cancel = () => cancelDone();
    state.cancels.add(cancel);
    const answers = this.#options.answers(vu, slot);
    // The test may have aborted meanwhile.
    if (!state.cancels.has(cancel)) return;
    const ready = () =>
      this.#after(answers.readyUs, () => {
        if (state.isRetired) return;
        state.isReady = true;
        this.control.ready(vu);
      });
    if (answers.first !== 'done') ready();
    const { offerUs, room = 1 } = answers;
    if (offerUs !== undefined) this.#after(offerUs, () => this.#offer(vu, state, room));
    cancelDone = this.#after(answers.doneUs, () => this.#done(vu, cancel));
    if (answers.first === 'done') ready();
  }

  /** Until load lets one pass, as a session does at a 354 or while its window has room. */
  #offer(vu: number, state: FakeVu, room: number): void {
    if (state.isReady || state.isRetired) return;
    for (let left = room; left > 0; left--) {
      const before = state.taken;
      state.isOffering = true;
      const isTaken = this.control.offer(vu);
      assert.equal(state.taken - before, isTaken ? 1 : 0, `VU ${vu} is told ${isTaken} of its offer`);
      state.isOffering = false;
      this.offers.push(isTaken);
      if (!isTaken) return;
    }
  }

  #done(vu: number, cancel: () => void): void {
    this.#vu(vu).cancels.delete(cancel);
    this.#vu(vu).cutOff.delete(cancel);
    this.inFlight--;
    this.done++;
    this.control.done(vu);
  }

  #after(us: number | null, callback: () => void): () => void {
    if (us !== null) return this.#options.clock.at(this.#options.clock.nowUs() + us, callback);
    callback();
    return () => {};
  }

  #vu(vu: number): FakeVu {
    const known = this.#vus.get(vu);
    if (known) return known;
    const created = {
      isReady: true,
      isOffering: false,
      isRetired: false,
      taken: 0,
      cancels: new Set<() => void>(),
      cutOff: new Set<() => void>(),
    };
    this.#vus.set(vu, created);
    return created;
  }
}

interface FakeVu {
  isReady: boolean;
  isOffering: boolean;
  isRetired: boolean;
  /** Iterations begun inside offers. */
  taken: number;
  /** One for each iteration in flight. */
  readonly cancels: Set<() => void>;
  /** Of those: interrupted, and not yet done. */
  readonly cutOff: Set<() => void>;
}
