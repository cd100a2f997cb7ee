/** Console: a trend as it is printed: a row of bars for each measure, and where it changed. Pure; colour only where asked. */
import pc from 'picocolors';
import type { Trend, TrendLine } from '../../result/trend.js';
import { visible } from '../escape.js';
import { moment } from '../format.js';
import { clip, wrap } from '../terminal.js';
import { changeWords, leftOutWords, measuredText, trendHeadline } from './wording.js';

export interface TrendTextOptions {
  readonly color: boolean;
  readonly width: number;
  /** Where the page is. */
  readonly report: string;
}

const BARS = '▁▂▃▄▅▆▇█';

export function renderTrend(trend: Trend, { color, width: given, report }: TrendTextOptions): string {
  const colors = pc.createColors(color);
  const width = Math.min(132, Math.max(40, given));
  const paragraph = (text: string, indent: number) =>
    wrap(visible(text), width - indent).map((line) => `${' '.repeat(indent)}${line}`);
  const lines = [
    '',
    `  ${colors.bold(clip(visible(trend.name), width - 2))}`,
    ...paragraph(trendHeadline(trend), 2),
    ...leftOutWords(trend).flatMap((text) => paragraph(text, 4).map((line) => colors.dim(line))),
    ...trend.lines.flatMap((line) => [
      '',
      `  ${colors.bold(clip(line.metric, width - 2))}`,
      `    ${bars(line, width - 4)}`,
      ...paragraph(rangeOf(line), 4).map((text) => colors.dim(text)),
      ...line.changes.flatMap((change) => {
        const paint = change.isBetter ? colors.green : colors.red;
        const at = trend.runs[change.index];
        return paragraph(`${moment(at?.at ?? '')}  ${changeWords(change, line)}  ${at?.id ?? ''}`, 4).map(
          paint,
        );
      }),
    ]),
    '',
    ...paragraph(`report: ${report}`, 2),
  ];
  return `${lines.join('\n')}\n`;
}

/** The last ones where there are too many; a blank for a run without a value. */
function bars({ values }: TrendLine, width: number): string {
  const shown = values.slice(-width);
  const known = shown.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return shown
    .map((value) =>
      value === null ? ' ' : BARS[high === low ? 3 : Math.floor(((value - low) / (high - low)) * 7.999)],
    )
    .join('');
}

function rangeOf(line: TrendLine): string {
  const known = line.values.filter((value) => value !== null);
  if (known.length === 0) return 'no values';
  const text = (value: number | undefined) => measuredText(value ?? null, line);
  return `${text(Math.min(...known))} … ${text(Math.max(...known))}, last ${text(known.at(-1))}`;
}
