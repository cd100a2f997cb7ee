/**
 * Actions: what the scenario does to the server meanwhile, each at its time.
 *
 * How each one went is told as it ends, and is never a reason to end the run. What still runs when the run is over is ended.
 */
import type { Action } from '../scenario/delivery-options.js';
import { runShell, type ShellCommand, type ShellResult } from './shell.js';

export interface ActionsOptions {
  readonly actions: readonly Action[];
  readonly run: string;
  /** Folder of the scenario file. */
  readonly folder: string;
  /** `isFailed`: it did not end with 0, or was not started. */
  readonly onEnded: (sentence: string, isFailed: boolean) => void;
  readonly onStarted: (name: string) => void;
}

export class Actions {
  readonly #options: ActionsOptions;
  readonly #timers = new Map<Action, NodeJS.Timeout>();
  readonly #running = new Set<ShellCommand>();

  constructor(options: ActionsOptions) {
    this.#options = options;
  }

  /** @param inMs until the start of the run */
  schedule(inMs: number): void {
    for (const action of this.#options.actions) {
      this.#timers.set(
        action,
        setTimeout(() => this.#begin(action), Math.max(0, inMs + action.atMs)),
      );
    }
  }

  /** No further ones, which is told; those that run are ended. Resolves when they are gone. */
  async stop(): Promise<void> {
    for (const [{ name }, timer] of this.#timers) {
      clearTimeout(timer);
      this.#options.onEnded(`The action ${name} was not started: the run was over before it was due.`, true);
    }
    this.#timers.clear();
    for (const command of this.#running) command.kill();
    await Promise.all([...this.#running].map(({ done }) => done));
  }

  #begin(action: Action): void {
    this.#timers.delete(action);
    const { name, run } = action;
    const env = { MAILBENCH_RUN: this.#options.run, MAILBENCH_ACTION: name };
    const command = runShell(run, { cwd: this.#options.folder, env });
    this.#options.onStarted(name);
    this.#running.add(command);
    void command.done.then((result) => {
      this.#running.delete(command);
      this.#options.onEnded(...sentenceOf(name, result));
    });
  }
}

function sentenceOf(
  name: string,
  { code, stderr, isCut }: ShellResult,
): [sentence: string, isFailed: boolean] {
  if (code === 0) return [`The action ${name} ended with 0.`, false];
  if (isCut) return [`The action ${name} was still running at the end and was ended.`, false];
  const how = code === null ? 'was ended by a signal or could not be started' : `ended with ${code}`;
  const words = stderr.trim().split('\n').at(-1)?.slice(0, 500) ?? '';
  return [`The action ${name} ${how}${words === '' ? '' : `: ${words}`}.`, true];
}
