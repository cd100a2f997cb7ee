import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { curvePosition, percentileCurve } from '#src/report/percentile-curve.js';
import { trend } from './fixture.js';

describe('percentile curve', () => {
  it('rises, starts at the minimum and passes through the values of the result', () => {
    const metric = trend(50_000, 40);
    const curve = percentileCurve(metric);
    assert.equal(curve[0]?.ms, metric.values.min);
    for (let i = 1; i < curve.length; i++) assert.ok(curve[i]!.ms >= curve[i - 1]!.ms);
    const at = (position: number) => curve.find((point) => Math.abs(point.position - position) < 1e-9)?.ms;
    assert.equal(at(1), metric.values['p(90)']);
    assert.equal(at(2), metric.values['p(99)']);
    assert.equal(at(3), metric.values['p(99.9)']);
  });

  it('ends where ten samples remain beyond it', () => {
    assert.equal(percentileCurve(trend(10_000, 40)).at(-1)?.position, 3);
    assert.equal(percentileCurve(trend(1000, 40)).at(-1)?.position, 2);
  });

  it('shares its positions with every other curve', () => {
    const curve = percentileCurve(trend(1000, 40));
    assert.deepEqual(
      curve.map((point) => point.position),
      curve.map((_, i) => curvePosition(i)),
    );
  });

  it('is empty without a histogram or with too few samples', () => {
    const { histogram, ...bare } = trend(1000, 40);
    assert.ok(histogram);
    assert.deepEqual(percentileCurve(bare), []);
    assert.deepEqual(percentileCurve(trend(9, 40)), []);
    assert.deepEqual(percentileCurve(undefined), []);
  });
});
