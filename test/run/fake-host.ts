/** Shards that do what a test says, in its own time: no threads, no sockets. */
import type { MailbenchError } from '#src/errors.js';
import type { ShardHost, ShardHostListener } from '#src/run/shard-host.js';
import type { MessageReport } from '#src/shard/message-report.js';
import type { Plan } from '#src/shard/plan.js';
import { type SampleOptions, sampleSnapshot } from '#test/result/sample-journal.js';

export class FakeHost implements ShardHost {
  /** What the run asked for, in order. */
  readonly calls: string[] = [];
  plans: readonly Plan[] = [];
  /** Called in the same moment as the run's call of that name. */
  onBegin: () => void = () => {};
  onStop: () => void = () => {};
  onAbort: () => void = () => {};
  /** Set to make shards that are never ready, or fail to be. */
  ready: () => Promise<void> = () => Promise.resolve();
  #listener: ShardHostListener | null = null;
  #startUs = 0;

  async start(plans: readonly Plan[], listener: ShardHostListener): Promise<void> {
    this.calls.push('start');
    this.plans = plans;
    this.#listener = listener;
    await this.ready();
  }

  begin(atUs: number): void {
    this.calls.push('begin');
    this.#startUs = atUs;
    this.onBegin();
  }

  stop(): void {
    this.calls.push('stop');
    this.onStop();
  }

  abort(): void {
    this.calls.push('abort');
    this.onAbort();
  }

  async terminate(): Promise<void> {
    this.calls.push('terminate');
  }

  /** A shard reports a second. */
  report(options: SampleOptions, messages: readonly MessageReport[] = []): void {
    const snapshot = sampleSnapshot(options);
    const fromUs = this.#startUs + snapshot.seq * 1_000_000;
    this.#listener?.onSnapshot(
      { ...snapshot, fromUs, toUs: fromUs + 1_000_000 },
      { reports: messages, omitted: {} },
    );
  }

  end(): void {
    this.#listener?.onEnd();
  }

  lose(error: MailbenchError): void {
    this.#listener?.onLost(error);
  }
}
