import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { steadyStateNote, warmupsOf } from '#src/report/warmup.js';
import { passedResult } from './fixture.js';

describe('warm-up', () => {
  const withSpec = (spec: unknown) => ({ ...passedResult(), scenario: { scenarios: { peak: spec } } });

  it('runs from the executor’s start', () => {
    assert.deepEqual(warmupsOf(withSpec({ startTime: '1m30s', warmup: '10s' })), [
      { fromMs: 90_000, toMs: 100_000 },
    ]);
  });

  it('may be given in milliseconds', () => {
    assert.deepEqual(warmupsOf(withSpec({ warmup: 2500 })), [{ fromMs: 0, toMs: 2500 }]);
  });

  it('is none where it is zero or cannot be read', () => {
    const specs = [{ warmup: '0s' }, { warmup: 'soon' }, {}, 'peak', null];
    assert.deepEqual(
      specs.map((spec) => warmupsOf(withSpec(spec))),
      [[], [], [], [], []],
    );
    assert.deepEqual(warmupsOf({ ...passedResult(), scenario: {} }), []);
  });

  it('is told by its length, not by when it ended', () => {
    assert.equal(
      steadyStateNote(withSpec({ startTime: '1m', warmup: '10s' })),
      'steady state; 10s of warm-up excluded',
    );
    assert.equal(steadyStateNote(withSpec({})), '');
  });
});
