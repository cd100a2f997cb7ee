/** Wording: the words and numbers of a trend, the same in every rendering. Pure. */
import type { Trend, TrendChange, TrendLine } from '../../result/trend.js';
import { changeText, valueText } from '../comparison/wording.js';

export function trendHeadline({ runs, lines, host }: Trend): string {
  const changes = lines.reduce((sum, line) => sum + line.changes.length, 0);
  const found = changes === 0 ? 'no change' : changes === 1 ? 'one change' : `${changes} changes`;
  return `${runs.length} ${runs.length === 1 ? 'run' : 'runs'} on ${host}: ${found}.`;
}

export function leftOutWords({ leftOut }: Trend): readonly string[] {
  return Object.entries(leftOut).map(([why, n]) => `Left out: ${n} that ${why}.`);
}

type Unit = Pick<TrendLine, 'unit'>;

export function measuredText(value: number | null, { unit }: Unit): string {
  return valueText(value, { unit });
}

/** `12ms → 15ms (+25%), with client.ehlo changed`. */
export function changeWords({ before, after, changePct, differences }: TrendChange, line: Unit): string {
  const why = differences.length === 0 ? '' : `, with ${listOf(differences)} changed`;
  return `${measuredText(before, line)} → ${measuredText(after, line)} (${changeText(changePct, line)})${why}`;
}

const MOST = 3;

function listOf(paths: readonly string[]): string {
  const more = paths.length - MOST;
  return `${paths.slice(0, MOST).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
