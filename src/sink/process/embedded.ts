/**
 * Embedded sink: a sink on loopback in a process of its own, so that receiving does not steal the generator's loop.
 *
 * The process lives until `stop()`, or until this process ends, however it does. Whoever starts it must stop it, as
 * it keeps this process alive. Nothing it prints reaches the terminal; the end of its stderr is quoted in errors.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '../../errors.js';
import { noCounts, type SinkCounts } from '../counts.js';
import type { GroupOptions, SinkHealth } from './group.js';
import type { FromSink, ToSink } from './ipc.js';
import { type PackedError, unpackError } from './packed-error.js';

export type { SinkCounts } from '../counts.js';
export type { SinkHealth } from './group.js';

/** Sessions never idle out unless asked to; it listens on a free port of 127.0.0.1 unless told otherwise. */
export type EmbeddedSinkOptions = Partial<GroupOptions>;

export interface EmbeddedSink {
  readonly host: string;
  readonly port: number;
  /** Of the process, for tests and for those who watch it. */
  readonly pid: number;
  /** About once a second, and once more at `stop()`: windows touch. One callback, the last one set. */
  onHealth(callback: (sample: SinkHealth) => void): void;
  /** Called once if the process ends before `stop()` was called, with a sentence that says how. */
  onExit(callback: (reason: string) => void): void;
  /** Says 421 to open sessions and ends the process. Never throws; after a crash the last counts known are returned. */
  stop(): Promise<SinkCounts>;
}

const LOOPBACK = '127.0.0.1';
const STOP_DEADLINE_MS = 5000;
const STDERR_TAIL_CHARS = 2000;

/**
 * Resolves when the sink listens. Throws EnvironmentError SINK_START_FAILED, and BehaviourError with every problem when
 * the behaviours cannot be used.
 */
export async function startEmbeddedSink(options: EmbeddedSinkOptions = {}): Promise<EmbeddedSink> {
  const handle = new SinkProcess();
  return handle.start({ host: LOOPBACK, port: 0, protocol: 'smtp', idleMs: 0, ...options });
}

class SinkProcess {
  readonly #child: ChildProcess = forkSink();
  readonly #ended: Promise<string>;
  #stderrTail = '';
  #counts: SinkCounts = noCounts();
  #stopped: Promise<SinkCounts> | null = null;
  #onHealth: (sample: SinkHealth) => void = () => {};

  constructor() {
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderrTail = (this.#stderrTail + text).slice(-STDERR_TAIL_CHARS);
    });
    // Not 'exit': after 'close' the messages and the stderr that were still under way have been seen.
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(`could not be started: ${error.message}`));
      this.#child.once('close', (code, signal) => resolve(this.#obituary(code, signal)));
    });
  }

  async start(options: GroupOptions): Promise<EmbeddedSink> {
    const address = await this.#handshake(options);
    this.#child.on('message', (message: FromSink) => this.#onMessage(message));
    return {
      ...address,
      pid: this.#child.pid ?? 0,
      onHealth: (callback) => {
        this.#onHealth = callback;
      },
      onExit: (callback) => {
        void this.#ended.then((reason) => {
          if (this.#stopped === null) callback(reason);
        });
      },
      stop: () => {
        this.#stopped ??= this.#stop();
        return this.#stopped;
      },
    };
  }

  #handshake(options: GroupOptions): Promise<{ host: string; port: number }> {
    return new Promise((resolve, reject) => {
      void this.#ended.then((reason) => reject(startFailed(`the embedded sink ${reason}`)));
      this.#child.once('message', (message: FromSink) => {
        if (message.kind === 'listening') resolve({ host: message.host, port: message.port });
        else if (message.kind === 'failed') reject(failure(message.error));
      });
      this.#tell({ kind: 'start', options });
    });
  }

  #onMessage(message: FromSink): void {
    if (message.kind === 'health') {
      this.#counts = message.sample.counts;
      this.#onHealth(message.sample);
    } else if (message.kind === 'stopped') {
      this.#counts = message.counts;
    }
  }

  async #stop(): Promise<SinkCounts> {
    const deadline = setTimeout(() => this.#child.kill('SIGKILL'), STOP_DEADLINE_MS);
    this.#tell({ kind: 'stop' });
    await this.#ended;
    clearTimeout(deadline);
    return this.#counts;
  }

  /** A channel that is closed already is reported by #ended, not here. */
  #tell(message: ToSink): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #obituary(code: number | null, signal: NodeJS.Signals | null): string {
    const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
    const lastWords = this.#stderrTail.trim();
    return lastWords === '' ? how : `${how}: ${lastWords}`;
  }
}

function forkSink(): ChildProcess {
  return fork(fileURLToPath(new URL('./process.js', import.meta.url)), [], {
    execPath: process.execPath,
    // Not those of the parent: a profiler or debugger there has no business here.
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

function failure(error: PackedError): Error {
  return error.kind === 'behaviours' ? unpackError(error) : startFailed(error.message, error.hint);
}

function startFailed(message: string, hint = ''): EnvironmentError {
  return new EnvironmentError('SINK_START_FAILED', `cannot start the embedded sink: ${message}`, {
    hint: hint || 'Check that this host can start processes and that the sink may listen at that address.',
  });
}
