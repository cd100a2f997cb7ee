/**
 * Worker host: the shards of a run as worker threads of this process.
 *
 * A worker that throws, exits early or falls silent is reported as lost, once each, so that a run never hangs on it.
 */
import { Worker } from 'node:worker_threads';
import { BugError, CodeError, EnvironmentError, type MailbenchError, UsageError } from '../errors.js';
import type { Plan } from '../shard/plan.js';
import type { FromShard, ToShard } from '../shard/protocol.js';
import type { ShardHost, ShardHostListener } from './shard-host.js';

export interface WorkerHostOptions {
  /** The worker's code; for tests of workers that die. */
  readonly entry?: URL;
  /** Workers that are not all ready after this long are given up. */
  readonly readyWithinMs?: number;
  /** A worker that has begun and sends no snapshot for this long is lost. */
  readonly silenceMs?: number;
}

interface Shard {
  readonly name: string;
  readonly worker: Worker;
  isReady: boolean;
  hasEnded: boolean;
  isLost: boolean;
  lastHeardMs: number;
}

export class WorkerHost implements ShardHost {
  readonly #entry: URL;
  readonly #readyWithinMs: number;
  readonly #silenceMs: number;
  readonly #shards: Shard[] = [];
  #listener: ShardHostListener | null = null;
  #watch: NodeJS.Timeout | undefined;
  #lookedAtMs = 0;

  constructor(options: WorkerHostOptions = {}) {
    this.#entry = options.entry ?? new URL('../shard/worker.js', import.meta.url);
    this.#readyWithinMs = options.readyWithinMs ?? 120_000;
    this.#silenceMs = options.silenceMs ?? 30_000;
  }

  async start(plans: readonly Plan[], listener: ShardHostListener): Promise<void> {
    this.#listener = listener;
    try {
      await this.#inTime(Promise.all(plans.map((plan) => this.#startOne(plan))));
    } catch (error) {
      await this.terminate();
      throw error;
    }
  }

  begin(atUs: number): void {
    this.#hearAll();
    this.#lookedAtMs = performance.now();
    this.#watch = setInterval(() => this.#findSilent(), this.#silenceMs / 4);
    this.#send({ type: 'start', atUs });
  }

  stop(): void {
    this.#send({ type: 'stop' });
  }

  abort(): void {
    this.#send({ type: 'abort' });
  }

  async terminate(): Promise<void> {
    clearInterval(this.#watch);
    this.#listener = null;
    await Promise.all(this.#shards.map(({ worker }) => worker.terminate()));
  }

  /** Rejects when it takes too long. */
  #inTime(ready: Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      const lateMs = this.#readyWithinMs;
      const timer = setTimeout(
        () => reject(died('a shard', `: it was not ready after ${lateMs / 1000} s`)),
        lateMs,
      );
      ready.then(() => resolve(), reject).finally(() => clearTimeout(timer));
    });
  }

  #startOne(plan: Plan): Promise<void> {
    const worker = new Worker(this.#entry, { workerData: plan });
    const shard = {
      name: `shard-${plan.shard.index}`,
      worker,
      isReady: false,
      hasEnded: false,
      isLost: false,
      lastHeardMs: performance.now(),
    };
    this.#shards.push(shard);
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromShard) => {
        shard.lastHeardMs = performance.now();
        if (message.type === 'ready') {
          shard.isReady = true;
          resolve();
        } else if (message.type === 'failed' && !shard.isReady) reject(failureOf(message));
        // It goes on to its end, which it is told to come to.
        else if (message.type === 'failed') this.#listener?.onLost(failureOf(message));
        else this.#onMessage(shard, message);
      });
      const lose = (error: MailbenchError): void => {
        reject(error);
        this.#lose(shard, error);
      };
      worker.on('error', (cause) => lose(died(shard.name, `: ${cause.message}`, cause)));
      worker.on('exit', (code) => {
        if (!shard.hasEnded) lose(died(shard.name, ` with code ${code}`));
      });
    });
  }

  #onMessage(shard: Shard, message: Exclude<FromShard, { type: 'ready' | 'failed' }>): void {
    if (message.type === 'snapshot') return this.#listener?.onSnapshot(message.snapshot, message.messages);
    shard.hasEnded = true;
    this.#endIfAllEnded();
  }

  #lose(shard: Shard, error: MailbenchError): void {
    if (shard.isLost || shard.hasEnded) return;
    shard.isLost = true;
    this.#listener?.onLost(error);
    this.#endIfAllEnded();
  }

  #endIfAllEnded(): void {
    if (!this.#shards.every(({ hasEnded, isLost }) => hasEnded || isLost)) return;
    clearInterval(this.#watch);
    this.#listener?.onEnd();
    this.#listener = null;
  }

  #hearAll(): void {
    const now = performance.now();
    for (const shard of this.#shards) shard.lastHeardMs = now;
  }

  #findSilent(): void {
    const now = performance.now();
    const sinceLookMs = now - this.#lookedAtMs;
    this.#lookedAtMs = now;
    // Late ourselves: the whole process stood still (SIGSTOP, a paused VM), and what shards said is yet to be read.
    if (sinceLookMs > this.#silenceMs / 2) return this.#hearAll();
    const before = now - this.#silenceMs;
    for (const shard of this.#shards) {
      if (shard.hasEnded || shard.isLost || shard.lastHeardMs > before) continue;
      this.#lose(shard, died(shard.name, `: it has said nothing for ${this.#silenceMs / 1000} s`));
      void shard.worker.terminate();
    }
  }

  #send(message: ToShard): void {
    for (const { worker, hasEnded, isLost } of this.#shards) {
      if (!hasEnded && !isLost) worker.postMessage(message);
    }
  }
}

function died(name: string, how: string, cause?: unknown): EnvironmentError {
  return new EnvironmentError('RUN_WORKER_DIED', `the worker of ${name} died${how}`, {
    hint: 'What was measured before is in the result. If memory ran out, use fewer VUs, smaller messages or more --workers.',
    cause,
  });
}

function failureOf(failed: Extract<FromShard, { type: 'failed' }>): MailbenchError {
  const { kind, code, message, hint, stack } = failed;
  if (kind === 'bug') return new BugError(message, { cause: stack });
  if (kind === 'code') return new FailedCodeError(code, message, { hint });
  return new RefusedPlanError(code, message, hint === '' ? {} : { hint });
}

/** Of a shard; `code` is that of its reason. */
class FailedCodeError extends CodeError {}

/** A shard found that its plan cannot be carried out; `code` is that of its reason. */
class RefusedPlanError extends UsageError {}
