/**
 * Run events: how a run goes, as the lines of `--events`.
 *
 * Says when the load enters a phase by the clock of the run, how it goes once a second, when a threshold fails for the first
 * time, and in the end what came of it. Without `--events` it says nothing and costs nothing.
 */
import { type MailbenchError, ProblemsError } from '../errors.js';
import { verdictOf } from '../report/verdict.js';
import { targetOf } from '../report/wording.js';
import { EVENTS_VERSION, type RunEventBody } from '../result/events.js';
import type { LiveView } from '../result/live-fold.js';
import type { ThresholdResult } from '../result/result.js';
import type { RunPlace } from '../result/run-directory.js';
import { plannedMsOf, steadyOf } from '../run/plans.js';
import type { RunEnd } from '../run/run.js';
import type { RunWatcher } from '../run/run-watcher.js';
import type { LoadedScenario } from '../scenario/load-scenario.js';
import type { Scenario } from '../scenario/scenario.js';
import { EventStream } from './event-stream.js';
import { exitCodeOfError } from './exit-codes.js';
import { toRendered } from './live-display.js';
import { mailbenchVersion } from './version.js';

type Final = Extract<RunEventBody, { type: 'final' }>;

/** What a timer can hold. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class RunEvents {
  readonly #stream: EventStream | null;
  #place: RunPlace | null = null;
  #beganMs = 0;
  #isFinal = false;
  #timers: NodeJS.Timeout[] = [];

  /** @param path `-`, a file, or undefined for none. @throws EnvironmentError */
  constructor(path: string | undefined) {
    this.#stream = path === undefined ? null : new EventStream(path);
  }

  /** Whether standard output holds events and nothing else. */
  get ownsStdout(): boolean {
    return this.#stream?.isStdout ?? false;
  }

  start({ scenario, display }: LoadedScenario, place: RunPlace, workers: number): void {
    this.#place = place;
    this.#emit({
      type: 'phase',
      phase: 'start',
      name: scenario.name,
      target: targetOf({ scenario: display }),
      scenarios: Object.keys(scenario.scenarios),
      seed: scenario.seed,
      workers,
      plannedMs: plannedMsOf(scenario),
      directory: place.directory,
      mailbench: mailbenchVersion(),
    });
  }

  /** What a run is to call; nothing where nobody listens. */
  watcher(scenario: Scenario): RunWatcher {
    if (this.#stream === null) return {};
    const crossed = new Set<string>();
    return {
      onBegin: () => this.#begin(scenario),
      onProgress: (view) => this.#progress(view, scenario),
      onFailing: (rows) => {
        for (const row of rows.filter((one) => !crossed.has(idOf(one)))) {
          crossed.add(idOf(row));
          this.#threshold(row, false);
        }
      },
      onAbort: (row) => this.#threshold(row, true),
      onStopping: (reason) => {
        this.#clearTimers();
        this.#phase('stopping', reason);
      },
      onWaiting: () => this.#phase('delivery'),
    };
  }

  /** The last line of a run that has a result. */
  final({ result, directory, error }: RunEnd, exitCode: number): void {
    const { kind, sentence } = verdictOf(result);
    const { run, health, counts, thresholds, delivery } = result;
    this.#emit({
      type: 'final',
      exitCode,
      verdict: error === null ? kind : 'error',
      sentence,
      directory,
      status: run.status,
      health: health.verdict,
      ...{ counts, thresholds, delivery },
      ...errorOf(error),
    });
  }

  /** The last line where something was thrown. */
  failed(error: unknown): void {
    this.#emit({
      type: 'final',
      exitCode: exitCodeOfError(error),
      verdict: 'error',
      sentence: messageOf(error),
      directory: this.#place?.directory ?? null,
      ...{ status: null, health: null, counts: null, thresholds: [], delivery: null },
      ...errorOf(error),
    });
  }

  /** @returns why events could not be written, or null */
  async end(): Promise<MailbenchError | null> {
    this.#clearTimers();
    return (await this.#stream?.end()) ?? null;
  }

  #begin(scenario: Scenario): void {
    this.#beganMs = performance.now();
    const { fromMs, toMs } = steadyOf(scenario);
    this.#phase(fromMs > 0 ? 'warmup' : 'steady');
    if (fromMs > 0) this.#later('steady', fromMs);
    if (toMs !== null) this.#later('finishing', toMs);
  }

  #later(phase: 'steady' | 'finishing', afterMs: number): void {
    if (afterMs > LONGEST_TIMER_MS) return;
    this.#timers.push(setTimeout(() => this.#phase(phase), afterMs).unref());
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }

  #phase(phase: 'warmup' | 'steady' | 'finishing' | 'stopping' | 'delivery', reason = ''): void {
    this.#emit({ type: 'phase', phase, elapsedMs: this.#elapsedMs(), reason });
  }

  #progress(view: LiveView, scenario: Scenario): void {
    const { elapsedMs, plannedMs, progress, offeredPerSec, achievedPerSec, ...rendered } = toRendered(
      view,
      scenario,
    );
    this.#emit({
      type: 'progress',
      elapsedMs: Math.round(elapsedMs),
      plannedMs,
      progress: rounded(progress),
      offeredPerSec: rounded(offeredPerSec),
      acceptedPerSec: rounded(achievedPerSec),
      p50: rendered.p50Ms,
      p95: rendered.p95Ms,
      p99: rendered.p99Ms,
      vus: rendered.vus,
      sessionsOpen: rendered.sessionsOpen,
      counts: view.counts,
      unexpected: view.unexpected,
      topFailure: view.topFailure,
      missing: view.missing,
      health: view.health.verdict,
    });
  }

  #threshold({ metric, threshold, value, abortOnFail }: ThresholdResult, aborts: boolean): void {
    const elapsedMs = this.#elapsedMs();
    this.#emit({ type: 'threshold', elapsedMs, metric, threshold, value, abortOnFail, aborts });
  }

  #elapsedMs(): number {
    return this.#beganMs === 0 ? 0 : Math.round(performance.now() - this.#beganMs);
  }

  /** What comes after the last line is not said. */
  #emit(body: RunEventBody): void {
    if (this.#isFinal) return;
    this.#isFinal = body.type === 'final';
    const at = new Date().toISOString();
    this.#stream?.emit({ v: EVENTS_VERSION, at, run: this.#place?.id ?? null, ...body });
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function idOf({ metric, threshold }: ThresholdResult): string {
  return `${metric} ${threshold}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function errorOf(error: unknown): Pick<Final, 'error' | 'problems'> {
  if (error === null) return { error: null, problems: [] };
  const { code = 'BUG', hint = '' } = error as Partial<MailbenchError>;
  const problems = error instanceof ProblemsError ? error.problems : [];
  return {
    error: { code, message: messageOf(error), hint },
    problems: problems.map(({ code, where, path, message }) => ({ code, where, path, message })),
  };
}
