/**
 * Summary sections: the top of report.html, what a reader sees before scrolling.
 *
 * Header with the verdict, the generator's health, the server's limits if any were met, thresholds, key numbers.
 */
import type { Result } from '../../result/result.js';
import { count, moment, percent, plain, spacedDuration, span } from '../format.js';
import { QUANTILE_COLUMNS, shownQuantile } from '../quantile.js';
import { LIMITS_LEAD, LIMITS_TITLE, limitSentence, serverLimitsOf } from '../server-limits.js';
import { verdictOf } from '../verdict.js';
import { steadyStateNote } from '../warmup.js';
import { healthFacts, loadOf, targetOf, thresholdNote, thresholdValue } from '../wording.js';
import { type Fact, facts } from './facts.js';
import { type Insert, type Markup, markup } from './markup.js';
import { section } from './section.js';
import { table } from './table.js';

const HEALTH_LEADS: Readonly<Record<Result['health']['verdict'], string>> = {
  ok: 'The generator kept up, so these numbers describe the server.',
  degraded: 'The generator was not at its best. Read these numbers with the reasons in mind.',
  invalid: 'The generator was the bottleneck. These numbers do not describe the server.',
};

interface KeyNumber {
  readonly label: string;
  readonly value: string;
  readonly hint: string;
}

export function header(result: Result): Markup {
  const verdict = verdictOf(result);
  return markup`<header class="top">
<p class="brand"><b>mailbench</b> load test report</p>
<h1>${result.run.name} <span class="badge ${verdict.kind}">${verdict.kind}</span></h1>
<p class="verdict">${verdict.sentence}</p>
${facts([
  ['Target', markup`<code>${targetOf(result)}</code>`],
  ['Started', markup`<time datetime="${result.run.startedAt}">${moment(result.run.startedAt)}</time>`],
  ['Length', span(result.run.durationMs)],
  ['Run', markup`<code>${result.run.id}</code>`],
])}
${loadOf(result).map((line) => markup`<p class="load">${line}</p>`)}
</header>`;
}

export function health({ health: state }: Result): Markup {
  const reasons = state.reasons.map((reason) => markup`<li>${reason}</li>`);
  return section({
    id: 'health',
    title: markup`Generator health <span class="chip ${state.verdict}">${state.verdict}</span>`,
    lead: HEALTH_LEADS[state.verdict],
    body: [
      reasons.length > 0 && markup`<ul class="reasons ${state.verdict}">${reasons}</ul>`,
      facts(healthFacts(state, '\u00a0').map(([label, value]): Fact => [capital(label), value])),
    ],
  });
}

/** Nothing where no limit was met. */
export function serverLimits(result: Result): Markup {
  const limits = serverLimitsOf(result).map((limit) => markup`<li>${limitSentence(limit)}</li>`);
  if (limits.length === 0) return markup``;
  const body = markup`<ul class="reasons">${limits}</ul>`;
  return section({ id: 'server-limits', title: LIMITS_TITLE, lead: LIMITS_LEAD, body });
}

export function thresholds(result: Result): Markup {
  if (result.thresholds.length === 0) {
    const lead = 'None were set: this run measured and judged nothing.';
    return section({ id: 'thresholds', title: 'Thresholds', lead });
  }
  const rows = result.thresholds.map((row): Insert[] => {
    const notes = [thresholdNote(row, result), row.abortOnFail ? 'aborts the run' : ''];
    const note = notes.filter((part) => part !== '').join('; ');
    return [
      markup`<code>${row.metric}</code>${note !== '' && markup` <small>${note}</small>`}`,
      markup`<code>${row.threshold}</code>`,
      thresholdValue(row, result),
      row.ok
        ? markup`<span class="chip ok">✓ met</span>`
        : markup`<span class="chip invalid">✗ failed</span>`,
    ];
  });
  const columns = [
    { heading: 'Metric', isWide: true },
    { heading: 'Threshold' },
    { heading: 'Measured', isNumber: true },
    { heading: 'Verdict' },
  ];
  const caption = 'Thresholds and what was measured';
  return section({ id: 'thresholds', title: 'Thresholds', body: table({ caption, columns, rows }) });
}

export function keyNumbers(result: Result): Markup {
  const note = steadyStateNote(result);
  const cells = keyNumbersOf(result).map(
    ({ label, value, hint }) =>
      markup`<div><dt>${label}</dt><dd>${value}</dd><dd class="hint">${hint}</dd></div>`,
  );
  return section({
    id: 'numbers',
    title: 'Key numbers',
    lead: note === '' ? '' : `${capital(note)}.`,
    body: markup`<dl class="numbers">${cells}</dl>`,
  });
}

function keyNumbersOf(result: Result): readonly KeyNumber[] {
  const { counts, metrics, run } = result;
  const response = metrics.smtp_message_duration;
  const failed = metrics.smtp_message_failed;
  const perSec =
    metrics['smtp_messages{outcome:accepted}']?.values.rate ??
    counts.accepted / Math.max(1, run.durationMs / 1000);
  const quantiles = QUANTILE_COLUMNS.filter(({ key }) => ['med', 'p(95)', 'p(99)'].includes(key)).map(
    (column): KeyNumber => ({
      label: `Response time p${column.percentile}`,
      value: spacedDuration(shownQuantile(response, column)),
      hint: `of ${count(response?.n ?? 0)} messages`,
    }),
  );
  return [
    { label: 'Accepted a second', value: plain(perSec), hint: `${count(counts.accepted)} in the whole run` },
    {
      label: 'Failure rate',
      value: percent(failed?.values.rate),
      hint: `of ${count(failed?.n ?? 0)} messages`,
    },
    ...quantiles,
    { label: 'Dropped', value: count(counts.dropped), hint: `of ${count(counts.scheduled)} due` },
  ];
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
