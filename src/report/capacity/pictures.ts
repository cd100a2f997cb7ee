/** Pictures: a capacity as drawings in the page itself. Every number in them stands in a table too. Pure. */
import type { CapacityLevel, CapacityTrial } from '../../result/capacity.js';
import { throughputAt, type UslFit } from '../../statistics/usl.js';
import { plain } from '../format.js';
import { type Markup, markup } from '../html/markup.js';
import { picture, round, WIDTH } from '../html/picture.js';
import { rateText } from './wording.js';

const LEFT = 64;
const HEIGHT = 220;

/** Rate of every trial in order, on a logarithmic scale. */
export function trialPlot(trials: readonly CapacityTrial[]): Markup {
  const rates = trials.map(({ ratePerSec }) => ratePerSec);
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  const span = Math.log(high / low) || 1;
  const y = (rate: number) => round(14 + (1 - Math.log(rate / low) / span) * (HEIGHT - 28));
  const step = (WIDTH - LEFT - 30) / Math.max(1, trials.length - 1);
  const x = (at: number) => round(LEFT + 10 + at * step);
  const levels = [0, 0.25, 0.5, 0.75, 1].map((share) => low * Math.exp(share * Math.log(high / low)));
  return picture(HEIGHT + 8, `Rate and verdict of ${trials.length} trials`, [
    levels.map(
      (rate) =>
        markup`<line class="grid" x1="${LEFT}" y1="${y(rate)}" x2="${WIDTH - 16}" y2="${y(rate)}"/><text class="tick start" x="0" y="${y(rate) + 4}">${rateText(Number(rate.toPrecision(3)))}</text>`,
    ),
    trials.map((trial, at) => mark(trial, x(at), y(trial.ratePerSec))),
  ]);
}

function mark(trial: CapacityTrial, x: number, y: number): Markup {
  const title = markup`<title>${trial.purpose} ${rateText(trial.ratePerSec)}: ${trial.verdict}</title>`;
  if (trial.verdict === 'void')
    return markup`<g class="trial void">${title}<line x1="${x - 4}" y1="${y - 4}" x2="${x + 4}" y2="${y + 4}"/><line x1="${x - 4}" y1="${y + 4}" x2="${x + 4}" y2="${y - 4}"/></g>`;
  const radius = trial.purpose === 'confirm' || trial.purpose === 'profile' ? 6 : 4;
  return markup`<g class="trial ${trial.verdict}">${title}<circle cx="${x}" cy="${y}" r="${radius}"/></g>`;
}

/** Accepted messages a second over VUs, with the curve. */
export function scalingPlot(levels: readonly CapacityLevel[], fit: UslFit | null): Markup {
  const dots = levels.flatMap(({ vus, acceptedPerSec }) =>
    acceptedPerSec === null ? [] : [{ vus, acceptedPerSec }],
  );
  if (dots.length === 0) return markup``;
  const widest = Math.max(...dots.map(({ vus }) => vus)) * (fit === null ? 1 : 2);
  const along = Array.from({ length: 80 }, (_, i) => 1 + ((widest - 1) * i) / 79);
  const curve = fit === null ? [] : along.map((vus) => ({ vus, perSec: throughputAt(fit, vus) }));
  const highest =
    Math.max(...dots.map((dot) => dot.acceptedPerSec), ...curve.map(({ perSec }) => perSec)) || 1;
  const x = (vus: number) => round(LEFT + ((vus - 1) / Math.max(1, widest - 1)) * (WIDTH - LEFT - 24));
  const y = (perSec: number) => round(14 + (1 - perSec / highest) * (HEIGHT - 28));
  return picture(HEIGHT + 24, 'Accepted messages a second over VUs', [
    [0, 0.5, 1].map(
      (share) =>
        markup`<line class="grid" x1="${LEFT}" y1="${y(share * highest)}" x2="${WIDTH - 16}" y2="${y(share * highest)}"/><text class="tick start" x="0" y="${y(share * highest) + 4}">${rateText(Number((share * highest).toPrecision(3)))}</text>`,
    ),
    [1, widest / 2, widest].map(
      (vus) =>
        markup`<text class="tick" x="${x(vus)}" y="${HEIGHT + 8}">${plain(vus)} ${vus === 1 ? 'VU' : 'VUs'}</text>`,
    ),
    curve.length > 0 &&
      markup`<polyline class="curve c0" points="${curve.map(({ vus, perSec }) => `${x(vus)},${y(perSec)}`).join(' ')}"/>`,
    dots.map(
      ({ vus, acceptedPerSec }) =>
        markup`<g class="trial pass"><title>${vus} VUs: ${rateText(acceptedPerSec)}</title><circle cx="${x(vus)}" cy="${y(acceptedPerSec)}" r="4"/></g>`,
    ),
  ]);
}
