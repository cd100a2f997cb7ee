import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeTrial } from '#src/capacity/judge-trial.js';
import { type Observation, observe } from '#src/capacity/observation.js';
import type { SeriesRow } from '#src/result/result.js';
import { passedResult } from '#test/report/fixture.js';

const GOOD: Observation = {
  thresholds: [{ rule: 'smtp_message_duration p(99)<250', ok: true, value: 40 }],
  scheduled: 1_000,
  started: 1_000,
  accepted: 1_000,
  outstanding: [3, 4, 2, 5, 3, 4, 3, 4],
  backlog: [9, 8, 9, 7, 9, 8, 7, 9],
  sick: null,
  notDrained: null,
};

function rulesOf(change: Partial<Observation>, rate = 100): readonly string[] {
  return judgeTrial({ ...GOOD, ...change }, rate).reasons.map(({ rule }) => rule);
}

describe('a trial', () => {
  test('passes where everything holds', () => {
    assert.deepEqual(judgeTrial(GOOD, 100), { verdict: 'pass', reasons: [] });
    assert.equal(judgeTrial({ ...GOOD, backlog: null }, 100).verdict, 'pass');
  });

  test('fails by a threshold, and names it with its value', () => {
    const { verdict, reasons } = judgeTrial(
      { ...GOOD, thresholds: [{ rule: 'smtp_message_duration p(99)<250', ok: false, value: 312.4567 }] },
      100,
    );
    assert.equal(verdict, 'fail');
    assert.deepEqual(reasons, [
      { rule: 'smtp_message_duration p(99)<250', text: 'smtp_message_duration p(99)<250 (was 312.5)' },
    ]);
  });

  test('fails where less than 99 % of what was due is begun', () => {
    assert.deepEqual(rulesOf({ started: 990 }), []);
    assert.deepEqual(rulesOf({ started: 989 }), ['sent']);
  });

  test('fails where nothing was accepted', () => {
    assert.deepEqual(rulesOf({ accepted: 0 }), ['accepted']);
  });

  test('fails where more and more is left undone, in sessions or behind the server', () => {
    const rising = [10, 14, 19, 22, 27, 30, 36, 40];
    assert.deepEqual(rulesOf({ outstanding: rising }), ['open']);
    assert.deepEqual(rulesOf({ backlog: rising }), ['backlog']);
  });

  test('does not fail for what is too slow a growth to matter, nor for a spike', () => {
    const rising = [10, 14, 19, 22, 27, 30, 36, 40];
    assert.deepEqual(rulesOf({ outstanding: rising }, 1_000), []);
    assert.deepEqual(rulesOf({ outstanding: [3, 4, 2, 500, 3, 4, 3, 4] }), []);
    // Three seconds can rise by chance.
    assert.deepEqual(rulesOf({ outstanding: [5, 8, 30] }), []);
  });

  test('fails where the queue does not get empty', () => {
    assert.deepEqual(rulesOf({ notDrained: '5 accepted copies have not been seen' }), ['drained']);
  });

  test('is void where the generator was the bottleneck, whatever else did not hold', () => {
    const { verdict, reasons } = judgeTrial({ ...GOOD, started: 10, sick: 'too busy' }, 100);
    assert.equal(verdict, 'void');
    assert.deepEqual(reasons, [{ rule: 'generator', text: 'too busy' }]);
  });
});

describe('what is seen of a run', () => {
  const row = (t: number, change: Partial<SeriesRow>): SeriesRow => ({
    ...{ t, scheduled: 100, started: 100, dropped: 0, accepted: 100, rejected: 0, failed: 0 },
    ...{ p50: 1, p95: 1, p99: 1, sessionsOpen: 7, utilisation: 0.1, latenessP99: 0.1, backlog: null },
    ...change,
  });
  const around = { warmupSeconds: 2, seconds: 6, notDrained: null };
  const seen = (series: readonly SeriesRow[], change = {}) =>
    observe({ ...passedResult(), ...change, series: [...series] }, around);

  test('is what had begun and not ended, after the warm-up and before the end', () => {
    const series = [0, 1, 2, 3, 4, 5, 6, 7].map((t) => row(t, { accepted: t < 6 ? 90 : 130 }));
    assert.deepEqual(seen(series).outstanding, [30, 40, 50, 60]);
    assert.equal(seen(series).backlog, null);
  });

  test('is the number of sessions where an iteration is a session of several messages', () => {
    const series = [0, 1, 2, 3, 4, 5].map((t) => row(t, { accepted: 500 }));
    assert.deepEqual(seen(series).outstanding, [7, 7, 7, 7]);
  });

  test('has the backlog, thresholds and the verdict on the generator', () => {
    const series = [0, 1, 2, 3, 4, 5].map((t) => row(t, { backlog: t * 3 }));
    const sick = { ...passedResult().health, verdict: 'invalid' as const, reasons: ['it was busy'] };
    const { backlog, sick: why, thresholds } = seen(series, { health: sick });
    assert.deepEqual(backlog, [6, 9, 12, 15]);
    assert.equal(why, 'it was busy');
    assert.equal(thresholds[0]?.rule, 'smtp_message_duration p(95)<200');
  });
});
