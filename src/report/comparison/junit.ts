/** JUnit: a comparison as the XML that CI systems read: a test case for each primary, failed where somebody said that it should be. Pure. */
import type { Comparison, ComparisonRow } from '../../result/comparison.js';
import { xml } from '../escape.js';
import { changeText, intervalText, verdictText } from './wording.js';

export function renderComparisonJunit(comparison: Comparison, failOn: readonly string[]): string {
  const { name, rows, at, host } = comparison;
  const isFailed = ({ verdict }: ComparisonRow) => verdict !== null && failOn.includes(verdict);
  const totals = `tests="${rows.length}" failures="${rows.filter(isFailed).length}" errors="0" time="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="mailbench" ${totals}>`,
    `  <testsuite name="${xml(name)}" ${totals} skipped="0" timestamp="${xml(at.slice(0, 19))}" hostname="${xml(host)}">`,
    ...rows.flatMap((row) => testCase(row, isFailed(row))),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(row: ComparisonRow, isFailed: boolean): readonly string[] {
  const text = xml(`${changeText(row.changePct, row)} ${intervalText(row)}: ${verdictText(row)}`);
  return [
    `    <testcase classname="comparison.${xml(row.variant)}" name="${xml(row.metric)}" time="0">`,
    ...(isFailed
      ? [`      <failure message="${text}" type="${xml(row.verdict ?? '')}">${text}</failure>`]
      : []),
    `      <system-out>${text}</system-out>`,
    '    </testcase>',
  ];
}
