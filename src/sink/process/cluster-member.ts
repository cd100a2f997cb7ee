/**
 * Cluster member: a worker process of the sink (worker.ts), as the primary process sees it.
 *
 * Node's cluster shares the port. The worker's memory of what came before is here, where all workers ask for it. A
 * worker that ends, however it does, answers everything that was still asked of it with its last known counts.
 */
import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '../../errors.js';
import { noCounts, type SinkCounts } from '../counts.js';
import type { SinkOptions } from '../options.js';
import type { SharedState } from '../shared-state.js';
import type { Member } from './member.js';
import { unpackError } from './packed-error.js';
import { answerRecalls } from './remote-state.js';
import type { Address } from './unit.js';
import type { Answer, FromWorker, Question, ToWorker } from './worker-ipc.js';

const STOP_DEADLINE_MS = 5000;

export class ClusterMember implements Member {
  readonly #worker: Worker = forkWorker();
  readonly #state: SharedState;
  readonly #ended: Promise<string>;
  readonly #asked = new Map<number, (answer: Answer) => void>();
  #started: Promise<void> = Promise.resolve();
  #number = 0;
  #counts: SinkCounts = noCounts();
  #isStopping = false;
  #hasEnded = false;

  constructor(state: SharedState) {
    this.#state = state;
    this.#ended = new Promise((resolve) => {
      this.#worker.once('error', (error) => resolve(`could not be started: ${error.message}`));
      this.#worker.process.once('close', (code, signal) => resolve(obituary(code, signal)));
    });
    void this.#ended.then(() => this.#answerAll());
  }

  get pid(): number {
    return this.#worker.process.pid ?? 0;
  }

  start(options: SinkOptions): Promise<Address> {
    const started = new Promise<Address>((resolve, reject) => {
      void this.#ended.then((how) => reject(died(how)));
      this.#worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') this.#tell({ kind: 'start', options });
        else if (message.kind === 'listening') resolve({ host: message.host, port: message.port });
        else if (message.kind === 'failed') reject(unpackError(message.error));
        else this.#onMessage(message);
      });
    });
    this.#started = started.then(noResult, noResult);
    return started;
  }

  /** One that is still starting is asked when it listens: it must not miss a change. */
  async ask(question: Question): Promise<Answer> {
    await this.#started;
    if (this.#hasEnded) return this.#lastWords();
    const number = this.#number++;
    this.#tell({ kind: 'ask', number, question });
    return new Promise((resolve) => this.#asked.set(number, resolve));
  }

  async stop(): Promise<Answer> {
    this.#isStopping = true;
    const deadline = setTimeout(() => this.#worker.process.kill('SIGKILL'), STOP_DEADLINE_MS);
    this.#tell({ kind: 'stop' });
    await this.#ended;
    clearTimeout(deadline);
    return this.#lastWords();
  }

  onDied(callback: (how: string, counts: SinkCounts) => void): void {
    void this.#ended.then((how) => {
      if (!this.#isStopping) callback(how, this.#counts);
    });
  }

  #onMessage(message: FromWorker): void {
    if (message.kind === 'recall') {
      void answerRecalls(this.#state, message.recalls).then((values) =>
        this.#tell({ kind: 'recalled', values }),
      );
    } else if (message.kind === 'answer') {
      this.#counts = message.answer.counts;
      this.#asked.get(message.number)?.(message.answer);
      this.#asked.delete(message.number);
    } else if (message.kind === 'stopped') {
      this.#counts = message.answer.counts;
    }
  }

  #answerAll(): void {
    this.#hasEnded = true;
    for (const resolve of this.#asked.values()) resolve(this.#lastWords());
    this.#asked.clear();
  }

  #lastWords(): Answer {
    return { counts: this.#counts, health: null, error: null };
  }

  /** A channel that is closed already is noticed by #ended, not here. */
  #tell(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message, () => {});
  }
}

function forkWorker(): Worker {
  // In turn: left to the kernel, one of two workers got every session in 3 of 18 runs. As fast where they share.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('./worker.js', import.meta.url)),
    args: [],
    // Not those of this process: a profiler or debugger here has no business there.
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return cluster.fork();
}

function obituary(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

function died(how: string): EnvironmentError {
  return new EnvironmentError('SINK_WORKER_DIED', `a worker of the sink ${how}`, {
    hint: 'Its own words, if it had any, stand above; start the sink again.',
  });
}

function noResult(): void {}
