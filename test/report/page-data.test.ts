import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pageData } from '#src/report/page-data.js';
import { abortedResult, failedResult, HOSTILE, passedResult, withText } from './fixture.js';

describe('page data', () => {
  it('has one value a row in each column of the series', () => {
    const { series } = pageData(passedResult());
    for (const [name, values] of Object.entries(series)) assert.equal(values.length, 60, name);
    assert.equal(series.offered[0], 500);
    assert.deepEqual(pageData(passedResult()).warmups, [[0, 10]]);
  });

  it('gives rates per second where rows were merged', () => {
    const result = passedResult();
    const merged = result.series.filter((row) => row.t % 2 === 0).map((row) => ({ ...row, scheduled: 1000 }));
    assert.deepEqual([...new Set(pageData({ ...result, series: merged }).series.offered)], [500]);
  });

  it('leaves out what little of the run falls into a last second of its own', () => {
    const result = passedResult();
    const rows = (seconds: number) =>
      pageData({ ...result, run: { ...result.run, durationMs: seconds * 1000 } }).series.t.length;
    assert.deepEqual([rows(60), rows(59.6), rows(59.4)], [60, 60, 59]);
  });

  it('has curves of equal length, cut with null', () => {
    const result = passedResult();
    const { curve } = pageData(result);
    assert.equal(curve.position.length, curve.response.length);
    assert.equal(curve.position.length, curve.service.length);
  });

  it('is empty, not broken, when nothing was measured', () => {
    const data = pageData(abortedResult());
    assert.deepEqual([data.series.t, data.curve.position], [[], []]);
  });

  it('holds no foreign text', () => {
    assert.doesNotMatch(JSON.stringify(pageData(withText(failedResult(), HOSTILE))), /script|evil/);
  });

  it('is small', () => {
    assert.ok(JSON.stringify(pageData(passedResult())).length < 16_000);
  });
});
