import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderSummary } from '#src/report/console-summary.js';
import { scenarioSection } from '#src/report/html/scenario-section.js';
import { renderMarkdown } from '#src/report/markdown.js';
import { scenarioColumns, scenarioRows } from '#src/report/scenario-rows.js';
import type { Result } from '#src/result/result.js';
import { passedResult } from './fixture.js';

function withScenarios(...names: readonly string[]): Result {
  const result = passedResult();
  const trend = (n: number) => ({
    type: 'trend' as const,
    n,
    values: { med: 12, 'p(95)': 80, 'p(99)': 200 },
  });
  const counter = (n: number) => ({ type: 'counter' as const, n, values: { count: n, rate: n } });
  const [first = ''] = names;
  return {
    ...result,
    scenario: { ...result.scenario, scenarios: Object.fromEntries(names.map((name) => [name, {}])) },
    metrics: {
      ...result.metrics,
      [`smtp_message_duration{scenario:${first}}`]: trend(500),
      [`smtp_messages{scenario:${first}}`]: counter(500),
      [`iterations{scenario:${first}}`]: counter(510),
      [`dropped_iterations{scenario:${first}}`]: counter(7),
      [`smtp_message_failed{scenario:${first}}`]: {
        type: 'rate',
        n: 500,
        values: { rate: 0.02, passes: 10, fails: 490 },
      },
    },
  };
}

test('each of several scenarios has a row, one that nothing came of too', () => {
  const rows = scenarioRows(withScenarios('peak', 'idle'));
  const cells = rows.map((row) => scenarioColumns(rows).map(({ cell }) => cell(row)));
  assert.deepEqual(cells, [
    ['peak', '500', '2.00%', '12.0ms', '80.0ms', '–', '510', '7'],
    ['idle', '0', '–', '–', '–', '–', '0', '0'],
  ]);
});

test('what the server does not offer has a column where there was any', () => {
  const result = withScenarios('bdat', 'plain');
  const metric = { type: 'counter' as const, n: 20, values: { count: 20, rate: 2 } };
  const metrics = { ...result.metrics, 'smtp_messages_not_offered{scenario:bdat}': metric };
  const rows = scenarioRows({ ...result, metrics });
  const at = scenarioColumns(rows).findIndex(({ heading }) => heading === 'not offered');
  assert.deepEqual(
    rows.map((row) => scenarioColumns(rows)[at]?.cell(row)),
    ['20', '–'],
  );
});

test('a single scenario has none: its numbers are those of the run', () => {
  const result = withScenarios('peak');
  assert.deepEqual(scenarioRows(result), []);
  assert.equal(scenarioSection(result).markup, '');
  assert.ok(!renderMarkdown(result).includes('By scenario'));
});

test('console, Markdown and HTML show them, in any width and with hostile names cut or escaped', () => {
  const result = withScenarios('peak-of-the-week', 'b<i>|');
  for (const width of [40, 60, 80, 132]) {
    const text = renderSummary(result, { color: false, width, paths: { report: 'r' }, exitCode: 0 });
    assert.match(text, /BY SCENARIO/);
    assert.ok(
      text.split('\n').every((line) => line.length <= width),
      `${width}`,
    );
    assert.match(text, /peak-of.* 500/);
  }
  assert.match(renderMarkdown(result), /\| peak-of-the-week \| 500 \|/);
  const { markup } = scenarioSection(result);
  assert.ok(markup.includes('b&lt;i&gt;|') && !markup.includes('<i>'));
});
