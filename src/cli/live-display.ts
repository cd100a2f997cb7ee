/**
 * Live display: how a run goes, while it goes. On a terminal a few lines that are drawn over once a second; elsewhere
 * (CI, a pipe) a plain line every ten seconds. Goes to stderr, so that stdout holds the summary alone.
 */
import process from 'node:process';
import type { LiveView as Rendered } from '../report/live-view.js';
import { renderLive, renderPlainProgress, renderWaiting } from '../report/live-view.js';
import type { LiveView } from '../result/live-fold.js';
import { longestMsOf, plannedIterationsOf, plannedMsOf } from '../run/plans.js';
import type { Waiting } from '../run/run-watcher.js';
import type { Scenario } from '../scenario/scenario.js';
import { isColored, isDrawable, tell } from './terminal.js';

export interface LiveDisplay {
  /** `waiting`: the load is over, and copies are waited for. */
  update(view: LiveView, waiting: Waiting | null): void;
  /** A line that stays, above the live ones. */
  say(line: string): void;
  /** Takes the live lines away. */
  end(): void;
}

const PLAIN_EVERY_MS = 10_000;

/** Draws nothing over where somebody else, such as a reader of the events, may write to the same terminal. */
export function createLiveDisplay(
  scenario: Scenario,
  how: { readonly quiet: boolean; readonly color?: boolean | undefined; readonly isAlone: boolean },
): LiveDisplay {
  if (how.quiet) return { update: () => {}, say: () => {}, end: () => {} };
  const draws = how.isAlone && isDrawable(process.stderr);
  return draws ? new TerminalDisplay(scenario, how.color) : new PlainDisplay(scenario);
}

class TerminalDisplay implements LiveDisplay {
  readonly #scenario: Scenario;
  readonly #color: boolean;
  #drawn = 0;
  #last: string[] = [];

  constructor(scenario: Scenario, usesColor: boolean | undefined) {
    this.#scenario = scenario;
    this.#color = isColored(process.stderr, usesColor);
    tell('\x1b[?25l');
  }

  update(view: LiveView, waiting: Waiting | null): void {
    const width = process.stderr.columns || 80;
    this.#last =
      waiting === null
        ? renderLive(toRendered(view, this.#scenario), { color: this.#color, width })
        : [renderWaiting(waiting, width)];
    this.#draw(this.#last);
  }

  say(line: string): void {
    this.#clear();
    tell(`${line}\n`);
    this.#draw(this.#last);
  }

  end(): void {
    this.#clear();
    tell('\x1b[?25h');
  }

  #draw(lines: readonly string[]): void {
    this.#clear();
    tell(lines.map((line) => `${line}\n`).join(''));
    this.#drawn = lines.length;
  }

  #clear(): void {
    if (this.#drawn > 0) tell(`\x1b[${this.#drawn}A\x1b[0J`);
    this.#drawn = 0;
  }
}

class PlainDisplay implements LiveDisplay {
  readonly #scenario: Scenario;
  readonly #sinceMs = performance.now();
  #nextAtMs = PLAIN_EVERY_MS;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  update(view: LiveView, waiting: Waiting | null): void {
    // By the clock on the wall: what the view has seen may lie a second back.
    const elapsedMs = performance.now() - this.#sinceMs;
    if (elapsedMs < this.#nextAtMs - 500) return;
    this.#nextAtMs += PLAIN_EVERY_MS;
    this.say(
      waiting === null
        ? renderPlainProgress(toRendered(view, this.#scenario))
        : renderWaiting(waiting, Number.POSITIVE_INFINITY).trim(),
    );
  }

  say(line: string): void {
    tell(`${line}\n`);
  }

  end(): void {}
}

/** From what the fold knows to what the view shows: rates per second, progress as a share. */
export function toRendered(view: LiveView, scenario: Scenario): Rendered {
  const { last, counts } = view;
  const plannedMs = plannedMsOf(scenario);
  const perSec = (count: number) => (view.lastMs > 0 ? (count * 1000) / view.lastMs : 0);
  return {
    name: scenario.name,
    elapsedMs: view.elapsedMs,
    plannedMs,
    progress: Math.min(1, progressOf(view, scenario)),
    offeredPerSec: perSec(last?.scheduled ?? 0),
    achievedPerSec: perSec(last?.accepted ?? 0),
    sessionsOpen: last?.sessionsOpen ?? 0,
    vus: view.vus,
    p50Ms: last?.p50 ?? null,
    p95Ms: last?.p95 ?? null,
    p99Ms: last?.p99 ?? null,
    failuresTotal: view.unexpected,
    failuresPerSec: perSec((last?.rejected ?? 0) + (last?.failed ?? 0)),
    topFailure: view.topFailure,
    dropped: counts.dropped,
    health: { verdict: view.health.verdict, utilisation: last?.utilisation ?? null },
  };
}

/** By time, or by iterations where their number decides; of both together, by the time of those that have one. */
function progressOf({ elapsedMs, counts }: LiveView, scenario: Scenario): number {
  const iterations = plannedIterationsOf(scenario);
  return iterations === null ? elapsedMs / longestMsOf(scenario) : counts.started / iterations;
}
