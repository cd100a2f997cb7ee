import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Measure, parseMeasure } from '#src/compare/measure.js';
import { trendOf } from '#src/compare/trend.js';
import { createDraws } from '#src/statistics/draws.js';
import { resultOf } from './sample-results.js';

const MEDIAN = parseMeasure('smtp_message_duration med') as Measure;
const ACCEPTED = parseMeasure('smtp_messages{outcome:accepted} rate') as Measure;

/** Runs around each of these medians in turn. */
function runs(...parts: readonly (readonly [medianMs: number, count: number])[]) {
  const draw = createDraws(5);
  return parts.flatMap(([medianMs, count]) =>
    Array.from({ length: count }, () => resultOf({ medianMs: medianMs * (0.97 + 0.06 * draw()) })),
  );
}

describe('the trend of a scenario', () => {
  test('finds the run from which on it takes longer', () => {
    const results = runs([10, 15], [13, 10]);
    const { lines } = trendOf(results, [MEDIAN, ACCEPTED], 1);
    const [change, ...more] = lines[0]!.changes;
    assert.deepEqual(more, []);
    assert.equal(change?.index, 15);
    assert.equal(change.isBetter, false);
    assert.ok(Math.abs(change.changePct! - 30) < 4, `${change.changePct}`);
    assert.deepEqual(lines[1]?.changes, []);
  });

  test('says what of the scenario is another one there', () => {
    const [first, ...rest] = runs([20, 8], [10, 8]);
    const results = [first!, ...rest].map((result, at) =>
      at < 8
        ? result
        : { ...result, scenario: { ...result.scenario, target: { url: 'smtp://127.0.0.1:26' } } },
    );
    const [change] = trendOf(results, [MEDIAN], 1).lines[0]!.changes;
    assert.equal(change?.isBetter, true);
    assert.ok(change.differences.includes('target.url'), `${change.differences}`);
  });

  test('leaves out what cannot be compared, and counts it', () => {
    const good = runs([10, 6]);
    const [one] = good;
    const results = [
      { ...one!, run: { ...one!.run, status: 'aborted' as const } },
      { ...one!, health: { ...one!.health, verdict: 'invalid' as const } },
      { ...one!, run: { ...one!.run, host: { ...one!.run.host, hostname: 'elsewhere' } } },
      ...good,
    ];
    const trend = trendOf(results, [MEDIAN], 1);
    assert.equal(trend.runs.length, 6);
    assert.deepEqual(Object.values(trend.leftOut), [1, 1, 1]);
    assert.equal(trend.lines[0]?.values.length, 6);
  });

  test('knows runs without a value', () => {
    const results = runs([10, 6], [20, 6]).map((result, at) =>
      at === 2 ? { ...result, metrics: {} } : result,
    );
    const [line] = trendOf(results, [MEDIAN], 1).lines;
    assert.equal(line?.values[2], null);
    assert.equal(line.changes[0]?.index, 6);
  });
});
