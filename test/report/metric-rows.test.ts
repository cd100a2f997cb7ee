import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { metricRows } from '#src/report/metric-rows.js';
import type { MetricResult } from '#src/result/result.js';
import { passedResult } from './fixture.js';

const counter: MetricResult = { type: 'counter', n: 1, values: { count: 1, rate: 1 } };

describe('metric rows', () => {
  it('keep the order of the catalogue, tagged ones below their bare name, unknown ones last', () => {
    const metrics = {
      zeta: counter,
      alpha: counter,
      iterations: counter,
      'smtp_messages{outcome:rejected}': counter,
      'smtp_messages{outcome:accepted}': counter,
      smtp_messages: counter,
    };
    assert.deepEqual(
      metricRows({ ...passedResult(), metrics }, 'counter').map((row) => row.key),
      [
        'smtp_messages',
        'smtp_messages{outcome:accepted}',
        'smtp_messages{outcome:rejected}',
        'iterations',
        'alpha',
        'zeta',
      ],
    );
  });

  it('know whether the bare name stands above', () => {
    const metrics = {
      'smtp_replies{code:250}': counter,
      smtp_messages: counter,
      'smtp_messages{outcome:accepted}': counter,
    };
    const rows = metricRows({ ...passedResult(), metrics }, 'counter');
    assert.deepEqual(
      rows.map((row) => [row.key, row.isBelowBare]),
      [
        ['smtp_messages', false],
        ['smtp_messages{outcome:accepted}', true],
        ['smtp_replies{code:250}', false],
      ],
    );
  });

  it('hold one type only', () => {
    assert.ok(metricRows(passedResult(), 'gauge').every((row) => row.metric.type === 'gauge'));
    assert.equal(metricRows(passedResult(), 'gauge').length, 2);
  });
});
