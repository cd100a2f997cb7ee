import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  EXIT_CODE_HELP,
  ExitCode,
  exitCodeOfCapacity,
  exitCodeOfComparison,
  exitCodeOfError,
  exitCodeOfRun,
} from '#src/cli/exit-codes.js';
import {
  BugError,
  CodeError,
  EnvironmentError,
  type MailbenchError,
  ScenarioError,
  UsageError,
} from '#src/errors.js';
import type { Capacity } from '#src/result/capacity.js';
import type { Comparison } from '#src/result/comparison.js';
import type { Result } from '#src/result/result.js';
import type { EndCause } from '#src/run/run.js';
import { sampleCapacity } from '#test/report/capacity/sample-capacity.js';

interface Facts {
  readonly cause?: EndCause;
  readonly error?: MailbenchError;
  readonly verdict?: Result['health']['verdict'];
  /** Expression of each threshold, and whether it holds. */
  readonly thresholds?: Readonly<Record<string, boolean>>;
  readonly accepted?: number;
  /** What the thresholds were judged by. */
  readonly value?: number | null;
}

const cases: [string, Facts, number][] = [
  ['a run that ended by itself', {}, 0],
  ['a degraded generator', { verdict: 'degraded' }, 0],
  ['thresholds that hold', { thresholds: { smtp_message_duration: true, checks: true } }, 0],
  ['one threshold that does not', { thresholds: { smtp_message_duration: true, checks: false } }, 99],
  ['a threshold that aborted the run', { cause: 'threshold' }, 99],
  ['nothing accepted', { accepted: 0 }, 99],
  ['nothing accepted, and a threshold on something else', { accepted: 0, thresholds: { checks: true } }, 99],
  [
    'nothing accepted, and smtp_message_failed says that is fine',
    { accepted: 0, thresholds: { smtp_message_failed: true } },
    0,
  ],
  [
    'nothing accepted, and smtp_message_failed was not judged',
    { accepted: 0, thresholds: { smtp_message_failed: true }, value: null },
    99,
  ],
  ['the same of one scenario', { accepted: 0, thresholds: { 'smtp_message_failed{scenario:a}': true } }, 0],
  [
    'nothing accepted, and smtp_message_failed fails',
    { accepted: 0, thresholds: { smtp_message_failed: false } },
    99,
  ],
  ['a metric that only begins alike', { accepted: 0, thresholds: { smtp_message_failed_ever: true } }, 99],
  ['a generator that was the bottleneck', { verdict: 'invalid' }, 120],
  ['a signal', { cause: 'signal' }, 105],
  ['a run that broke', { cause: 'failure', error: new EnvironmentError('RUN_WORKER_DIED', '') }, 1],
  [
    'messages that cannot be composed',
    { cause: 'failure', error: new UsageError('MESSAGE_SIZE_TOO_SMALL', '') },
    104,
  ],
  ['scenario code that threw', { cause: 'failure', error: new CodeError('CODE_THREW', '') }, 107],
  // Where several apply.
  ['invalid before thresholds', { verdict: 'invalid', thresholds: { checks: false } }, 120],
  ['invalid before a threshold that aborted', { cause: 'threshold', verdict: 'invalid' }, 120],
  ['a signal before invalid', { cause: 'signal', verdict: 'invalid' }, 105],
  [
    'a signal before thresholds and nothing accepted',
    { cause: 'signal', accepted: 0, thresholds: { checks: false } },
    105,
  ],
  [
    'a failure before everything',
    { cause: 'failure', verdict: 'invalid', accepted: 0, thresholds: { checks: false } },
    1,
  ],
];
for (const [what, facts, expected] of cases) {
  test(`${what}: ${expected}`, () => assert.equal(exitCodeOfRun(endOf(facts)), expected));
}

test('what the user can mend is 104, what the machine or we have to mend is 1', () => {
  const problem = { code: 'SCENARIO_RATE', where: '', path: '', message: '' };
  assert.equal(exitCodeOfError(new UsageError('USAGE_ARGUMENTS', '')), 104);
  assert.equal(exitCodeOfError(new ScenarioError([problem])), 104);
  assert.equal(exitCodeOfError(new EnvironmentError('RESULT_DISK_FULL', '')), 1);
  assert.equal(exitCodeOfError(new BugError('')), 1);
  assert.equal(exitCodeOfError(new TypeError('')), 1);
  assert.equal(exitCodeOfError('a string'), 1);
});

test('the help lists every exit code', () => {
  const listed = [...EXIT_CODE_HELP.matchAll(/^ +(\d+) /gm)].map(([, code]) => Number(code));
  assert.deepEqual(
    listed.sort((a, b) => a - b),
    Object.values(ExitCode).sort((a, b) => a - b),
  );
});

test('a comparison fails where somebody said so, a worse variant first', () => {
  const of = (...verdicts: ('better' | 'worse' | 'same' | 'inconclusive' | null)[]) => ({
    rows: verdicts.map((verdict) => ({ verdict })) as unknown as Comparison['rows'],
  });
  assert.equal(exitCodeOfComparison(of('worse', 'inconclusive'), []), 0);
  assert.equal(exitCodeOfComparison(of('inconclusive', 'worse'), ['worse', 'inconclusive']), 121);
  assert.equal(exitCodeOfComparison(of('inconclusive', 'same'), ['worse', 'inconclusive']), 122);
  assert.equal(exitCodeOfComparison(of('inconclusive'), ['worse']), 0);
  assert.equal(exitCodeOfComparison(of(null, 'better'), ['worse', 'inconclusive']), 0);
});

test('a capacity is missed, unknown or none', () => {
  const of = (change: Partial<Capacity>, least: number | null = null) =>
    exitCodeOfCapacity(sampleCapacity(change), least);
  assert.equal(of({}), 0);
  assert.equal(of({}, 475), 0);
  assert.equal(of({}, 476), 123);
  assert.equal(of({ generatorLimited: true }, 476), 120);
  assert.equal(of({ generatorLimited: true }, 400), 0);
  assert.equal(of({ sustainedPerSec: null }), 99);
  assert.equal(of({ sustainedPerSec: null }, 10), 123);
  assert.equal(of({ endedBy: 'stopped' }), 105);
  assert.equal(of({ by: 'vus', sustainedPerSec: null }), 0);
});

function endOf({ cause = 'end', error, verdict = 'ok', thresholds = {}, accepted = 1, value = 0 }: Facts) {
  const rows = Object.entries(thresholds).map(([metric, ok]) => ({ metric, ok, value }));
  // As much of a result as decides.
  return {
    cause,
    error: error ?? null,
    result: { health: { verdict }, thresholds: rows, counts: { accepted } } as unknown as Result,
  };
}
