/**
 * Rules about executors: loads that no generator can offer, or that would measure nothing.
 */
import type { Partly } from './check-words.js';
import type { KeyPath } from './key-path.js';
import { msOf, type PartlyWords, type Report } from './rule.js';
import type { ExecutorWords } from './schema.js';

/** Arrivals a second above this are beyond any network stack: one a microsecond. */
export const MAX_RATE_PER_SEC = 1_000_000;

export function loadProblems(words: PartlyWords, report: Report): void {
  for (const [name, spec] of Object.entries(words.scenarios ?? {})) {
    if (spec === undefined) continue;
    const path = ['scenarios', name];
    checkSession(spec, words, path, report);
    checkIterations(spec, path, report);
    checkWarmup(spec, path, report);
    checkArrivals(spec, path, report);
  }
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

function checkWarmup(spec: Spec, path: KeyPath, report: Report): void {
  const [word, limit] =
    'duration' in spec
      ? [spec.duration, 'duration']
      : ['maxDuration' in spec ? spec.maxDuration : undefined, 'maxDuration'];
  const warmupMs = msOf(spec.warmup) ?? 0;
  const limitMs = msOf(word);
  if (limitMs === undefined || warmupMs === 0 || warmupMs < limitMs) return;
  report.restingOn([...path, limit])(
    [...path, 'warmup'],
    'SCENARIO_WARMUP',
    `must be shorter than ${limit} (${word}), or nothing is left to measure`,
    'Shorten the warm-up.',
  );
}

function checkArrivals(spec: Spec, path: KeyPath, report: Report): void {
  if (spec.executor !== 'constant-arrival-rate') return;
  const { rate, preAllocatedVUs, maxVUs } = spec;
  const ratePerSec = rate === undefined ? 0 : rate / ((msOf(spec.timeUnit) ?? 1000) / 1000);
  if (ratePerSec > MAX_RATE_PER_SEC) {
    report.restingOn([...path, 'timeUnit'])(
      [...path, 'rate'],
      'SCENARIO_RATE',
      `comes to ${Math.round(ratePerSec)} iterations a second, more than one a microsecond`,
      'Lower the rate, or check timeUnit.',
    );
  }
  checkEnoughArrivals(spec, ratePerSec, path, report);
  if (maxVUs !== undefined && preAllocatedVUs !== undefined && maxVUs < preAllocatedVUs) {
    report(
      [...path, 'maxVUs'],
      'SCENARIO_VUS',
      `is ${maxVUs}, below the ${preAllocatedVUs} of preAllocatedVUs`,
      'Raise maxVUs, or lower preAllocatedVUs.',
    );
  }
}

function checkEnoughArrivals(
  spec: Partly<Extract<ExecutorWords, { executor: 'constant-arrival-rate' }>>,
  ratePerSec: number,
  path: KeyPath,
  report: Report,
): void {
  const durationMs = msOf(spec.duration);
  if (durationMs === undefined || ratePerSec === 0) return;
  if ((ratePerSec * durationMs) / 1000 >= 1) return;
  report.restingOn([...path, 'timeUnit'])(
    [...path, 'rate'],
    'SCENARIO_RATE',
    `makes less than one iteration in the whole duration (${spec.duration})`,
    'Raise the rate, or run longer.',
  );
}
