import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { highestShowable, isShowable, QUANTILE_COLUMNS, shownQuantile } from '#src/report/quantile.js';
import { trend } from './fixture.js';

describe('quantiles', () => {
  it('are shown from ten samples beyond them on', () => {
    const firstShown = { 50: 20, 90: 100, 95: 200, 99: 1000, 99.9: 10_000 };
    for (const [percentile, n] of Object.entries(firstShown)) {
      assert.equal(isShowable(n, Number(percentile)), true, `p(${percentile}) of ${n}`);
      assert.equal(isShowable(n - 1, Number(percentile)), false, `p(${percentile}) of ${n - 1}`);
    }
  });

  it('are null where too few samples lie beyond them, and the value elsewhere', () => {
    const metric = trend(999, 40);
    const shown = QUANTILE_COLUMNS.map((column) => shownQuantile(metric, column));
    assert.deepEqual(shown, [metric.values.med, metric.values['p(90)'], metric.values['p(95)'], null, null]);
  });

  it('are null without a metric', () => {
    assert.equal(shownQuantile(undefined, { key: 'med', percentile: 50 }), null);
  });

  it('end where ten samples remain', () => {
    assert.equal(highestShowable(1000), 99);
    assert.equal(highestShowable(10), 0);
    assert.equal(highestShowable(3), 0);
  });
});
