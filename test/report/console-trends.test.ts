import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pc from 'picocolors';
import { renderTrends } from '#src/report/console-trends.js';
import { metricRows } from '#src/report/metric-rows.js';
import { columns } from '#src/report/terminal.js';
import { passedResult, trend } from './fixture.js';

const colors = pc.createColors(false);

describe('console trends', () => {
  const rows = metricRows(passedResult(), 'trend').filter((row) => row.tags === '');

  it('lose quantiles before a number is cut', () => {
    const head = (width: number) => renderTrends(rows, { colors, width })[0]?.trim().split(/\s+/);
    assert.deepEqual(head(120), ['n', 'med', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'max']);
    assert.deepEqual(head(70), ['smtp_…', 'n', 'med', 'p(95)', 'p(99)', 'p(99.9)', 'max']);
    assert.deepEqual(head(36), ['smtp_…', 'med', 'p(95)', 'p(99)']);
  });

  it('keep their columns aligned', () => {
    for (const width of [36, 62, 76, 116]) {
      const [head = '', ...lines] = renderTrends(rows, { colors, width });
      const numbers = lines.filter((line) => line.includes(':'));
      assert.equal(numbers.length, rows.length);
      assert.equal(new Set([head, ...numbers].map(columns)).size, 1, `${width} columns`);
    }
  });

  it('give a name that is too long a line of its own', () => {
    const lines = renderTrends(rows, { colors, width: 36 });
    const at = lines.indexOf('message_service_duration');
    assert.match(lines[at + 1] ?? '', /^\.+: +\d/);
  });

  it('make room for large counts', () => {
    const metric = { ...trend(100, 1), n: 123_456_789 };
    const [row] = metricRows({ ...passedResult(), metrics: { smtp_connecting: metric } }, 'trend');
    assert.match(renderTrends([row!], { colors, width: 76 })[1] ?? '', /123,456,789/);
  });

  it('are nothing without rows', () => {
    assert.deepEqual(renderTrends([], { colors, width: 80 }), []);
  });
});
