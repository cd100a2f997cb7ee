import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Measure, parseMeasure } from '#src/compare/measure.js';
import { trendOf } from '#src/compare/trend.js';
import { columns } from '#src/report/terminal.js';
import { renderTrend } from '#src/report/trend/console.js';
import { renderTrendHtml } from '#src/report/trend/html.js';
import { resultOf } from '#test/compare/sample-results.js';
import { HOSTILE } from '../fixture.js';

const MEDIAN = parseMeasure('smtp_message_duration med') as Measure;

function sample(name = 'nightly') {
  const results = Array.from({ length: 24 }, (_, i) => {
    const day = String(1 + i).padStart(2, '0');
    const run = {
      name,
      id: `202611${day}-000000-aaaa`,
      startedAt: `2026-11-${day}T00:00:00.000Z`,
      tags: { note: name },
    };
    return resultOf({ medianMs: (i < 14 ? 10 : 13) + Math.sin(i) / 10 }, run);
  });
  return trendOf(
    [{ ...results[0]!, run: { ...results[0]!.run, status: 'aborted' } }, ...results],
    [MEDIAN],
    1,
  );
}

describe('a trend', () => {
  test('on the terminal has its bars, its change and what was left out', () => {
    const text = renderTrend(sample(), { color: false, width: 100, report: 'reports/trend.html' });
    assert.match(text, /24 runs on \S+: one change\./);
    assert.match(text, /Left out: 1 that did not come to their end\./);
    assert.match(text, /[▁▂]{14}[▇█]{10}/);
    assert.match(text, /2026-11-15 .* \(\+30(?:\.\d)?%\) +20261115-000000-aaaa/);
  });

  for (const width of [40, 80, 200]) {
    test(`fits into ${width} columns, whatever it is called`, () => {
      const text = renderTrend(sample(HOSTILE), { color: false, width, report: 'x' });
      for (const line of text.split('\n')) assert.ok(columns(line) <= width, line);
      assert.doesNotMatch(text, /\u001b|\u202e|\u009b/);
    });
  }

  test('as a page has a picture of each measure and lets no markup through', () => {
    const html = renderTrendHtml(sample(HOSTILE), '1.0.0');
    assert.doesNotMatch(html, /<script|<img|\u202e|NaN|undefined/);
    assert.match(html, /id="measure-0"/);
    assert.match(html, /20261115-000000-aaaa/);
  });
});
