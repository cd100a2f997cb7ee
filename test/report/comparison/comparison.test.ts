import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultMarginOf, defaultPrimaries, makeComparison } from '#src/compare/comparison.js';
import { renderComparison } from '#src/report/comparison/console.js';
import { renderComparisonHtml } from '#src/report/comparison/html.js';
import { renderComparisonJunit } from '#src/report/comparison/junit.js';
import { renderComparisonMarkdown } from '#src/report/comparison/markdown.js';
import { changeText, intervalText, pText, summaryOf, verdictText } from '#src/report/comparison/wording.js';
import { columns } from '#src/report/terminal.js';
import type { Comparison } from '#src/result/comparison.js';
import { resultOf } from '#test/compare/sample-results.js';
import { HOSTILE } from '../fixture.js';
import { parseXml } from '../xml.js';

const OPTIONS = {
  color: false,
  width: 120,
  isFull: true,
  exitCode: 121,
  report: 'reports/x/comparison.html',
};

function sample(
  change: Partial<Comparison> = {},
  variants: readonly string[] = ['without', 'with'],
): Comparison {
  const rounds = Array.from({ length: 10 }, (_, i) =>
    Object.fromEntries(
      variants.map((name, at) => [
        name,
        resultOf({ medianMs: 10 + at * 5 + i / 10, p99Ms: 40 + 9 * Math.sin(i * (at + 1)) }),
      ]),
    ),
  );
  return {
    ...makeComparison(rounds, {
      ...{ name: 'filter', at: '2026-11-23T10:00:00.000Z', mailbench: '1.0.0', seed: 7, variants },
      ...{ primaries: defaultPrimaries(), marginOf: defaultMarginOf, isPaired: true, runs: [] },
      void: [{ round: 3, variant: 'with', run: 'runs/x', reason: 'the generator was busy' }],
    }),
    ...change,
  };
}

const results = { without: [resultOf()], with: [resultOf({ medianMs: 20 })] };

describe('the words of a comparison', () => {
  test('say first what got worse', () => {
    assert.equal(
      summaryOf(sample()),
      'with: worse in smtp_message_duration med; inconclusive in smtp_message_duration p(99).',
    );
    assert.match(summaryOf(sample({ exploratory: true })), /no verdict/);
    assert.match(summaryOf(sample({ rows: [] })), /No round/);
    const same = sample();
    for (const row of same.rows) row.verdict = 'same';
    assert.equal(summaryOf(same), 'with: no difference that matters.');
  });

  test('give changes with their sign and as many digits as they are worth', () => {
    const row = { unit: 'ms' as const };
    assert.deepEqual(
      [12.345, -0.456, 1220.4, 0.001, 0, null].map((change) => changeText(change, row)),
      ['+12.3%', '-0.46%', '+1220%', '0%', '0%', '–'],
    );
    assert.equal(changeText(0.3, { unit: 'share' }), '+0.30pp');
    assert.equal(intervalText({ intervalPct: [-1.25, 22.44] }), '[-1.3, +22.4]');
    assert.deepEqual([0.0004, 0.0421, 1, null].map(pText), ['<.001', '.042', '1.000', '']);
  });

  test('say of what is inconclusive what could have been seen, and what it would take', () => {
    const [row] = sample().rows;
    const text = (change: object) => verdictText({ ...row!, verdict: 'inconclusive', ...change });
    assert.equal(text({ mdePct: 12.3, roundsNeeded: 24 }), 'inconclusive (could see 12%; 24 rounds needed)');
    assert.equal(text({ mdePct: null, roundsNeeded: 8 }), 'inconclusive (8 rounds needed)');
    assert.equal(text({ mdePct: null, roundsNeeded: null }), 'inconclusive');
  });
});

describe('on the terminal', () => {
  for (const width of [40, 60, 99, 120, 200]) {
    test(`no line is wider than ${width} columns`, () => {
      for (const comparison of [hostile(), sample(), sample({}, ['a', 'b', 'c'])])
        for (const line of renderComparison(comparison, { ...OPTIONS, width }).split('\n'))
          assert.ok(columns(line) <= width, line);
    });
  }

  test('verdicts, noise floor, void rounds and the exit code are there', () => {
    const noiseFloor = {
      ...{ host: 'h', name: 'filter', at: '2026-11-22T10:00:00.000Z', rounds: 10 },
      rows: [{ metric: 'smtp_message_duration med', unit: 'ms', mdePct: 3.21 }],
    };
    const text = renderComparison(sample({ noiseFloor }), OPTIONS);
    for (const part of [/WORSE/, /10 rounds in an order of chance, seed 7, Holm over 4, 1 void/, /exit 121/])
      assert.match(text, part);
    assert.match(
      text.replace(/\s+/g, ' '),
      /Noise floor of this host \(2026-11-22, 10 rounds of the same server\): smtp_message_duration med ±3\.2%/,
    );
  });

  test('no escape of others gets through', () => {
    assert.doesNotMatch(renderComparison(hostile(), OPTIONS), /\u001b|\u202e|\u009b/);
  });
});

describe('in files', () => {
  test('no markup of others gets through', () => {
    const html = renderComparisonHtml(hostile(), { [HOSTILE]: [resultOf()] });
    assert.doesNotMatch(html, /<script|<img|\u202e/);
    const text = renderComparisonMarkdown(hostile());
    assert.doesNotMatch(text, /<script|<img|@team|\u202e/);
    parseXml(renderComparisonJunit(hostile(), ['worse']));
  });

  test('every table of the Markdown is whole', () => {
    for (const comparison of [hostile(), sample({}, ['a', 'b', 'c'])]) {
      let cells = 0;
      for (const line of renderComparisonMarkdown(comparison).split('\n')) {
        if (!line.startsWith('|')) cells = 0;
        else {
          const own = line.split(/(?<!\\)\|/).length;
          assert.ok(cells === 0 || own === cells, line);
          cells = own;
        }
      }
    }
  });

  test('the page has intervals, rounds, percentile curves, shifts, outcomes and differences', () => {
    const html = renderComparisonHtml(sample(), results);
    for (const part of [
      'id="verdicts"',
      'id="rounds"',
      'id="latency"',
      'Shift of with against without',
      'id="outcomes"',
      'id="differences"',
    ])
      assert.ok(html.includes(part), part);
    assert.doesNotMatch(html, /NaN|undefined|Infinity/);
    assert.match(renderComparisonHtml(sample(), {}), /id="verdicts"/);
  });

  test('JUnit fails what it was told to fail, and nothing else', () => {
    assert.match(renderComparisonJunit(sample(), []), /tests="4" failures="0"/);
    assert.match(renderComparisonJunit(sample(), ['worse']), /failures="1"/);
    assert.match(renderComparisonJunit(sample(), ['worse', 'inconclusive']), /failures="2"/);
  });
});

function hostile(): Comparison {
  const comparison = sample({}, ['base', HOSTILE]);
  return {
    ...comparison,
    name: HOSTILE,
    host: HOSTILE,
    warnings: [HOSTILE],
    differences: [{ path: HOSTILE, values: { base: HOSTILE, [HOSTILE]: '|' } }],
    void: [{ round: 1, variant: HOSTILE, run: HOSTILE, reason: HOSTILE }],
    runs: [{ round: 1, variant: HOSTILE, run: HOSTILE }],
    rows: comparison.rows.map((row) => ({ ...row, note: HOSTILE })),
  };
}
