/**
 * Member: one process of a sink as its group sees it, whether it is this very process or another.
 */
import { BugError } from '../../errors.js';
import { noCounts, type SinkCounts } from '../counts.js';
import type { SinkOptions } from '../options.js';
import type { SharedState } from '../shared-state.js';
import { type Address, createUnit, type Unit } from './unit.js';
import type { Answer, Question } from './worker-ipc.js';

export interface Member {
  readonly pid: number;
  /** Throws UsageError, EnvironmentError and BehaviourError, as a sink does. */
  start(options: SinkOptions): Promise<Address>;
  /** Never rejects: one that has ended repeats its last known counts. */
  ask(question: Question): Promise<Answer>;
  stop(): Promise<Answer>;
  /** Called once when it ends unasked: how, and what is known of its counts. */
  onDied(callback: (how: string, counts: SinkCounts) => void): void;
}

const NOTHING: Answer = { counts: noCounts(), health: null, error: null };

/** The sink in this process. */
export class LocalMember implements Member {
  readonly pid = process.pid;
  readonly #state: SharedState;
  #unit: Unit | null = null;

  constructor(state: SharedState) {
    this.#state = state;
  }

  async start(options: SinkOptions): Promise<Address> {
    this.#unit = await createUnit(options, this.#state);
    return this.#unit.listen();
  }

  ask(question: Question): Promise<Answer> {
    return this.#started().answer(question);
  }

  async stop(): Promise<Answer> {
    return this.#unit === null ? NOTHING : this.#unit.close();
  }

  onDied(): void {}

  #started(): Unit {
    if (this.#unit === null) throw new BugError('a sink was asked before it was started');
    return this.#unit;
  }
}
