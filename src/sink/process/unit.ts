/**
 * Unit: the whole sink of one process: server, behaviours, bounces, health. What a worker runs, or a sink without workers.
 *
 * Answers the questions of worker-ipc.ts and never throws at them: behaviours that cannot be used come back as an error,
 * and those before them stay.
 */
import type { BounceSender } from '../bounces/bounce-sender.js';
import type { SinkCounts } from '../counts.js';
import type { Judge } from '../judge.js';
import { judgeOf } from '../judge-of.js';
import type { BehaviourOptions, SinkOptions } from '../options.js';
import type { SharedState } from '../shared-state.js';
import { createSink, type Sink } from '../sink-server.js';
import { createHealthMeter } from './health.js';
import { packError } from './packed-error.js';
import type { Answer, Question } from './worker-ipc.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

const BOUNCE_GRACE_MS = 2000;

/** Throws what createSink and createBounceSender throw, and BehaviourError. */
export async function createUnit(options: SinkOptions, state: SharedState): Promise<Unit> {
  const judge = await judgeOf(options.behaviours ?? null, state);
  return new Unit(options, { state, judge, bounces: await bounceSenderOf(options) });
}

interface UnitParts {
  readonly state: SharedState;
  readonly judge: Judge | null;
  readonly bounces: BounceSender | null;
}

export class Unit {
  readonly #sink: Sink;
  readonly #state: SharedState;
  readonly #meter = createHealthMeter();
  readonly #bounces: BounceSender | null;

  constructor(options: SinkOptions, { state, judge, bounces }: UnitParts) {
    this.#state = state;
    this.#bounces = bounces;
    this.#sink = createSink(options, {
      judge,
      onBounce: (message, afterMs) => bounces?.schedule(message, afterMs),
    });
  }

  async listen(): Promise<Address> {
    const address = await this.#sink.listen();
    this.#meter.next();
    return address;
  }

  async answer(question: Question): Promise<Answer> {
    const health = question.kind === 'health' ? this.#meter.next() : null;
    try {
      if (question.kind === 'behave') await this.#behave(question.behaviours);
      if (question.kind === 'clear-receipts') this.#sink.clearReceipts();
      return { counts: this.#counts(), health, error: null };
    } catch (error) {
      return { counts: this.#counts(), health, error: packError(error) };
    }
  }

  async close(): Promise<Answer> {
    // In this order: the last messages may be such that bounce.
    await this.#sink.close();
    await this.#bounces?.close(BOUNCE_GRACE_MS);
    return { counts: this.#counts(), health: this.#meter.next(), error: null };
  }

  async #behave(behaviours: BehaviourOptions | null): Promise<void> {
    this.#sink.judgeWith(await judgeOf(behaviours, this.#state));
  }

  #counts(): SinkCounts {
    const counts = this.#sink.counts();
    if (this.#bounces === null) return counts;
    const { failed, reasons } = this.#bounces.counts();
    return { ...counts, bounceFailures: failed, bounceFailureReasons: reasons };
  }
}

/** The one server that DSNs go to is fixed at the start, whatever behaviours come later. */
async function bounceSenderOf({ behaviours, name, allowPublic }: SinkOptions): Promise<BounceSender | null> {
  const bounceTo = behaviours?.bounceTo ?? null;
  if (bounceTo === null) return null;
  const { createBounceSender } = await import('../bounces/bounce-sender.js');
  return createBounceSender({
    bounceTo,
    name: name ?? 'sink.example.test',
    allowPublic: allowPublic ?? false,
  });
}
