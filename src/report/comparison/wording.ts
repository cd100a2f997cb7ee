/**
 * Wording: the words and numbers of a comparison, the same in every rendering. Pure.
 */
import type { Comparison, ComparisonRow } from '../../result/comparison.js';
import { duration, NOTHING, percent, perSecond, plain } from '../format.js';

/** A value in the unit of its row. */
export function valueText(value: number | null, { unit }: Pick<ComparisonRow, 'unit'>): string {
  if (value === null) return NOTHING;
  if (unit === 'ms') return duration(value);
  if (unit === 'perSec') return perSecond(value);
  return unit === 'share' ? percent(value) : plain(value);
}

/** `+15.8%`, or of a share `+0.3pp`: percentage points. */
export function changeText(changePct: number | null, row: Pick<ComparisonRow, 'unit'>): string {
  return changePct === null ? NOTHING : `${signed(changePct)}${row.unit === 'share' ? 'pp' : '%'}`;
}

/** `[+9.1, +22.4]`. */
export function intervalText({ intervalPct }: Pick<ComparisonRow, 'intervalPct'>): string {
  return intervalPct === null ? '' : `[${signed(intervalPct[0])}, ${signed(intervalPct[1])}]`;
}

function signed(value: number): string {
  const digits = Math.abs(value) < 0.995 ? 2 : Math.abs(value) < 99.95 ? 1 : 0;
  const text = value.toFixed(digits);
  return Number(text) === 0 ? '0' : `${value > 0 ? '+' : ''}${text}`;
}

export function pText(p: number | null): string {
  if (p === null) return '';
  return p < 0.001 ? '<.001' : p.toFixed(3).replace(/^0/, '');
}

/** The verdict with what it rests on, in a few words. */
export function verdictText(row: ComparisonRow): string {
  const { verdict, roundsNeeded, mdePct } = row;
  const margin = marginText(row);
  switch (verdict) {
    case null:
      return row.note;
    case 'better':
    case 'worse':
      return verdict.toUpperCase();
    case 'same':
      return `same (within ${margin})`;
    case 'changed':
      return `changed, below ${margin}`;
    default: {
      const seen = mdePct === null ? '' : `could see ${plain(mdePct, 2)}${row.unit === 'share' ? 'pp' : '%'}`;
      const more = roundsNeeded === null ? '' : `${roundsNeeded} rounds needed`;
      const why = [seen, more].filter((part) => part !== '').join('; ');
      return `inconclusive${why === '' ? '' : ` (${why})`}`;
    }
  }
}

export function marginText({ marginPct, unit }: Pick<ComparisonRow, 'marginPct' | 'unit'>): string {
  return `±${plain(marginPct, 2)}${unit === 'share' ? 'pp' : '%'}`;
}

/** One sentence on all of it. */
export function summaryOf({ rows, exploratory, baseline, variants, rounds }: Comparison): string {
  if (exploratory)
    return 'Exploratory: single runs differ by chance, so there is no verdict. An experiment with rounds gives one.';
  const others = variants.filter((name) => name !== baseline);
  const of = (verdict: ComparisonRow['verdict']) => rows.filter((row) => row.verdict === verdict);
  const named = (some: readonly ComparisonRow[]) =>
    some.map(({ metric, variant }) => (others.length > 1 ? `${metric} of ${variant}` : metric)).join(', ');
  if (rows.length === 0 || rounds === 0) return 'No round came to its end.';
  const [worse, better, open] = [of('worse'), of('better'), of('inconclusive')];
  const parts = [
    worse.length > 0 ? `worse in ${named(worse)}` : '',
    better.length > 0 ? `better in ${named(better)}` : '',
    open.length > 0 ? `inconclusive in ${named(open)}` : '',
  ].filter((part) => part !== '');
  const subject = others.length === 1 ? (others[0] as string) : 'the variants';
  return parts.length === 0 ? `${subject}: no difference that matters.` : `${subject}: ${parts.join('; ')}.`;
}

/** What the table says above itself. */
export function designOf({ rounds, seed, exploratory, rows, void: voids }: Comparison): string {
  const parts = [
    exploratory ? 'single runs' : `${rounds} ${rounds === 1 ? 'round' : 'rounds'} in an order of chance`,
    seed === null ? '' : `seed ${seed}`,
    exploratory ? '' : `Holm over ${rows.length}`,
    voids.length === 0 ? '' : `${voids.length} void`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** `Noise floor of this host (2026-11-23, 10 rounds of the same server): …`; '' where nobody has measured it. */
export function noiseFloorText({ noiseFloor }: Pick<Comparison, 'noiseFloor'>): string {
  if (noiseFloor === null) return '';
  const { at, rounds, rows } = noiseFloor;
  const known = rows.flatMap(({ metric, unit, mdePct }) =>
    mdePct === null ? [] : [`${metric} ±${plain(mdePct, 2)}${unit === 'share' ? 'pp' : '%'}`],
  );
  const found = known.length === 0 ? 'too few rounds to tell' : known.join(', ');
  return `Noise floor of this host (${at.slice(0, 10)}, ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of the same server): ${found}.`;
}
