/**
 * Rules about executors: loads that no generator can offer, or that would measure nothing.
 */

import type { KeyPath } from '../../yaml/key-path.js';
import { MAX_SEQ } from '../address-pattern.js';
import type { Partly } from '../check-words.js';
import { mostOf } from '../drawn-count.js';
import type { ExecutorWords } from '../schema/schema.js';
import { checkArrivals } from './arrivals.js';
import { msOf, type PartlyWords, type Report } from './rule.js';
import { arrivalsOf, durationMsOf } from './spans.js';

export function loadProblems(words: PartlyWords, report: Report): void {
  for (const [name, spec] of Object.entries(words.scenarios ?? {})) {
    if (spec === undefined) continue;
    const path = ['scenarios', name];
    checkSession(spec, words, path, report);
    checkNumbers(spec, words, path, report);
    checkIterations(spec, path, report);
    checkWarmup(spec, path, report);
    checkArrivals(spec, path, report);
    checkRampingVus(spec, path, report);
  }
}

/** When the last arrivals are due; null where iterations decide. */
export function plannedEndMs({ scenarios = {} }: Pick<PartlyWords, 'scenarios'>): number | null {
  const ends = Object.values(scenarios).map((spec) => {
    const durationMs = spec === undefined ? undefined : durationMsOf(spec);
    return durationMs === undefined ? null : (msOf(spec?.startTime) ?? 0) + durationMs;
  });
  return ends.includes(null) ? null : Math.max(...(ends as number[]));
}

type Spec = Partly<ExecutorWords>;

function checkSession(spec: Spec, words: PartlyWords, path: KeyPath, report: Report): void {
  const messagesPerSession = words.client?.messagesPerSession ?? 'unlimited';
  if (spec.iteration !== 'session' || messagesPerSession !== 'unlimited') return;
  report.restingOn(['client', 'messagesPerSession'])(
    [...path, 'iteration'],
    'SCENARIO_SESSION_UNBOUNDED',
    'is session, but client.messagesPerSession is unlimited, so no session would ever end',
    'Set `messagesPerSession: 10` under client, or whatever a session holds.',
  );
}

/** Where only time bounds the iterations of a VU, this many sessions must have numbers for all their messages. */
const SESSIONS_FORESEEN = 1_000_000;

/** Numbers are spread over the executors, and each session takes as many as it may send at most. */
function checkNumbers(spec: Spec, words: PartlyWords, path: KeyPath, report: Report): void {
  const executors = Object.keys(words.scenarios ?? {}).length;
  const isSession = spec.iteration === 'session';
  const messages = isSession ? mostPerSession(words) : 1;
  const iterations = mostIterations(spec) ?? (isSession ? SESSIONS_FORESEEN : 1);
  if (messages === null || iterations * messages * executors <= MAX_SEQ + 1) return;
  const most = Math.floor((MAX_SEQ + 1) / messages / executors);
  report.restingOn(['client', 'messagesPerSession'])(
    path,
    'SCENARIO_NUMBERS',
    isSession
      ? `may take more than the 10^10 numbers of a run: ${messages} messages a session leave numbers for ${most} sessions`
      : `would take more than the 10^10 numbers of a run: it may have ${most} iterations`,
    isSession ? 'Lower messagesPerSession under client.' : 'Run it in several runs.',
  );
}

/** null: without a bound, which has been reported. */
function mostPerSession({ client }: PartlyWords): number | null {
  const { messagesPerSession = 'unlimited' } = client ?? {};
  if (messagesPerSession === 'unlimited') return null;
  return mostOf(messagesPerSession) ?? null;
}

/** null: as many as the server lets through. */
function mostIterations(spec: Spec): number | null {
  if (spec.executor === 'shared-iterations') return spec.iterations ?? 1;
  if (spec.executor === 'per-vu-iterations') return (spec.iterations ?? 1) * (spec.vus ?? 1);
  const arrivals = arrivalsOf(spec);
  return arrivals === undefined ? null : Math.ceil(arrivals);
}

/** k6 refuses this too: a VU that never gets an iteration is a mistake. */
function checkIterations(spec: Spec, path: KeyPath, report: Report): void {
  if (spec.executor !== 'shared-iterations') return;
  const { iterations = 1, vus = 1 } = spec;
  if (iterations >= vus) return;
  report.restingOn([...path, 'iterations'], [...path, 'vus'])(
    [...path, 'iterations'],
    'SCENARIO_ITERATIONS',
    `is ${iterations}, fewer than the ${vus} VUs that share them`,
    `Use at most ${iterations} VUs, or at least ${vus} iterations.`,
  );
}

function checkRampingVus(spec: Spec, path: KeyPath, report: Report): void {
  if (spec.executor !== 'ramping-vus') return;
  const { startVUs = 1, stages = [] } = spec;
  if (startVUs > 0 || stages.some((stage) => stage?.target !== 0)) return;
  report.restingOn([...path, 'startVUs'], [...path, 'stages'])(
    [...path, 'stages'],
    'SCENARIO_VUS',
    'never has a VU: startVUs and every target are 0',
    'Give a stage a target above 0.',
  );
}

function checkWarmup(spec: Spec, path: KeyPath, report: Report): void {
  const [word, limitMs, limit] = limitOf(spec);
  const warmupMs = msOf(spec.warmup) ?? 0;
  if (limitMs === undefined || warmupMs === 0 || warmupMs < limitMs) return;
  report.restingOn([...path, limit])(
    [...path, 'warmup'],
    'SCENARIO_WARMUP',
    `must be shorter than ${limit} (${word}), or nothing is left to measure`,
    'Shorten the warm-up.',
  );
}

/** The key that says when iterations no longer begin: what it says, that in ms, and its name. */
function limitOf(spec: Spec): [word: string | number | undefined, ms: number | undefined, key: string] {
  const durationMs = durationMsOf(spec);
  if ('stages' in spec) return [`${durationMs}ms`, durationMs, 'stages'];
  if ('duration' in spec) return [spec.duration, durationMs, 'duration'];
  const word = 'maxDuration' in spec ? spec.maxDuration : undefined;
  return [word, msOf(word), 'maxDuration'];
}
