import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalQuantile } from '#src/message/normal-quantile.js';

test('the quantiles of the standard normal distribution are those of the tables, on both sides', () => {
  const table = [
    [0.5, 0],
    [0.75, 0.6744897501960817],
    [0.95, 1.6448536269514722],
    [0.975, 1.959963984540054],
    [0.99, 2.3263478740408408],
    [0.999999, 4.753424308822899],
  ] as const;
  for (const [p, value] of table) {
    assert.ok(Math.abs(normalQuantile(p) - value) < 1e-7, `${p}`);
    assert.ok(Math.abs(normalQuantile(1 - p) + value) < 1e-7, `${1 - p}`);
  }
});
