/**
 * Markdown summary: a result as GitHub shows it in a pull request or a job summary.
 *
 * Every foreign text goes through escape.ts; tables hold no cell that could break them. Pure.
 */
import type { DeliveryDetails } from '../result/delivery-details.js';
import type { Result } from '../result/result.js';
import {
  backlogSentence,
  caseReason,
  caseTitle,
  DELIVERY_TITLE,
  deliveryRows,
  deliverySentence,
  firstCases,
  placementText,
} from './delivery.js';
import { markdown, markdownCode } from './escape.js';
import { count, duration, moment, percent, span } from './format.js';
import { identitiesOf, identityTerms } from './identities.js';
import { markdownTable } from './markdown-table.js';
import { metricRows } from './metric-rows.js';
import { phasesOf } from './phases.js';
import { QUANTILE_COLUMNS, shownQuantile } from './quantile.js';
import { SCENARIOS_TITLE, scenarioColumns, scenarioRows } from './scenario-rows.js';
import { LIMITS_LEAD, LIMITS_TITLE, limitSentence, serverLimitsOf } from './server-limits.js';
import { type Verdict, verdictOf } from './verdict.js';
import { steadyStateNote } from './warmup.js';
import { healthFacts, numbersOf, outcomeTitle, targetOf, thresholdNote, thresholdValue } from './wording.js';

const MARKS: Readonly<Record<Verdict['kind'], string>> = {
  passed: '✅ passed',
  failed: '❌ failed',
  aborted: '⚠️ aborted',
  invalid: '⚠️ invalid',
};

const MAX_OUTCOMES = 20;

/** `details`: of delivery, where the run directory has them. */
export function renderMarkdown(result: Result, details: DeliveryDetails | null = null): string {
  const sections = [
    head(result),
    health(result),
    serverLimits(result),
    thresholds(result),
    delivery(result, details),
    keyNumbers(result),
    scenarios(result),
    phases(result),
    outcomes(result),
    sums(result),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function head(result: Result): string {
  const verdict = verdictOf(result);
  return [
    `# ${markdown(result.run.name)}`,
    '',
    `**${MARKS[verdict.kind]}** · ${markdown(verdict.sentence)}`,
    '',
    `Target ${markdownCode(targetOf(result))} · ${markdown(moment(result.run.startedAt))} · ${span(result.run.durationMs)} · run ${markdownCode(result.run.id)}`,
  ].join('\n');
}

function health(result: Result): string {
  const facts = healthFacts(result.health).map(([label, value]) => `${label} ${markdown(value)}`);
  return [
    `## Generator: ${result.health.verdict}`,
    '',
    ...result.health.reasons.map((reason) => `- ${markdown(reason)}`),
    ...(result.health.reasons.length > 0 ? [''] : []),
    facts.join(' · '),
  ].join('\n');
}

function serverLimits(result: Result): string {
  const limits = serverLimitsOf(result);
  if (limits.length === 0) return '';
  const lines = limits.map((limit) => `- ${markdown(limitSentence(limit))}`);
  return [`## ${LIMITS_TITLE}`, '', LIMITS_LEAD, '', ...lines].join('\n');
}

function thresholds(result: Result): string {
  if (result.thresholds.length === 0) return '';
  return section('Thresholds', [
    ['', 'Metric', 'Threshold', 'Measured'],
    result.thresholds.map((row) => {
      const note = thresholdNote(row, result);
      return [
        row.ok ? '✅' : '❌',
        markdownCode(row.metric),
        markdownCode(row.threshold),
        `${markdown(thresholdValue(row, result))}${note === '' ? '' : ` (${note})`}`,
      ];
    }),
  ]);
}

function delivery(result: Result, details: DeliveryDetails | null): string {
  if (result.delivery === null) return '';
  const rows = deliveryRows(result.delivery).map(({ label, copies, share, meaning, isBad }) => [
    count(copies),
    isBad ? `**${label}**` : label,
    share === null ? '' : percent(share),
    meaning,
  ]);
  const cases = firstCases(details).map((row) => [
    markdown(caseTitle(row)),
    markdownCode(row.recipient),
    markdownCode(caseReason(row)),
  ]);
  const placement = placementText(details);
  return [
    `## ${DELIVERY_TITLE}`,
    deliverySentence(result.delivery),
    markdownTable(['Copies', '', 'Of accepted', 'Meaning'], rows),
    ...[backlogSentence(details)].filter((text) => text !== ''),
    ...(placement === '' ? [] : [`Placement: ${markdown(placement)}.`]),
    ...(cases.length === 0 ? [] : [markdownTable(['Copy', 'Recipient', 'Reply, and what is known'], cases)]),
    ...(details?.notes ?? []).map((note) => `- ${markdown(note)}`),
  ].join('\n\n');
}

function keyNumbers(result: Result): string {
  const trends = metricRows(result, 'trend').filter((row) => row.tags === '');
  const rates = metricRows(result, 'rate').filter((row) => row.tags === '');
  const counters = metricRows(result, 'counter').filter((row) => row.tags === '');
  const note = steadyStateNote(result);
  const headings = ['Metric', 'n', ...QUANTILE_COLUMNS.map(({ key }) => key), 'max'];
  const durations = trends.map(({ key, metric }) => [
    markdownCode(key),
    count(metric.n),
    ...QUANTILE_COLUMNS.map((column) => duration(shownQuantile(metric, column))),
    duration(metric.values.max),
  ]);
  const numbers = [...rates, ...counters].map(({ key, name, metric }) => [
    markdownCode(key),
    ...numbersOf(name, metric),
  ]);
  return [
    '## Results',
    ...(note === '' ? [] : [`_${note}_`]),
    ...(durations.length === 0 ? [] : [markdownTable(headings, durations)]),
    ...(numbers.length === 0 ? [] : [markdownTable(['Metric', 'Value', 'Detail'], numbers)]),
  ].join('\n\n');
}

function scenarios(result: Result): string {
  const rows = scenarioRows(result);
  if (rows.length === 0) return '';
  const columns = scenarioColumns(rows);
  const cells = rows.map((row) => columns.map(({ cell }) => markdown(cell(row))));
  return section(SCENARIOS_TITLE, [columns.map(({ heading }) => heading), cells]);
}

function phases(result: Result): string {
  const rows = phasesOf(result);
  if (rows.length === 0) return '';
  return section('Where the time goes', [
    ['Phase', 'n', 'mean', 'p(95)', 'Share'],
    rows.map((row) => [
      markdown(row.label),
      count(row.n),
      duration(row.meanMs),
      duration(row.p95Ms),
      percent(row.share),
    ]),
  ]);
}

function outcomes(result: Result): string {
  if (result.outcomes.length === 0) return '';
  const shown = result.outcomes.slice(0, MAX_OUTCOMES);
  const hidden = result.outcomes.length - shown.length;
  const rest = hidden === 0 ? '' : `\n\n${hidden} rarer outcomes are in the report.`;
  const rows = shown.map((row) => [
    count(row.count),
    markdown(outcomeTitle(row)),
    row.expected ? 'yes' : '**no**',
    markdownCode(row.sample),
  ]);
  return `${section('Outcomes', [['Count', 'Outcome', 'Expected', 'Sample reply'], rows])}${rest}`;
}

function sums(result: Result): string {
  const lines = identitiesOf(result).map(
    (identity) => `- ${identity.subject}: ${identityTerms(identity, count).join(' ')}`,
  );
  return ['## Sums', '', ...lines].join('\n');
}

function section(
  title: string,
  [headings, rows]: readonly [readonly string[], readonly (readonly string[])[]],
) {
  return `## ${title}\n\n${markdownTable(headings, rows)}`;
}
