/**
 * Run: one load run, from its plans to its result on disk.
 *
 * Starts the shards, writes what they report to the journal as it comes, watches the thresholds that may abort, and at
 * the end folds the journal: the result is never anything but that fold. Ctrl-C, a lost worker and a full disk take the
 * same way out as a normal end. Prints nothing and renders nothing.
 */
import { join } from 'node:path';
import { EnvironmentError, MailbenchError } from '../errors.js';
import { takeAnchor } from '../load/real-clock.js';
import { NO_COUNTS, type Snapshot } from '../metrics/snapshot.js';
import { checkThresholds } from '../result/abort-thresholds.js';
import { foldRunDirectory } from '../result/fold.js';
import type { JournalHeader } from '../result/journal.js';
import { JournalWriter } from '../result/journal-writer.js';
import { LineFile } from '../result/line-file.js';
import { LiveFold, type LiveView } from '../result/live-fold.js';
import { MessageLog } from '../result/message-log.js';
import type { Result } from '../result/result.js';
import { createRunDirectory, linkLatest, RUN_FILES, writeResult } from '../result/run-directory.js';
import { createRunId } from '../result/run-id.js';
import type { ResolvedScenario, Scenario } from '../scenario/scenario.js';
import type { MessageReport } from '../shard/message-report.js';
import { hostInfo, loadModelOf, longestMsOf, makePlans, steadyOf } from './plans.js';
import type { ShardHost } from './shard-host.js';
import { WorkerHost } from './worker-host.js';

/** The sink that a run with `target.url: embedded` loads; somebody else starts and stops it. */
export interface EmbeddedTarget {
  readonly host: string;
  readonly port: number;
  onHealth(callback: (sample: LoopSample) => void): void;
  onExit(callback: (reason: string) => void): void;
}

export interface LoopSample {
  readonly fromUs: number;
  readonly toUs: number;
  readonly wallUs: number;
  readonly busyUs: number;
  readonly cpuWaitUs: number;
}

export interface RunRequest {
  readonly resolved: ResolvedScenario;
  readonly workers: number;
  /** Folder in which the run directory is made. */
  readonly out: string;
  readonly logMessages: 'notable' | 'all';
  /** Version of mailbench. */
  readonly version: string;
  readonly embedded: EmbeddedTarget | null;
  /** Once a second. */
  readonly onProgress?: (view: LiveView) => void;
  readonly host?: ShardHost;
}

/** What ended a run: its own end, a signal, a threshold with abortOnFail, or that it broke. */
export type EndCause = 'end' | 'signal' | 'threshold' | 'failure';

export interface RunEnd {
  readonly directory: string;
  readonly result: Result;
  readonly warnings: readonly string[];
  readonly cause: EndCause;
  /** Why it broke; null otherwise. */
  readonly error: MailbenchError | null;
}

/** Shards begin this long after all are ready, so that each has heard of it. */
const LEAD_US = 50_000;
const PROGRESS_INTERVAL_MS = 1_000;
/** After an abort, workers that have not ended by then are terminated. */
const ABORT_WITHIN_MS = 10_000;
const LONG_RUN_MS = 3_600_000;

export class Run {
  readonly id: string;
  readonly directory: string;
  /** Settles when everything is written. Rejects only when not even a result could be written. */
  readonly finished: Promise<RunEnd>;
  readonly #request: RunRequest;
  readonly #host: ShardHost;
  readonly #anchor = takeAnchor();
  readonly #journal: JournalWriter;
  readonly #messages: MessageLog;
  readonly #fold: LiveFold;
  readonly #ended: Promise<void>;
  #resolveEnded: () => void = () => {};
  #cause: EndCause = 'end';
  #reason = '';
  #error: MailbenchError | null = null;
  #sinkSeq = 0;
  #startedAtMs = 0;
  #progress: NodeJS.Timeout | undefined;

  /** Makes the run directory. @throws EnvironmentError when it cannot be written. */
  constructor(request: RunRequest) {
    this.#request = request;
    this.#host = request.host ?? new WorkerHost();
    this.id = createRunId(this.#anchor.wallUs / 1000, Math.random);
    this.directory = createRunDirectory(request.out, this.id);
    const header = this.#header();
    this.#journal = new JournalWriter(LineFile.create(join(this.directory, RUN_FILES.journal)), header);
    this.#messages = new MessageLog(LineFile.create(join(this.directory, RUN_FILES.messages)));
    this.#fold = new LiveFold({ type: 'header', v: 1, ...header });
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.finished = this.#run();
  }

  /** No further iterations; those in flight may finish. */
  stop(reason: string): void {
    this.#endBy('signal', reason);
    this.#host.stop();
  }

  /** Cuts off what is in flight. */
  abort(reason: string): void {
    this.#endBy('signal', reason);
    this.#abortShards();
  }

  async #run(): Promise<RunEnd> {
    try {
      await this.#host.start(this.#plans(), {
        onSnapshot: (snapshot, messages) => this.#onSnapshot(snapshot, messages),
        onEnd: () => this.#resolveEnded(),
        onLost: (error) => this.#fail(error),
      });
      this.#watchEmbedded();
      if (this.#cause === 'end') this.#begin();
      else this.#resolveEnded();
      await this.#ended;
    } catch (error) {
      this.#fail(asMailbenchError(error));
    }
    clearInterval(this.#progress);
    await this.#host.terminate();
    return this.#close();
  }

  #begin(): void {
    this.#startedAtMs = Date.now();
    this.#progress = setInterval(() => this.#onSecond(), PROGRESS_INTERVAL_MS);
    const { wallUs, hrtimeUs } = this.#anchor;
    this.#host.begin(wallUs + Number(process.hrtime.bigint()) / 1000 - hrtimeUs + LEAD_US);
  }

  #plans() {
    const { workers, logMessages, embedded, resolved } = this.#request;
    const scenario = embedded === null ? resolved.scenario : withTarget(resolved.scenario, embedded);
    return makePlans(scenario, { runId: this.id, anchor: this.#anchor, workers, logMessages });
  }

  #header(): Omit<JournalHeader, 'type' | 'v'> {
    const { resolved, workers, version, embedded } = this.#request;
    const { scenario, display } = resolved;
    const shards = Array.from({ length: workers }, (_, index) => `shard-${index}`);
    return {
      run: {
        id: this.id,
        name: scenario.name,
        startedAt: new Date(this.#anchor.wallUs / 1000).toISOString(),
        seed: scenario.seed,
        tags: { ...scenario.tags },
        mailbench: version,
        node: process.version,
        host: hostInfo(workers),
      },
      scenario: { ...display },
      thresholds: scenario.thresholds,
      loadModel: loadModelOf(scenario),
      steady: steadyOf(scenario),
      sources: embedded === null ? shards : [...shards, 'sink'],
      intervalMs: longestMsOf(scenario) > LONG_RUN_MS ? 10_000 : 1_000,
    };
  }

  #watchEmbedded(): void {
    const { embedded } = this.#request;
    embedded?.onHealth((sample) => this.#onSnapshot(this.#sinkSnapshot(sample), []));
    embedded?.onExit((reason) => {
      this.#fail(new EnvironmentError('RUN_SINK_DIED', `the embedded sink ended during the run: ${reason}`));
    });
  }

  #onSnapshot(snapshot: Snapshot, messages: readonly MessageReport[]): void {
    try {
      this.#journal.snapshot(snapshot);
      for (const message of messages) this.#messages.add(message);
      this.#messages.flush();
    } catch (error) {
      return this.#fail(asMailbenchError(error));
    }
    this.#fold.add({ type: 'snapshot', fromSeq: snapshot.seq, snapshot });
  }

  #onSecond(): void {
    this.#request.onProgress?.(this.#fold.view());
    if (this.#cause !== 'end') return;
    const crossed = checkThresholds(this.#fold, Date.now() - this.#startedAtMs)[0];
    if (crossed === undefined) return;
    this.#endBy('threshold', `${crossed.metric} ${crossed.threshold} failed with ${crossed.value}`);
    this.#host.stop();
  }

  #fail(error: MailbenchError): void {
    if (this.#error !== null) return;
    this.#error = error;
    this.#cause = 'failure';
    this.#note('failure', error.message);
    this.#abortShards();
  }

  #endBy(cause: 'signal' | 'threshold', reason: string): void {
    this.#note(cause, reason);
    if (this.#cause === 'end') this.#cause = cause;
    if (this.#reason === '') this.#reason = reason;
  }

  #note(kind: string, text: string): void {
    try {
      this.#journal.event({ atUs: Date.now() * 1000, kind, text });
    } catch (error) {
      this.#error ??= asMailbenchError(error);
    }
  }

  #abortShards(): void {
    this.#host.abort();
    setTimeout(() => this.#resolveEnded(), ABORT_WITHIN_MS).unref();
  }

  async #close(): Promise<RunEnd> {
    const status = this.#error !== null ? 'failed' : this.#cause === 'end' ? 'completed' : 'aborted';
    const reason = this.#error?.message ?? this.#reason;
    try {
      this.#messages.close();
    } catch (error) {
      this.#error ??= asMailbenchError(error);
    }
    try {
      this.#journal.end({ endedAt: new Date().toISOString(), status, reason });
    } catch (error) {
      this.#error ??= asMailbenchError(error);
    }
    this.#fold.destroy();
    const { result, warnings } = await foldRunDirectory(this.directory);
    try {
      writeResult(this.directory, result);
      linkLatest(this.directory);
    } catch (error) {
      this.#error ??= asMailbenchError(error);
    }
    const cause = this.#error === null ? this.#cause : 'failure';
    return { directory: this.directory, result, warnings, cause, error: this.#error };
  }

  #sinkSnapshot({ fromUs, toUs, wallUs, busyUs, cpuWaitUs }: LoopSample): Snapshot {
    return {
      v: 1,
      source: 'sink',
      seq: this.#sinkSeq++,
      fromUs,
      toUs,
      counts: NO_COUNTS,
      counters: {},
      rates: {},
      trends: {},
      live: '',
      gauges: {},
      outcomes: [],
      accepted: [],
      health: { wallUs, busyUs, cpuWaitUs, lateness: '', faults: {} },
      final: false,
    };
  }
}

function withTarget(scenario: Scenario, { host, port }: EmbeddedTarget): Scenario {
  return { ...scenario, target: { ...scenario.target, address: { kind: 'tcp', host, port } } };
}

function asMailbenchError(error: unknown): MailbenchError {
  if (error instanceof MailbenchError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new EnvironmentError('RUN_FAILED', `the run could not go on: ${message}`, { cause: error });
}
