/**
 * Many runs in one command: one display after the other, one set of signals for all of them, and a folder for each. What `experiment` and
 * `capacity` share.
 */
import { randomInt } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { createRunDirectory, makeFolders } from '../result/run-directory.js';
import { createRunId } from '../result/run-id.js';
import type { RunEnd } from '../run/run.js';
import { untilIdle } from '../run/trial.js';
import type { LoadedScenario } from '../scenario/load-scenario.js';
import { durationOf } from './duration-flag.js';
import { DEFAULT_OUT } from './find-run.js';
import { createLiveDisplay, type LiveDisplay } from './live-display.js';
import { makeOneRun, readyToRun } from './one-run.js';
import type { OutputFlags } from './output-flags.js';
import { renderFiles } from './render-files.js';
import { workersOf } from './run-flags.js';
import { watchSignals } from './run-signals.js';
import { tell } from './terminal.js';

export const RUNS_FOLDER = 'runs';

export interface ManyRunsFlags extends Pick<OutputFlags, 'quiet' | 'color'> {
  workers: string | undefined;
  'idle-within': string;
}

/** The flags of whatever makes many runs. */
export function addManyRunsFlags<A>(yargs: Argv<A>) {
  return yargs
    .option('workers', {
      type: 'string',
      requiresArg: true,
      describe: 'Worker threads (default: cores less one)',
    })
    .option('idle-within', {
      type: 'string',
      default: '20s',
      requiresArg: true,
      describe: 'Before each run, how long to wait for the machine to come to rest; 0s does not',
    });
}

/** The folder of the whole, made where it is not there yet. `resumed`: that of one that goes on. @throws EnvironmentError */
export function manyRunsFolder(resumed: string | null, out: string | undefined, startedAt: Date): string {
  const random = () => randomInt(2 ** 32) / 2 ** 32;
  const directory =
    resumed ?? createRunDirectory(out ?? DEFAULT_OUT, createRunId(startedAt.getTime(), random));
  makeFolders(resolve(directory, RUNS_FOLDER));
  return directory;
}

export interface RunAround {
  /** Of the whole: its runs are in RUNS_FOLDER. */
  readonly directory: string;
  /** What commands of the scenario are run in. */
  readonly folder: string;
}

export class ManyRuns {
  readonly #flags: ManyRunsFlags;
  readonly #workers: number;
  readonly #idleWithinMs: number;
  readonly #signals = watchSignals({ say: (line) => this.say(line), end: () => this.#display?.end() });
  #display: LiveDisplay | null = null;

  /** @throws UsageError */
  constructor(flags: ManyRunsFlags) {
    this.#flags = flags;
    this.#workers = workersOf(flags.workers);
    this.#idleWithinMs = durationOf('--idle-within', flags['idle-within']);
  }

  untilIdle(): Promise<boolean> {
    return untilIdle(() => this.isStopped, this.#idleWithinMs);
  }

  get isStopped(): boolean {
    return this.#signals.isStopped;
  }

  say(line: string): void {
    if (this.#display !== null) this.#display.say(line);
    else if (!this.#flags.quiet) tell(`${line}\n`);
  }

  release(): void {
    this.#signals.release();
  }

  /** @throws MailbenchError when the run could not be made */
  async perform(read: LoadedScenario, { directory, folder }: RunAround): Promise<RunEnd> {
    const loaded = await readyToRun(read);
    const { quiet, color } = this.#flags;
    const display = createLiveDisplay(loaded.scenario, { quiet, color, isAlone: true });
    this.#display = display;
    const onEnd = () => {
      display.end();
      this.#display = null;
      this.#signals.forget();
    };
    try {
      const end = await makeOneRun(loaded, {
        out: join(directory, RUNS_FOLDER),
        ...{ folder, onEnd },
        workers: this.#workers,
        logMessages: 'notable',
        file: null,
        of: null,
        watchers: [{ onProgress: (view, waiting) => display.update(view, waiting) }],
        onRun: (run) => this.#signals.tell(run),
      });
      await renderFiles(end.directory, end.result);
      return end;
    } finally {
      onEnd();
    }
  }
}
