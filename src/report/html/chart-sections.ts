/**
 * Chart sections: the places where page/ draws, with what must be there without it.
 *
 * A chart is an image to those who cannot see it, described by its label; its numbers stand in the tables.
 */
import type { Result } from '../../result/result.js';
import { count, spacedDuration } from '../format.js';
import { isShowable, QUANTILE_COLUMNS, shownQuantile } from '../quantile.js';
import { type Insert, type Markup, markup } from './markup.js';
import { section } from './section.js';
import { table } from './table.js';

export interface ChartPlace {
  /** Name of the chart in page/charts.ts. */
  readonly name: 'rate' | 'latency' | 'percentiles' | 'generator' | 'backlog';
  readonly label: string;
  /** Offers a logarithmic scale of values. */
  readonly hasScales?: boolean;
}

const PERCENTILES: ChartPlace = {
  name: 'percentiles',
  label: 'Latency by percentile: response time and service time',
  hasScales: true,
};

const TOO_SHORT = 'The run was too short for this chart.';

export function rateOverTime({ series }: Result): Markup {
  const place: ChartPlace = {
    name: 'rate',
    label: 'Messages a second over time: offered, started, accepted, rejected and failed',
  };
  return section({
    id: 'rate',
    title: 'Rate over time',
    lead: 'Messages a second. Where accepted falls below offered, the server did not keep up, or the generator did not: see sessions and utilisation below.',
    body: series.length > 1 ? chart(place) : markup`<p class="empty">${TOO_SHORT}</p>`,
  });
}

export function latencyOverTime({ series }: Result): Markup {
  const place: ChartPlace = {
    name: 'latency',
    label: 'Response time over time: median, 95th and 99th percentile of each second',
    hasScales: true,
  };
  return section({
    id: 'latency',
    title: 'Response time over time',
    lead: 'From when a message was due to its final reply, so a late start counts too.',
    body: series.length > 1 ? chart(place) : markup`<p class="empty">${TOO_SHORT}</p>`,
  });
}

export function latencyByPercentile({ metrics }: Result): Markup {
  const rows = [
    ['Response time', 'smtp_message_duration'] as const,
    ['Service time', 'smtp_message_service_duration'] as const,
  ].flatMap(([label, key]): Insert[][] => {
    const metric = metrics[key];
    if (metric === undefined || metric.n === 0) return [];
    const quantiles = QUANTILE_COLUMNS.map((column) => spacedDuration(shownQuantile(metric, column)));
    return [
      [
        label,
        count(metric.n),
        spacedDuration(metric.values.min),
        ...quantiles,
        spacedDuration(metric.values.max),
      ],
    ];
  });
  if (rows.length === 0)
    return section({ id: 'percentiles', title: 'Latency by percentile', lead: 'No message ended.' });
  const headings = ['n', 'min', ...QUANTILE_COLUMNS.map(({ key }) => key), 'max'];
  return section({
    id: 'percentiles',
    title: 'Latency by percentile',
    lead: 'Response time runs from when a message was due, service time from when it was begun; a gap between them is the generator being late. A quantile with fewer than ten samples beyond it is not shown.',
    body: [
      isShowable(metrics.smtp_message_duration?.n ?? 0, 50) && chart(PERCENTILES),
      table({
        caption: 'Response time and service time',
        columns: [
          { heading: 'Latency', isWide: true },
          ...headings.map((heading) => ({ heading, isNumber: true })),
        ],
        rows,
      }),
    ],
  });
}

export function generatorOverTime({ series }: Result): Markup {
  const place: ChartPlace = {
    name: 'generator',
    label: 'Sessions open and how busy the generator was, over time',
  };
  return section({
    id: 'generator',
    title: 'Sessions and generator',
    lead: 'Sessions open at once, and the share of its time the busiest worker was at work. Above 80\u00a0% a generator begins to measure itself.',
    body: series.length > 1 ? chart(place) : markup`<p class="empty">${TOO_SHORT}</p>`,
  });
}

export function chart({ name, label, hasScales = false }: ChartPlace): Markup {
  const scales = markup`<div class="scales" role="group" aria-label="Scale of values"><button type="button" data-scale="linear" aria-pressed="true">linear</button><button type="button" data-scale="log" aria-pressed="false">log</button></div>`;
  return markup`<figure class="chart" data-chart="${name}">
${hasScales && scales}
<div class="plot" role="img" aria-label="${label}"></div>
</figure>`;
}
