/** HTML: a comparison as one page without a script. Pure. */
import type { Comparison, ComparisonRow } from '../../result/comparison.js';
import type { Result } from '../../result/result.js';
import { count, moment, percent } from '../format.js';
import { facts } from '../html/facts.js';
import { type Insert, type Markup, markup } from '../html/markup.js';
import { page } from '../html/page.js';
import { section } from '../html/section.js';
import { table } from '../html/table.js';
import { outcomeTitle } from '../wording.js';
import { percentileCurves, shiftsOf } from './curves.js';
import { intervalPlot, keyOf, pairLines, percentilePlot, shiftPlot } from './pictures.js';
import {
  changeText,
  designOf,
  intervalText,
  marginText,
  noiseFloorText,
  pText,
  summaryOf,
  valueText,
  verdictText,
} from './wording.js';

/** `results`: of each variant, in the order of the rounds; none where they are not at hand any more. */
export function renderComparisonHtml(
  comparison: Comparison,
  results: Readonly<Record<string, readonly Result[]>>,
): string {
  const ordered = Object.fromEntries(comparison.variants.map((name) => [name, results[name] ?? []]));
  return page({
    title: `${comparison.name}: comparison`,
    version: comparison.mailbench,
    skipTo: ['verdicts', 'Skip to the verdicts'],
    footer: comparison.at,
    main: [
      header(comparison),
      verdicts(comparison),
      rounds(comparison),
      latency(comparison, ordered),
      further(comparison),
      outcomes(ordered),
      differences(comparison),
      runs(comparison),
    ],
    assets: null,
  });
}

function header(comparison: Comparison): Markup {
  const { name, baseline, variants, warnings, at, host } = comparison;
  const badge = overall(comparison);
  return markup`<header class="top">
<p class="brand"><b>mailbench</b> comparison</p>
<h1>${name} <span class="badge ${BADGES[badge]}">${badge}</span></h1>
<p class="verdict">${summaryOf(comparison)}</p>
${facts([
  ['Baseline', baseline],
  ['Against', variants.filter((variant) => variant !== baseline).join(', ')],
  ['Design', designOf(comparison)],
  ['Made', markup`<time datetime="${at}">${moment(at)}</time>`],
  ['Host', host],
])}
${noiseFloorText(comparison) !== '' && markup`<p class="load">${noiseFloorText(comparison)}</p>`}
${warnings.length > 0 && markup`<ul class="reasons">${warnings.map((warning) => markup`<li>${warning}</li>`)}</ul>`}
</header>`;
}

type Overall = 'worse' | 'better' | 'inconclusive' | 'same' | 'exploratory';

const BADGES: Readonly<Record<Overall, string>> = {
  worse: 'failed',
  better: 'passed',
  same: 'passed',
  inconclusive: 'aborted',
  exploratory: 'aborted',
};

function overall({ exploratory, rows }: Comparison): Overall {
  if (exploratory) return 'exploratory';
  const has = (verdict: ComparisonRow['verdict']) => rows.some((row) => row.verdict === verdict);
  if (has('worse')) return 'worse';
  if (has('inconclusive') || rows.length === 0) return 'inconclusive';
  return has('better') ? 'better' : 'same';
}

function verdicts(comparison: Comparison): Markup {
  const { rows, exploratory } = comparison;
  const lead = exploratory
    ? 'Single runs differ by chance alone by as much as this. There is no verdict.'
    : 'Dot: the change. Line: where the true change lies, 95 times in 100. Band: changes that do not matter. A line within the band is the same; one that lies beyond it matters.';
  return section({
    id: 'verdicts',
    title: exploratory ? 'What was measured' : 'Verdicts',
    lead,
    body: [
      intervalPlot(rows, nameIn(comparison)),
      rowsTable(rows, comparison, 'Verdict on each primary measure'),
    ],
  });
}

function nameIn({ variants }: Comparison): (row: ComparisonRow) => string {
  return ({ metric, variant }) => (variants.length > 2 ? `${metric} · ${variant}` : metric);
}

const CHIPS: Readonly<Record<string, string>> = {
  better: 'ok',
  worse: 'invalid',
  same: 'ok',
  changed: 'degraded',
  inconclusive: 'degraded',
};

function rowsTable(rows: readonly ComparisonRow[], comparison: Comparison, caption: string): Markup {
  const isMany = comparison.variants.length > 2;
  const [other = ''] = comparison.variants.filter((name) => name !== comparison.baseline);
  const isJudged = rows.some(({ verdict }) => verdict !== null);
  return table({
    caption,
    columns: [
      { heading: 'Measure', isWide: true },
      { heading: comparison.baseline, isNumber: true },
      { heading: isMany ? 'value' : other, isNumber: true },
      { heading: 'Change', isNumber: true },
      { heading: '95 %', isNumber: true },
      { heading: 'Margin', isNumber: true },
      ...(isJudged ? [{ heading: 'p (Holm)', isNumber: true }, { heading: 'Verdict' }] : []),
    ],
    rows: rows.map((row): Insert[] => [
      markup`<code class="measure">${nameIn(comparison)(row)}</code>${row.note !== '' && markup` <small>${row.note}</small>`}`,
      valueText(row.base, row),
      valueText(row.value, row),
      changeText(row.changePct, row),
      intervalText(row),
      marginText(row),
      ...(isJudged
        ? [
            pText(row.pHolm),
            row.verdict === null
              ? ''
              : markup`<span class="chip ${CHIPS[row.verdict] ?? ''}">${verdictText(row)}</span>`,
          ]
        : []),
    ]),
  });
}

function rounds(comparison: Comparison): Markup {
  const { rows, baseline, exploratory } = comparison;
  if (exploratory || rows.length === 0) return markup``;
  return section({
    id: 'rounds',
    title: 'Round by round',
    lead: 'A line for each round, from the baseline to the variant: rounds drift, and lines that all lean the same way are what the verdict sees.',
    body: markup`<div class="multiples">${rows.map((row) => markup`<figure><figcaption>${nameIn(comparison)(row)}</figcaption>${pairLines(row, [baseline, row.variant])}</figure>`)}</div>`,
  });
}

function latency(
  { baseline, variants }: Comparison,
  results: Readonly<Record<string, readonly Result[]>>,
): Markup {
  const curves = percentileCurves(results);
  if (curves.every(({ points }) => points.length === 0)) return markup``;
  const shifts = variants
    .filter((name) => name !== baseline)
    .map((name) => ({ name, shifts: shiftsOf(results[baseline] ?? [], results[name] ?? []) }))
    .filter(({ shifts: found }) => found.length > 0);
  return section({
    id: 'latency',
    title: 'Response time by percentile',
    lead: 'All rounds together, to look at. The shift says how far each decile moved; its band is what drawing other rounds would have given.',
    body: [
      keyOf(curves.map(({ variant }) => variant)),
      percentilePlot(curves),
      shifts.map(({ name, shifts: found }) => [
        markup`<h3>Shift of ${name} against ${baseline}</h3>`,
        shiftPlot(found),
        table({
          caption: `Shift of each decile of ${name}`,
          columns: [
            { heading: 'Percentile' },
            { heading: 'Change', isNumber: true },
            { heading: 'Band', isNumber: true },
          ],
          rows: found.map(({ percentile, changePct, bandPct }) => {
            const intervalPct: [number, number] | null = bandPct && [bandPct.low, bandPct.high];
            return [`p${percentile}`, changeText(changePct, { unit: 'ms' }), intervalText({ intervalPct })];
          }),
        }),
      ]),
    ],
  });
}

function further(comparison: Comparison): Markup {
  if (comparison.further.length === 0) return markup``;
  return section({
    id: 'further',
    title: 'Further measures',
    lead: 'To look at: with so many, some differ by chance. None of them is judged.',
    body: rowsTable(comparison.further, comparison, 'Further measures'),
  });
}

/** Share of the messages that ended so, where the variants are not alike. */
function outcomes(results: Readonly<Record<string, readonly Result[]>>): Markup {
  const names = Object.keys(results);
  const shares = new Map<string, Map<string, number>>();
  const totals = new Map(
    names.map((name) => [
      name,
      (results[name] ?? []).flatMap((one) => one.outcomes).reduce((sum, row) => sum + row.count, 0),
    ]),
  );
  for (const name of names) {
    for (const row of (results[name] ?? []).flatMap((one) => one.outcomes)) {
      const title = outcomeTitle(row);
      const own = shares.get(title) ?? new Map<string, number>();
      shares.set(title, own.set(name, (own.get(name) ?? 0) + row.count));
    }
  }
  if (shares.size === 0) return markup``;
  return section({
    id: 'outcomes',
    title: 'Outcomes',
    lead: 'How the messages of each variant ended, all rounds together.',
    body: table({
      caption: 'Outcomes of each variant',
      columns: [
        { heading: 'Outcome', isWide: true },
        ...names.flatMap((name) => [
          { heading: name, isNumber: true },
          { heading: 'share', isNumber: true },
        ]),
      ],
      rows: [...shares].map(([title, own]) => [
        title,
        ...names.flatMap((name) => [
          count(own.get(name) ?? 0),
          percent((own.get(name) ?? 0) / Math.max(1, totals.get(name) ?? 0)),
        ]),
      ]),
    }),
  });
}

function differences({ differences: found, variants }: Comparison): Markup {
  const lead =
    found.length === 0
      ? 'The scenarios are the same; what differs is the server.'
      : 'Values of the scenario that are not the same.';
  return section({
    id: 'differences',
    title: 'What differs',
    lead,
    body:
      found.length > 0 &&
      table({
        caption: 'Values of the scenario that differ',
        columns: [{ heading: 'Path', isWide: true }, ...variants.map((name) => ({ heading: name }))],
        rows: found.map(({ path, values }) => [
          markup`<code>${path}</code>`,
          ...variants.map((name) => markup`<code>${values[name] ?? ''}</code>`),
        ]),
      }),
  });
}

function runs({ runs: made, void: voids }: Comparison): Markup {
  return section({
    id: 'runs',
    title: 'Runs',
    body: [
      table({
        caption: 'Every run that counts',
        columns: [{ heading: 'Round' }, { heading: 'Variant' }, { heading: 'Run' }],
        rows: made.map(({ round, variant, run }) => [String(round), variant, markup`<code>${run}</code>`]),
      }),
      voids.length > 0 &&
        table({
          caption: 'Runs that are void, and were made again',
          isCaptionShown: true,
          columns: [{ heading: 'Round' }, { heading: 'Variant' }, { heading: 'Why', isWide: true }],
          rows: voids.map(({ round, variant, reason }) => [String(round), variant, reason]),
        }),
    ],
  });
}
