/** HTML: a trend as one page without a script. Pure. */
import type { Trend, TrendLine } from '../../result/trend.js';
import { moment } from '../format.js';
import { facts } from '../html/facts.js';
import { type Markup, markup } from '../html/markup.js';
import { page } from '../html/page.js';
import { picture, round, WIDTH } from '../html/picture.js';
import { section } from '../html/section.js';
import { table } from '../html/table.js';
import { changeWords, leftOutWords, measuredText, trendHeadline } from './wording.js';

export function renderTrendHtml(trend: Trend, version: string): string {
  const { name, runs } = trend;
  return page({
    title: `${name}: trend`,
    version,
    skipTo: ['changes', 'Skip to the changes'],
    footer: runs.at(-1)?.id ?? '',
    main: [
      header(trend),
      changes(trend),
      trend.lines.map((line, at) => measure(line, at, trend)),
      runsTable(trend),
    ],
    assets: null,
  });
}

function header(trend: Trend): Markup {
  const { name, host, runs } = trend;
  const leftOut = leftOutWords(trend);
  return markup`<header class="top">
<p class="brand"><b>mailbench</b> trend</p>
<h1>${name}</h1>
<p class="verdict">${trendHeadline(trend)}</p>
${facts([
  ['Host', host],
  ['From', moment(runs[0]?.at ?? '')],
  ['To', moment(runs.at(-1)?.at ?? '')],
])}
${leftOut.length > 0 && markup`<ul class="reasons">${leftOut.map((text) => markup`<li>${text}</li>`)}</ul>`}
</header>`;
}

function changes({ lines, runs }: Trend): Markup {
  const rows = lines
    .flatMap((line) => line.changes.map((change) => ({ ...change, line })))
    .sort((a, b) => a.index - b.index);
  return section({
    id: 'changes',
    title: 'Changes',
    lead:
      rows.length === 0
        ? 'None: the runs differ by no more than chance would have it.'
        : 'Where runs begin to be others. The cause lies between that run and the one before.',
    body:
      rows.length > 0 &&
      table({
        caption: 'Changes, oldest first',
        columns: [
          { heading: 'From' },
          { heading: 'Measure' },
          { heading: 'Change', isWide: true },
          { heading: 'Run' },
        ],
        rows: rows.map((row) => [
          moment(runs[row.index]?.at ?? ''),
          markup`<code class="measure">${row.line.metric}</code>`,
          markup`<span class="chip ${row.isBetter ? 'ok' : 'invalid'}">${row.isBetter ? 'better' : 'worse'}</span> ${changeWords(row, row.line)}`,
          markup`<code>${runs[row.index]?.id ?? ''}</code>`,
        ]),
      }),
  });
}

const LEFT = 64;
const HEIGHT = 180;

function measure(line: TrendLine, at: number, { runs }: Trend): Markup {
  const known = line.values.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
  if (known.length === 0) return markup``;
  const values = known.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const y = (value: number) =>
    round(14 + (high === low ? 0.5 : (high - value) / (high - low)) * (HEIGHT - 28));
  const step = (WIDTH - LEFT - 30) / Math.max(1, line.values.length - 1);
  const x = (index: number) => round(LEFT + 10 + index * step);
  const cuts = [0, ...line.changes.map(({ index }) => index), line.values.length];
  const levels =
    line.changes.length === 0 ? [] : [line.changes[0]!.before, ...line.changes.map(({ after }) => after)];
  return section({
    id: `measure-${at}`,
    title: markup`<code>${line.metric}</code>`,
    body: picture(HEIGHT + 24, `${line.metric} of ${known.length} runs`, [
      [low, high].map(
        (value) =>
          markup`<line class="grid" x1="${LEFT}" y1="${y(value)}" x2="${WIDTH - 16}" y2="${y(value)}"/><text class="tick start" x="0" y="${y(value) + 4}">${measuredText(value, line)}</text>`,
      ),
      line.changes.map(({ index }) => {
        const edge = round((x(index) + x(index - 1)) / 2);
        return markup`<line class="zero" x1="${edge}" y1="6" x2="${edge}" y2="${HEIGHT - 6}"/>`;
      }),
      levels.map(
        (level, stretch) =>
          markup`<line class="interval" x1="${x(cuts[stretch] ?? 0)}" y1="${y(level)}" x2="${x((cuts[stretch + 1] ?? 1) - 1)}" y2="${y(level)}"/>`,
      ),
      known.map(
        ({ value, index }) =>
          markup`<g class="pair"><title>${moment(runs[index]?.at ?? '')}: ${measuredText(value, line)} (${runs[index]?.id ?? ''})</title><circle class="estimate" cx="${x(index)}" cy="${y(value)}" r="4"/></g>`,
      ),
      markup`<text class="tick start" x="${LEFT}" y="${HEIGHT + 12}">${moment(runs[0]?.at ?? '')}</text><text class="end" x="${WIDTH - 16}" y="${HEIGHT + 12}">${moment(runs.at(-1)?.at ?? '')}</text>`,
    ]),
  });
}

const MOST_RUNS = 200;

function runsTable({ runs, lines }: Trend): Markup {
  const shown = runs
    .map((run, index) => ({ run, index }))
    .slice(-MOST_RUNS)
    .reverse();
  return section({
    id: 'runs',
    title: 'Runs',
    lead:
      runs.length > MOST_RUNS ? `The last ${MOST_RUNS} of ${runs.length}, newest first.` : 'Newest first.',
    body: table({
      caption: 'Runs, newest first',
      columns: [
        { heading: 'Run' },
        { heading: 'Begun' },
        ...lines.map((line) => ({ heading: line.metric, isNumber: true })),
        { heading: 'Tags', isWide: true },
      ],
      rows: shown.map(({ run, index }) => [
        markup`<code>${run.id}</code>`,
        moment(run.at),
        ...lines.map((line) => measuredText(line.values[index] ?? null, line)),
        Object.entries(run.tags)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
      ]),
    }),
  });
}
