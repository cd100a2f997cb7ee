/**
 * Detail sections: the lower half of report.html, for those who look things up.
 *
 * Outcomes with sample replies, the sums, all metrics, the scenario, the environment.
 */
import { stringify } from 'yaml';
import { metricInfo } from '../../metrics/catalogue.js';
import type { Result } from '../../result/result.js';
import { bytes, count, moment, percent, spacedDuration } from '../format.js';
import { identitiesOf, identityTerms } from '../identities.js';
import { type MetricRow, metricRows } from '../metric-rows.js';
import { QUANTILE_COLUMNS, shownQuantile } from '../quantile.js';
import { numbersOf } from '../wording.js';
import { facts } from './facts.js';
import { type Insert, type Markup, markup, preformatted } from './markup.js';
import { section } from './section.js';
import { type Column, table } from './table.js';

export function outcomes(result: Result): Markup {
  const total = result.outcomes.reduce((sum, row) => sum + row.count, 0);
  const rows = result.outcomes.map((row): Insert[] => [
    markup`${row.outcome}${!row.expected && markup` <span class="chip degraded">unexpected</span>`}`,
    count(row.count),
    percent(row.count / total),
    row.phase,
    row.code === 0 ? row.cause : `${row.code} ${row.enhanced}`,
    row.class,
    row.sample === '' ? '' : markup`<code class="sample"><bdi>${row.sample}</bdi></code>`,
  ]);
  const columns: Column[] = [
    { heading: 'Outcome' },
    { heading: 'Count', isNumber: true },
    { heading: 'Share', isNumber: true },
    { heading: 'Phase' },
    { heading: 'Reply or cause' },
    { heading: 'Class' },
    { heading: 'Sample reply', isWide: true },
  ];
  return section({
    id: 'outcomes',
    title: 'Outcomes',
    lead: 'Whole run, most frequent first. Accepted is what the server said, not proof of delivery.',
    body: [
      rows.length > 0 && table({ caption: 'Outcomes with a sample reply of each', columns, rows }),
      sums(result),
    ],
  });
}

export function allMetrics(result: Result): Markup {
  const tables = [trends(result), numbers(result)];
  return section({
    id: 'metrics',
    title: 'All metrics',
    body: tables.every((part) => part === null) ? markup`<p class="empty">Nothing was measured.</p>` : tables,
  });
}

export function scenario(result: Result): Markup {
  const text = stringify(result.scenario, { lineWidth: 100 }).trimEnd();
  return section({
    id: 'scenario',
    title: 'Scenario',
    lead: 'As resolved, defaults filled in, secrets masked.',
    body: markup`<pre tabindex="0" aria-label="Scenario as YAML"><code>${preformatted(text)}</code></pre>`,
  });
}

export function environment({ run }: Result): Markup {
  const { host } = run;
  const tags = Object.entries(run.tags).map(([key, value]) => `${key}=${value}`);
  return section({
    id: 'environment',
    title: 'Environment',
    body: facts([
      ['mailbench', run.mailbench],
      ['Node', run.node],
      ['Host', host.hostname],
      ['System', `${host.os}, ${host.kernel}`],
      ['CPU', `${host.cpu}, ${host.cores} cores`],
      ['Memory', bytes(host.memoryBytes, { gap: '\u00a0' })],
      ['Workers', count(host.workers)],
      ['Seed', String(run.seed)],
      ['Ended', `${moment(run.endedAt)}, ${run.status}`],
      ['Tags', tags.length === 0 ? 'none' : tags.join(', ')],
    ]),
  });
}

function sums(result: Result): Markup {
  const items = identitiesOf(result).map(
    (identity) =>
      markup`<li class="${identity.holds ? '' : 'broken'}"><b>${identity.subject}</b> ${identityTerms(identity, count).join(' ')}</li>`,
  );
  const { inDoubt } = result.counts;
  return markup`<h3>The sums</h3>
<ul class="sums">${items}${
    inDoubt > 0 && markup`<li><b>in doubt</b> ${count(inDoubt)} sent in full without a reply</li>`
  }</ul>`;
}

function trends(result: Result): Markup | null {
  const rows = metricRows(result, 'trend').map((row): Insert[] => [
    name(row),
    count(row.metric.n),
    spacedDuration(row.metric.values.avg),
    spacedDuration(row.metric.values.min),
    ...QUANTILE_COLUMNS.map((column) => spacedDuration(shownQuantile(row.metric, column))),
    spacedDuration(row.metric.values.max),
  ]);
  if (rows.length === 0) return null;
  const headings = ['n', 'avg', 'min', ...QUANTILE_COLUMNS.map(({ key }) => key), 'max'];
  const columns = [
    { heading: 'Trend', isWide: true },
    ...headings.map((heading) => ({ heading, isNumber: true })),
  ];
  return table({ caption: 'Trends', columns, rows });
}

function numbers(result: Result): Markup | null {
  const types = ['rate', 'counter', 'gauge'] as const;
  const rows = types.flatMap((type) =>
    metricRows(result, type).map((row): Insert[] => [name(row), type, ...numbersOf(row.name, row.metric)]),
  );
  if (rows.length === 0) return null;
  const columns: Column[] = [
    { heading: 'Metric', isWide: true },
    { heading: 'Type' },
    { heading: 'Value', isNumber: true },
    { heading: 'Details', isNumber: true },
  ];
  return table({ caption: 'Rates, counters and gauges', columns, rows });
}

function name({ key, name: bare, tags, isBelowBare }: MetricRow): Markup {
  if (isBelowBare) return markup`<code class="tagged">{${tags}}</code>`;
  return markup`<code title="${metricInfo(bare)?.description ?? ''}">${key}</code>`;
}
