/**
 * Remote state: a worker's end of the memory that all processes of a sink share, and how the primary answers it.
 *
 * What is asked in one turn of the event loop leaves as one message. The primary answers each message at once and in
 * the order they came, so a limit holds exactly over all workers. Times are the machine's monotonic clock (clock.ts):
 * what one worker saw can be compared with what another saw.
 */
import type { Hit, SharedState } from '../shared-state.js';
import type { Recall } from './worker-ipc.js';

/** Sends the recalls of one turn. */
export type SendRecalls = (recalls: readonly Recall[]) => void;

export class RemoteState implements SharedState {
  readonly #send: SendRecalls;
  /** In the order they were asked, sent or not. */
  #waiting: ((value: number) => void)[] = [];
  #unsent: Recall[] = [];

  constructor(send: SendRecalls) {
    this.#send = send;
  }

  hit(key: string, event: Hit): Promise<number> {
    return this.#ask({ kind: 'hit', key, event });
  }

  firstSeen(key: string, nowMs: number, keepMs: number): Promise<number> {
    return this.#ask({ kind: 'firstSeen', key, nowMs, keepMs });
  }

  attempt(key: string): Promise<number> {
    return this.#ask({ kind: 'attempt', key });
  }

  reset(): void {
    void this.#ask({ kind: 'reset' });
  }

  /** The primary's answers, one for each recall, in order. */
  answered(values: readonly number[]): void {
    const answered = this.#waiting.splice(0, values.length);
    for (const [index, resolve] of answered.entries()) resolve(values[index] ?? 0);
  }

  #ask(recall: Recall): Promise<number> {
    if (this.#unsent.push(recall) === 1) setImmediate(() => this.#flush());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #flush(): void {
    const recalls = this.#unsent;
    this.#unsent = [];
    this.#send(recalls);
  }
}

/** The primary's part. Whatever the state answers, the answers come in order. */
export async function answerRecalls(state: SharedState, recalls: readonly Recall[]): Promise<number[]> {
  return Promise.all(recalls.map((recall) => answer(state, recall)));
}

function answer(state: SharedState, recall: Recall): number | Promise<number> {
  switch (recall.kind) {
    case 'hit':
      return state.hit(recall.key, recall.event);
    case 'firstSeen':
      return state.firstSeen(recall.key, recall.nowMs, recall.keepMs);
    case 'attempt':
      return state.attempt(recall.key);
    case 'reset':
      state.reset();
      return 0;
  }
}
