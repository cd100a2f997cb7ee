/**
 * Run: one load run, from its plans to its result on disk.
 *
 * Starts the shards, records what they report as it comes, watches the thresholds that may abort, and at the end folds
 * the journal: the result is never anything but that fold. Ctrl-C, a lost worker and a full disk take the same way out
 * as a normal end. Prints nothing and renders nothing.
 */
import { unreadError } from '../delivery/looks.js';
import { DELIVERY_SOURCE } from '../delivery/tracker.js';
import { EnvironmentError, MailbenchError } from '../errors.js';
import type { Snapshot } from '../metrics/snapshot.js';
import { writeDeliveryDetails } from '../result/delivery-details.js';
import { foldRunDirectory } from '../result/fold.js';
import type { JournalHeader } from '../result/journal.js';
import { ACTION_FAILED } from '../result/live-fold.js';
import type { Result } from '../result/result.js';
import { linkLatest, type RunPlace, writeResult } from '../result/run-directory.js';
import type { ResolvedScenario, Scenario } from '../scenario/scenario.js';
import { maskSecrets } from '../scenario/secrets.js';
import { envelopesOf, withEach } from '../scenario/settings.js';
import { type MessageBatch, NO_REPORTS } from '../shard/message-report.js';
import { createRealClock, takeAnchor } from '../shard/real-clock.js';
import { Actions } from './actions.js';
import { CodePhases } from './code-phases.js';
import { createReaders } from './delivery-readers.js';
import { DeliveryWatch } from './delivery-watch.js';
import { toPast } from './past-envelope.js';
import { hostInfo, isRamped, loadModelOf, longestMsOf, makePlans, steadyOf } from './plans.js';
import { Recording } from './recording.js';
import type { RunWatcher } from './run-watcher.js';
import type { ShardHost } from './shard-host.js';
import { type EmbeddedTarget, lastSinkSnapshot, SINK_SOURCE, sinkSnapshot } from './sink-snapshot.js';
import { WorkerHost } from './worker-host.js';

export interface RunRequest {
  readonly resolved: ResolvedScenario;
  readonly workers: number;
  /** Its name and its directory, made already. */
  readonly place: RunPlace;
  /** Of the scenario file: what commands of the scenario are run in. */
  readonly folder: string;
  readonly logMessages: 'notable' | 'all';
  /** Version of mailbench. */
  readonly version: string;
  /** The sink that the run started: its target, where copies arrive, or both. */
  readonly embedded: EmbeddedTarget | null;
  /** Where that sink writes its receipts; null: it writes none. */
  readonly receipts: string | null;
  readonly watchers?: readonly RunWatcher[];
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
  /** Settles when everything is written. Rejects only when there is no journal to fold. */
  readonly finished: Promise<RunEnd>;
  readonly #request: RunRequest;
  readonly #host: ShardHost;
  readonly #anchor = takeAnchor();
  readonly #clock = createRealClock(this.#anchor);
  readonly #ended: Promise<void>;
  #resolveEnded: () => void = () => {};
  /** From the moment the shards begin to the last snapshot. */
  #recording: Recording | null = null;
  #startUs = 0;
  #cause: EndCause = 'end';
  #reason = '';
  #error: MailbenchError | null = null;
  #sinkSeq = 0;
  /** null: the scenario has no code. */
  readonly #phases: CodePhases | null;
  #watch: DeliveryWatch | null = null;
  #actions: Actions | null = null;
  #progress: NodeJS.Timeout | undefined;

  constructor(request: RunRequest) {
    this.#request = request;
    this.#host = request.host ?? new WorkerHost();
    const { scenario } = request.resolved;
    this.#phases = scenario.code === null ? null : new CodePhases(scenario);
    this.id = request.place.id;
    this.directory = request.place.directory;
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.finished = this.#run();
  }

  /** No further iterations; those in flight may finish. */
  stop(reason: string): void {
    this.#endBy('signal', reason);
    this.#watch?.cut();
    this.#host.stop();
    this.#endIfNotBegun();
  }

  /** Cuts off what is in flight. */
  abort(reason: string): void {
    this.#endBy('signal', reason);
    this.#phases?.cut();
    this.#abortShards();
    this.#endIfNotBegun();
  }

  async #run(): Promise<RunEnd> {
    try {
      if (this.#phases !== null) await Promise.race([this.#phases.setUp(), this.#ended]);
      if (this.#cause === 'end') await this.#startShards();
      if (this.#cause === 'end') await this.#openDelivery();
      if (this.#cause === 'end') await this.#load();
    } catch (error) {
      this.#fail(asMailbenchError(error));
    }
    await this.#host.terminate();
    await this.#finishDelivery();
    await this.#actions?.stop();
    clearInterval(this.#progress);
    await this.#phases?.tearDown().catch((error: unknown) => this.#fail(asMailbenchError(error)));
    return this.#close();
  }

  async #startShards(): Promise<void> {
    const started = this.#host.start(this.#plans(), {
      onSnapshot: (snapshot, messages) => this.#onSnapshot(snapshot, messages),
      onEnd: () => this.#resolveEnded(),
      onLost: (error) => this.#fail(error),
    });
    // A shard that is slow to get ready does not keep a run from being stopped.
    await Promise.race([started, this.#ended]);
  }

  #endIfNotBegun(): void {
    if (this.#recording === null) this.#resolveEnded();
  }

  async #load(): Promise<void> {
    this.#startUs = this.#clock.nowUs() + LEAD_US;
    this.#recording = this.#openRecording(this.#startUs, this.#sources());
    this.#watchEmbedded();
    this.#progress = setInterval(() => this.#onSecond(), PROGRESS_INTERVAL_MS);
    this.#watch?.start();
    this.#scheduleActions();
    this.#host.begin(this.#startUs);
    this.#tell(({ onBegin }) => onBegin?.());
    await this.#ended;
  }

  #onSnapshot(snapshot: Snapshot, messages: MessageBatch): void {
    this.#record((to) => to.add(snapshot, messages));
    this.#watch?.noteAccepted(snapshot);
  }

  async #openDelivery(): Promise<void> {
    const { resolved, folder, receipts } = this.#request;
    const { delivery, seed } = resolved.scenario;
    if (delivery === null) return;
    const watch = new DeliveryWatch({
      delivery,
      readers: createReaders(delivery, { run: this.id, seed, ownReceipts: receipts }),
      run: this.id,
      seed,
      envelopes: envelopesOf(resolved.scenario),
      recipientsOf: this.#phases?.recipientsOf() ?? null,
      folder,
      nowUs: () => this.#clock.nowUs(),
      onSnapshot: (snapshot) => this.#record((to) => to.add(snapshot, NO_REPORTS)),
    });
    try {
      await watch.open();
    } catch (error) {
      await watch.close();
      throw error;
    }
    this.#watch = watch;
  }

  /** Whatever ended the load; only one that ended by itself, or by a threshold, is waited for. */
  async #finishDelivery(): Promise<void> {
    if (this.#recording === null) return;
    if (this.#cause === 'signal' || this.#cause === 'failure') this.#watch?.cut();
    else if (this.#watch !== null) this.#tell(({ onWaiting }) => onWaiting?.());
    if ((await this.#watch?.finish()) === false && this.#error === null) this.#fail(unreadError());
  }

  #scheduleActions(): void {
    const { resolved, folder } = this.#request;
    const note = (kind: string, text: string) =>
      this.#record((to) => to.note(kind, text, this.#clock.nowUs()));
    this.#actions = new Actions({
      actions: resolved.scenario.actions,
      run: this.id,
      folder,
      onStarted: (name) => note('action', `The action ${name} was started.`),
      onEnded: (sentence, isFailed) => note(isFailed ? ACTION_FAILED : 'action', sentence),
    });
    this.#actions.schedule((this.#startUs - this.#clock.nowUs()) / 1000);
  }

  #plans() {
    const { workers, logMessages, embedded, resolved } = this.#request;
    const isTarget = embedded !== null && resolved.scenario.target.isEmbedded;
    const scenario = isTarget ? withTarget(resolved.scenario, embedded) : resolved.scenario;
    const data = this.#phases?.data;
    return makePlans(scenario, { runId: this.id, anchor: this.#anchor, workers, logMessages, data });
  }

  #openRecording(startUs: number, sources: readonly string[]): Recording {
    const header = { ...this.#header(startUs), sources: [...sources] };
    return new Recording(this.directory, header, this.#request.resolved.secrets);
  }

  /** Who will report once the run has begun. */
  #sources(): string[] {
    const { workers, embedded } = this.#request;
    const shards = Array.from({ length: workers }, (_, index) => `shard-${index}`);
    const sink = embedded === null ? [] : [SINK_SOURCE];
    return [...shards, ...sink, ...(this.#watch === null ? [] : [DELIVERY_SOURCE])];
  }

  #header(startUs: number): Omit<JournalHeader, 'type' | 'v' | 'sources'> {
    const { resolved, workers, version } = this.#request;
    const { scenario, display } = resolved;
    return {
      run: {
        id: this.id,
        name: scenario.name,
        startedAt: new Date(startUs / 1000).toISOString(),
        seed: scenario.seed,
        tags: masked(scenario.tags, resolved.secrets),
        mailbench: version,
        node: process.version,
        host: hostInfo(workers),
      },
      scenario: { ...display },
      thresholds: scenario.thresholds,
      loadModel: loadModelOf(scenario),
      steady: steadyOf(scenario),
      isRamped: isRamped(scenario),
      intervalMs: longestMsOf(scenario) > LONG_RUN_MS && !hasWindows(scenario) ? 10_000 : 1_000,
      ...this.#verifiable(),
    };
  }

  /** What `mailbench verify` needs to look for copies later. */
  #verifiable(): Pick<JournalHeader, 'envelope' | 'envelopes' | 'code' | 'delivery'> {
    const { receipts, resolved } = this.#request;
    const { delivery, code } = resolved.scenario;
    const sources = [...(receipts === null ? [] : [receipts]), ...(delivery?.sink?.receipts ?? [])];
    return {
      ...toPast(envelopesOf(resolved.scenario)),
      ...(code?.functions.envelope !== undefined && { code }),
      ...(delivery !== null && {
        delivery: { expect: delivery.expect, lateMs: delivery.lateMs, receipts: sources },
      }),
    };
  }

  #watchEmbedded(): void {
    const { embedded } = this.#request;
    embedded?.onHealth((sample) =>
      this.#record((to) => to.add(sinkSnapshot(this.#sinkSeq++, sample), NO_REPORTS)),
    );
    embedded?.onExit((reason) => {
      this.#fail(new EnvironmentError('RUN_SINK_DIED', `the embedded sink ended during the run: ${reason}`));
    });
  }

  #onSecond(): void {
    const recording = this.#recording;
    if (recording === null) return;
    this.#tell(({ onProgress, onFailing }) => {
      onProgress?.(recording.view(), this.#watch?.waiting ?? null);
      onFailing?.(recording.failingThresholds());
    });
    if (this.#cause !== 'end') return;
    const crossed = recording.crossedThreshold((this.#clock.nowUs() - this.#startUs) / 1000);
    if (crossed === null) return;
    this.#tell(({ onAbort }) => onAbort?.(crossed));
    this.#endBy('threshold', `${crossed.metric} ${crossed.threshold} failed with ${crossed.value}`);
    this.#host.stop();
  }

  #tell(what: (watcher: RunWatcher) => void): void {
    for (const watcher of this.#request.watchers ?? []) what(watcher);
  }

  #endBy(cause: 'signal' | 'threshold', reason: string): void {
    if (this.#cause === 'end') this.#cause = cause;
    this.#tell(({ onStopping }) => onStopping?.(reason));
    if (this.#reason === '') this.#reason = reason;
    this.#record((to) => to.note(cause, reason, this.#clock.nowUs()));
  }

  #fail(error: MailbenchError): void {
    if (this.#error !== null) return;
    this.#error = error;
    this.#cause = 'failure';
    this.#tell(({ onStopping }) => onStopping?.(error.message));
    this.#record((to) => to.note('failure', error.message, this.#clock.nowUs()));
    this.#abortShards();
  }

  /** Writes something, while there is a recording; a disk that does not take it ends the run. */
  #record(write: (recording: Recording) => void): void {
    if (this.#recording === null) return;
    try {
      write(this.#recording);
    } catch (error) {
      this.#fail(asMailbenchError(error));
    }
  }

  #abortShards(): void {
    this.#host.abort();
    setTimeout(() => this.#resolveEnded(), ABORT_WITHIN_MS).unref();
  }

  async #close(): Promise<RunEnd> {
    const nowUs = this.#clock.nowUs();
    const recording = this.#lastRecording(nowUs);
    const hasSink = this.#recording !== null && this.#request.embedded !== null;
    if (hasSink) this.#record((to) => to.add(lastSinkSnapshot(this.#sinkSeq, nowUs), NO_REPORTS));
    this.#recording = null;
    const status = this.#error !== null ? 'failed' : this.#cause === 'end' ? 'completed' : 'aborted';
    const reason = this.#error?.message ?? this.#reason;
    this.#try(() => recording.end({ endedAt: new Date(nowUs / 1000).toISOString(), status, reason }));
    const { result, deliveryDetails, warnings } = await foldRunDirectory(this.directory);
    this.#try(() => {
      writeResult(this.directory, result);
      if (deliveryDetails !== null) writeDeliveryDetails(this.directory, deliveryDetails);
      linkLatest(this.directory);
    });
    const cause = this.#error === null ? this.#cause : 'failure';
    return { directory: this.directory, result, warnings, cause, error: this.#error };
  }

  /** Also of a run that never began, in which nobody is missed. @throws MailbenchError why it did not, when its journal cannot be made */
  #lastRecording(nowUs: number): Recording {
    try {
      return this.#recording ?? this.#openRecording(nowUs, []);
    } catch (error) {
      // A journal that could not be begun is in the way of this one: what broke the run is what must be told.
      throw this.#error ?? error;
    }
  }

  /** One of the last steps: when it fails the others are still taken. */
  #try(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#error ??= asMailbenchError(error);
    }
  }
}

/** A tag is stored with its value, also where that came from the environment. */
function masked(tags: Readonly<Record<string, string>>, secrets: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, maskSecrets(value, secrets)]));
}

function withTarget(scenario: Scenario, { host, port }: EmbeddedTarget): Scenario {
  const routes = [{ address: { kind: 'tcp', host, port }, weight: 1 } as const];
  return withEach(scenario, 'target', (target) => (target.isEmbedded ? { ...target, routes } : target));
}

function asMailbenchError(error: unknown): MailbenchError {
  if (error instanceof MailbenchError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new EnvironmentError('RUN_FAILED', `the run could not go on: ${message}`, { cause: error });
}

/** Their seconds have to be in the journal, or it could not tell again how they did. */
function hasWindows({ thresholds }: Pick<Scenario, 'thresholds'>): boolean {
  return Object.values(thresholds).some((all) => all.some(({ windowMs }) => windowMs > 0));
}
