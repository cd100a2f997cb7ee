/**
 * Console: a comparison as the last thing that is printed. Fits any width from 40 columns: where there is no room, interval and verdict go under their row.
 * Pure; colour only where asked.
 */
import pc from 'picocolors';
import type { Comparison, ComparisonRow } from '../../result/comparison.js';
import { visible } from '../escape.js';
import { clip, columns, left, right, wrap } from '../terminal.js';
import {
  changeText,
  designOf,
  intervalText,
  noiseFloorText,
  pText,
  summaryOf,
  valueText,
  verdictText,
} from './wording.js';

export interface ComparisonTextOptions {
  readonly color: boolean;
  readonly width: number;
  /** Beside the primaries what else was looked at. */
  readonly isFull: boolean;
  readonly exitCode: number;
  /** Where the page is. */
  readonly report: string;
}

type Colors = ReturnType<typeof pc.createColors>;

const LEAST_NAME = 26;

export function renderComparison(comparison: Comparison, options: ComparisonTextOptions): string {
  const colors = pc.createColors(options.color);
  const width = Math.min(132, Math.max(40, options.width));
  const { baseline, variants } = comparison;
  const others = variants.filter((name) => name !== baseline);
  const paragraph = (text: string) =>
    text === '' ? [] : wrap(visible(text), width - 2).map((line) => `  ${line}`);
  const lines = [
    '',
    `  ${colors.bold(clip(visible(`${comparison.name}: ${others.join(', ')} against ${baseline}`), width - 2))}`,
    ...paragraph(summaryOf(comparison)),
    `  ${colors.dim(clip(designOf(comparison), width - 2))}`,
    ...paragraph(noiseFloorText(comparison)).map((line) => colors.dim(line)),
    ...comparison.warnings.flatMap((warning) =>
      wrap(visible(warning), width - 6).map((line, i) => `    ${i === 0 ? colors.yellow('!') : ' '} ${line}`),
    ),
    ...table('PRIMARIES', comparison.rows, { comparison, colors, width }),
    ...(options.isFull
      ? table('FURTHER, NOT JUDGED', comparison.further, { comparison, colors, width })
      : []),
    ...differences(comparison, colors, width),
    '',
    ...paragraph(`report: ${options.report}   exit ${options.exitCode}`),
  ];
  return `${lines.join('\n')}\n`;
}

interface Sheet {
  readonly comparison: Comparison;
  readonly colors: Colors;
  readonly width: number;
}

function table(
  title: string,
  rows: readonly ComparisonRow[],
  { comparison, colors, width }: Sheet,
): string[] {
  if (rows.length === 0) return [];
  const isMany = comparison.variants.length > 2;
  const cells = rows.map((row) => ({
    name: visible(isMany ? `${row.metric} · ${row.variant}` : row.metric),
    base: valueText(row.base, row),
    value: valueText(row.value, row),
    change: changeText(row.changePct, row),
    interval: intervalText(row),
    p: pText(row.pHolm),
    verdict: verdictText(row),
    row,
  }));
  const widest = (of: (cell: (typeof cells)[number]) => string) =>
    Math.max(...cells.map((cell) => columns(of(cell))));
  const sizes = {
    base: widest((c) => c.base),
    value: widest((c) => c.value),
    change: widest((c) => c.change),
    interval: widest((c) => c.interval),
  };
  const numbers = sizes.base + sizes.value + sizes.change + 6;
  // Interval, p and verdict beside them where there is room for the name.
  const beside = sizes.interval + 12 + widest((c) => c.verdict);
  const isWide = width - 4 - numbers - beside >= LEAST_NAME;
  const nameWidth = Math.min(
    widest((c) => c.name),
    Math.max(12, width - 4 - numbers - (isWide ? beside : 0)),
  );
  const body = cells.flatMap((cell) => {
    const head = `    ${left(clip(cell.name, nameWidth), nameWidth)}  ${right(cell.base, sizes.base)}  ${right(cell.value, sizes.value)}  ${right(cell.change, sizes.change)}`;
    const verdict = paint(cell.row, cell.verdict, colors);
    const p = cell.p === '' ? '' : `p ${cell.p}`;
    if (isWide)
      return [
        `${head}  ${left(cell.interval, sizes.interval)}  ${colors.dim(left(p, 7))} ${verdict}`.trimEnd(),
      ];
    const rest = [cell.interval, p].filter((part) => part !== '').join('  ');
    const isOneLine = columns(rest) + columns(cell.verdict) + 2 <= width - 6;
    const below = isOneLine
      ? [[colors.dim(rest), verdict].filter((part) => part !== '').join('  ')]
      : [
          colors.dim(rest),
          ...wrap(visible(cell.verdict), width - 6).map((line) => paint(cell.row, line, colors)),
        ];
    return [head, ...below.map((line) => `      ${line}`.trimEnd())];
  });
  const notes = cells.flatMap(({ row }) =>
    row.verdict !== null && row.note !== ''
      ? [`    ${colors.dim(clip(visible(`${row.metric}: ${row.note}`), width - 4))}`]
      : [],
  );
  return [
    '',
    `  █ ${title}  ${colors.dim(clip(visible(headOf(comparison)), width - title.length - 6))}`,
    ...body,
    ...notes,
  ];
}

function headOf({ baseline, variants }: Comparison): string {
  const others = variants.filter((name) => name !== baseline);
  return `${baseline} → ${others.length === 1 ? others[0] : 'each'}, change [95 %], p (Holm)`;
}

function paint({ verdict }: ComparisonRow, text: string, colors: Colors): string {
  const shown = visible(text);
  if (verdict === 'worse') return colors.red(colors.bold(shown));
  if (verdict === 'better') return colors.green(colors.bold(shown));
  return verdict === 'inconclusive' ? colors.yellow(shown) : shown;
}

const MOST_DIFFERENCES = 8;

function differences({ differences: found }: Comparison, colors: Colors, width: number): string[] {
  if (found.length === 0) return [];
  const shown = found.slice(0, MOST_DIFFERENCES).map(({ path, values }) => {
    const text = Object.entries(values).map(
      ([name, value]) => `${name} ${value === '' ? '(not set)' : value}`,
    );
    return `    ${clip(visible(`${path}: ${text.join(', ')}`), width - 4)}`;
  });
  const more = found.length - shown.length;
  return ['', '  █ WHAT DIFFERS', ...shown, ...(more > 0 ? [colors.dim(`    and ${more} more`)] : [])];
}
