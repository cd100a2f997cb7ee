/**
 * Code phases: what a run itself does with its scenario's code. setup once before the load, teardown once after everything,
 * and between them the question who should have got a message, for the proof of delivery.
 *
 * teardown is called whenever setup has come to its end, also in a run that was stopped or broke; a setup under way is waited
 * for. Neither may take longer than MAX_PHASE_MS: a run that hangs in a hook would hang a pipeline.
 */
import type { CodeRun } from '../code/code-run.js';
import { CodeError } from '../errors.js';
import type { Scenario } from '../scenario/scenario.js';
import { openScenarioCode } from '../shard/scenario-code.js';

export const MAX_PHASE_MS = 300_000;

export class CodePhases {
  readonly #scenario: Scenario;
  readonly #maxMs: number;
  readonly #cut: Promise<void>;
  #resolveCut: () => void = () => {};
  /** Settles when there is something to tear down, or nothing will be. */
  #setUp: Promise<void> = Promise.resolve();
  /** Since setup came to its end. */
  #code: CodeRun | null = null;
  #data: unknown;

  constructor(scenario: Scenario, maxMs = MAX_PHASE_MS) {
    this.#scenario = scenario;
    this.#maxMs = maxMs;
    this.#cut = new Promise((resolve) => {
      this.#resolveCut = resolve;
    });
  }

  /** What setup returned, as JSON; undefined without one. */
  get data(): unknown {
    return this.#data;
  }

  /** @throws CodeError */
  setUp(): Promise<void> {
    this.#setUp = this.#open();
    return this.#setUp;
  }

  /** Once, after everything. @throws CodeError */
  async tearDown(): Promise<void> {
    await Promise.race([this.#setUp.catch(() => {}), this.#cut]);
    if (this.#code?.has('teardown') === true) {
      await Promise.race([this.#inTime('teardown', this.#code.teardown(this.#data)), this.#cut]);
    }
  }

  /** Nobody waits any longer. */
  cut(): void {
    this.#resolveCut();
  }

  async #open(): Promise<void> {
    const code = await openScenarioCode(this.#scenario, undefined);
    if (code?.has('setup') === true) this.#data = await this.#inTime('setup', code.setup());
    this.#code = code?.withData(this.#data) ?? null;
  }

  /** Who should get message `number`, as the code says; null where it does not decide. */
  recipientsOf(): ((number: number) => readonly string[]) | null {
    const code = this.#code;
    return code?.has('envelope') === true ? (number) => code.recipientsOf(number) : null;
  }

  async #inTime<T>(name: 'setup' | 'teardown', work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#late(name)), this.#maxMs);
    });
    void this.#cut.then(() => clearTimeout(timer));
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
      // What comes after all interests nobody.
      work.catch(() => {});
    }
  }

  #late(name: 'setup' | 'teardown'): CodeError {
    const place = this.#scenario.code?.functions[name];
    return new CodeError('CODE_TIMEOUT', `${name}() at ${place} was not done after ${this.#maxMs / 1000} s`, {
      hint: 'Do what takes longer before the run.',
    });
  }
}
