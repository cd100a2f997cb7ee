/**
 * Pictures: a comparison as drawings in the page itself, which need no script. Every number in them stands in a table too. Pure.
 */
import type { ComparisonRow } from '../../result/comparison.js';
import { duration, plain } from '../format.js';
import { type Markup, markup } from '../html/markup.js';
import { picture, round, WIDTH } from '../html/picture.js';
import type { Curve, Shift } from './curves.js';
import { changeText, intervalText, valueText } from './wording.js';

const LABELS = 250;

/** Change and interval of each row, with the margin as a band: what lies beyond it matters. */
export function intervalPlot(rows: readonly ComparisonRow[], nameOf: (row: ComparisonRow) => string): Markup {
  const shown = rows.filter(({ changePct }) => changePct !== null);
  // One that is far off would leave nothing to see of the others.
  const reach = Math.min(
    100,
    Math.max(
      1,
      ...shown.flatMap(({ changePct, intervalPct, marginPct }) => [
        Math.abs(changePct ?? 0),
        ...(intervalPct ?? []).map(Math.abs),
        marginPct * 1.4,
      ]),
    ),
  );
  const x = (pct: number) =>
    round(LABELS + ((Math.max(-reach, Math.min(reach, pct)) + reach) / (2 * reach)) * (WIDTH - LABELS - 20));
  const lines = shown.map((row, at) => {
    const y = 26 + at * 34;
    const [low, high] = row.intervalPct ?? [row.changePct ?? 0, row.changePct ?? 0];
    return markup`<g class="${row.verdict ?? 'open'}"><title>${nameOf(row)}: ${changeText(row.changePct, row)} ${intervalText(row)}</title>
<rect class="margin" x="${x(-row.marginPct)}" y="${y - 12}" width="${round(x(row.marginPct) - x(-row.marginPct))}" height="24"/>
<text x="0" y="${y + 4}">${nameOf(row)}</text>
<line class="interval" x1="${x(low)}" y1="${y}" x2="${x(high)}" y2="${y}"/>
<circle class="estimate" cx="${x(row.changePct ?? 0)}" cy="${y}" r="5"/>
${Math.abs(row.changePct ?? 0) > reach && markup`<text class="end" x="${WIDTH - 32}" y="${y + 4}">${changeText(row.changePct, row)}</text>`}</g>`;
  });
  const bottom = 20 + shown.length * 34;
  const ticks = [-1, -0.5, 0, 0.5, 1].map((share) => share * reach);
  return picture(bottom + 24, `Change and 95 % interval of ${shown.length} measures`, [
    ...ticks.map(
      (tick) =>
        markup`<line class="${tick === 0 ? 'zero' : 'grid'}" x1="${x(tick)}" y1="8" x2="${x(tick)}" y2="${bottom}"/><text class="tick" x="${x(tick)}" y="${bottom + 16}">${tick > 0 ? '+' : ''}${plain(tick, 2)}</text>`,
    ),
    ...lines,
  ]);
}

/** A line for each round, from the base to the variant. */
export function pairLines(row: ComparisonRow, names: readonly [base: string, variant: string]): Markup {
  const points = row.points.filter(
    (point): point is { round: number; base: number; value: number } =>
      point.base !== null && point.value !== null,
  );
  const values = points.flatMap(({ base, value }) => [base, value]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = high - low || Math.abs(high) || 1;
  const y = (value: number) => round(16 + (1 - (value - low) / span) * 120);
  const lines = points.map(
    ({
      round: number,
      base,
      value,
    }) => markup`<g class="pair"><title>round ${number}: ${valueText(base, row)}, ${valueText(value, row)}</title>
<line class="${value === base ? '' : value < base === (row.better === 'less') ? 'better' : 'worse'}" x1="70" y1="${y(base)}" x2="170" y2="${y(value)}"/><circle cx="70" cy="${y(base)}" r="3"/><circle cx="170" cy="${y(value)}" r="3"/></g>`,
  );
  return markup`<svg class="picture pairs" viewBox="0 0 240 176" role="img" aria-label="${row.metric}, a line for each of ${points.length} rounds">
<text class="tick start" x="0" y="${y(high) + 4}">${valueText(high, row)}</text>
${high !== low && markup`<text class="tick start" x="0" y="${y(low) + 4}">${valueText(low, row)}</text>`}
${lines}
<text class="tick" x="70" y="162">${clipped(names[0])}</text><text class="tick" x="170" y="162">${clipped(names[1])}</text></svg>`;
}

const NAMED = [50, 90, 99, 99.9, 99.99];

/** Percentile curves laid over each other; the axis gets wider towards 100 %. */
export function percentilePlot(curves: readonly Curve[]): Markup {
  const all = curves.flatMap(({ points }) => points);
  if (all.length === 0) return markup``;
  const [left, height] = [64, 240];
  const position = (percentile: number) => -Math.log10(1 - percentile / 100);
  const furthest = Math.max(...all.map(({ percentile }) => position(percentile)));
  const [low, high] = [Math.min(...all.map(({ ms }) => ms)), Math.max(...all.map(({ ms }) => ms))];
  const x = (percentile: number) => round(left + (position(percentile) / furthest) * (WIDTH - left - 16));
  const scale = (ms: number) => Math.log(Math.max(ms, 1e-3));
  const y = (ms: number) =>
    round(14 + (1 - (scale(ms) - scale(low)) / (scale(high) - scale(low) || 1)) * (height - 28));
  const levels = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    Math.exp(scale(low) + share * (scale(high) - scale(low))),
  );
  return picture(height + 24, 'Response time by percentile of each variant', [
    ...levels.map(
      (ms) =>
        markup`<line class="grid" x1="${left}" y1="${y(ms)}" x2="${WIDTH - 16}" y2="${y(ms)}"/><text class="tick start" x="0" y="${y(ms) + 4}">${duration(ms, { digits: 2 })}</text>`,
    ),
    ...NAMED.filter((percentile) => position(percentile) <= furthest).map(
      (percentile) =>
        markup`<line class="grid" x1="${x(percentile)}" y1="14" x2="${x(percentile)}" y2="${height - 14}"/><text class="tick" x="${x(percentile)}" y="${height + 6}">p${percentile}</text>`,
    ),
    ...curves.map(
      ({ variant, points }, at) =>
        markup`<polyline class="curve c${at % 4}" points="${points.map(({ percentile, ms }) => `${x(percentile)},${y(ms)}`).join(' ')}"><title>${variant}</title></polyline>`,
    ),
  ]);
}

/** How far each decile moved, with its band. */
export function shiftPlot(shifts: readonly Shift[]): Markup {
  if (shifts.length === 0) return markup``;
  const [left, height] = [64, 200];
  const reach = Math.max(
    1,
    ...shifts.flatMap(({ changePct, bandPct }) => [
      Math.abs(changePct),
      Math.abs(bandPct?.low ?? 0),
      Math.abs(bandPct?.high ?? 0),
    ]),
  );
  const y = (pct: number) => round(12 + ((reach - pct) / (2 * reach)) * (height - 24));
  const step = (WIDTH - left - 40) / Math.max(1, shifts.length - 1);
  const x = (at: number) => round(left + 16 + at * step);
  return picture(height + 24, 'Shift of each decile in per cent of the base', [
    ...[-1, 0, 1].map(
      (share) =>
        markup`<line class="${share === 0 ? 'zero' : 'grid'}" x1="${left}" y1="${y(share * reach)}" x2="${WIDTH - 16}" y2="${y(share * reach)}"/><text class="tick start" x="0" y="${y(share * reach) + 4}">${share > 0 ? '+' : ''}${plain(share * reach, 2)}%</text>`,
    ),
    ...shifts.map(
      ({ percentile, changePct, bandPct }, at) =>
        markup`<g class="open"><title>p${percentile}: ${changePct.toFixed(1)} %</title>${bandPct !== null && markup`<line class="interval" x1="${x(at)}" y1="${y(bandPct.low)}" x2="${x(at)}" y2="${y(bandPct.high)}"/>`}<circle class="estimate" cx="${x(at)}" cy="${y(changePct)}" r="4"/><text class="tick" x="${x(at)}" y="${height + 10}">p${percentile}</text></g>`,
    ),
  ]);
}

/** Which colour is whose. */
export function keyOf(names: readonly string[]): Markup {
  return markup`<ul class="keys">${names.map((name, at) => markup`<li><span class="key c${at % 4}"></span>${name}</li>`)}</ul>`;
}

const LONGEST = 16;

function clipped(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
