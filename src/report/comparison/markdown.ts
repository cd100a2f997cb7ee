/** Markdown: a comparison as a comment on a pull request. Every foreign text goes through escape.ts. Pure. */
import type { Comparison, ComparisonRow } from '../../result/comparison.js';
import { markdown, markdownCode } from '../escape.js';
import { markdownTable } from '../markdown-table.js';
import {
  changeText,
  designOf,
  intervalText,
  noiseFloorText,
  pText,
  summaryOf,
  valueText,
  verdictText,
} from './wording.js';

const MARKS: Readonly<Record<NonNullable<ComparisonRow['verdict']>, string>> = {
  better: '✅',
  worse: '❌',
  same: '🟰',
  changed: '↔️',
  inconclusive: '❔',
};

export function renderComparisonMarkdown(comparison: Comparison): string {
  const { name, baseline, variants, warnings, rows, further, differences } = comparison;
  const others = variants.filter((variant) => variant !== baseline);
  const sections = [
    `# ${markdown(`${name}: ${others.join(', ')} against ${baseline}`)}`,
    `**${markdown(summaryOf(comparison))}**`,
    markdown([designOf(comparison), noiseFloorText(comparison)].filter((text) => text !== '').join('. ')),
    warnings.map((warning) => `- ⚠️ ${markdown(warning)}`).join('\n'),
    rowsTable(rows, comparison),
    further.length === 0
      ? ''
      : `<details><summary>Further, not judged</summary>\n\n${rowsTable(further, comparison)}\n\n</details>`,
    differences.length === 0 ? '' : differencesTable(comparison),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function rowsTable(rows: readonly ComparisonRow[], { baseline, variants }: Comparison): string {
  const isMany = variants.length > 2;
  const [other = ''] = variants.filter((variant) => variant !== baseline);
  const headings = [
    'Metric',
    ...(isMany ? ['Variant'] : []),
    markdown(baseline),
    isMany ? 'value' : markdown(other),
    'Change',
    '95 %',
    'p (Holm)',
    'Verdict',
  ];
  const body = rows.map((row) => [
    markdownCode(row.metric),
    ...(isMany ? [markdown(row.variant)] : []),
    valueText(row.base, row),
    valueText(row.value, row),
    markdown(changeText(row.changePct, row)),
    markdown(intervalText(row)),
    pText(row.pHolm),
    `${row.verdict === null ? '' : `${MARKS[row.verdict]} `}${markdown(verdictText(row))}`,
  ]);
  return markdownTable(headings, body);
}

function differencesTable({ differences, variants }: Comparison): string {
  const rows = differences.map(({ path, values }) => [
    markdownCode(path),
    ...variants.map((variant) => markdownCode(values[variant] ?? '')),
  ]);
  return `## What differs\n\n${markdownTable(['Path', ...variants.map(markdown)], rows)}`;
}
