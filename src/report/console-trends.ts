/**
 * Console trends: the table of trends, made to fit a terminal's width.
 *
 * Tries layouts from the widest to the narrowest and takes the first that fits: full names, names without their
 * common `smtp_`, then fewer quantiles. Numbers are never cut, and a name that is too long for all of them has a line of
 * its own. A quantile that may not be shown is `–` (quantile.ts).
 */
import type pc from 'picocolors';
import { visible } from './escape.js';
import { count, duration } from './format.js';
import type { MetricRow } from './metric-rows.js';
import { QUANTILE_COLUMNS, shownQuantile } from './quantile.js';
import { clip, columns, left, right } from './terminal.js';

interface TableOptions {
  readonly colors: ReturnType<typeof pc.createColors>;
  /** Columns that may be used. */
  readonly width: number;
}

interface Layout {
  readonly hasPrefix: boolean;
  readonly gap: number;
  /** Headings of the columns shown. */
  readonly keys: readonly string[];
}

type Cells = Readonly<Record<string, string>>;

const PREFIX = 'smtp_';
const ALL_KEYS = ['n', ...QUANTILE_COLUMNS.map(({ key }) => key), 'max'];

const LAYOUTS: readonly Layout[] = [
  { hasPrefix: true, gap: 2, keys: ALL_KEYS },
  { hasPrefix: true, gap: 1, keys: ALL_KEYS },
  { hasPrefix: false, gap: 2, keys: ALL_KEYS },
  { hasPrefix: false, gap: 1, keys: ALL_KEYS },
  { hasPrefix: false, gap: 1, keys: ALL_KEYS.filter((key) => key !== 'p(90)') },
  { hasPrefix: false, gap: 1, keys: ['n', 'med', 'p(95)', 'p(99)', 'max'] },
  { hasPrefix: false, gap: 1, keys: ['med', 'p(95)', 'p(99)'] },
];
const NARROWEST = LAYOUTS[LAYOUTS.length - 1]!;

/** The table's lines, heading first; none without rows. */
export function renderTrends(rows: readonly MetricRow[], { colors, width }: TableOptions): readonly string[] {
  if (rows.length === 0) return [];
  const cells = rows.map(cellsOf);
  const layout = LAYOUTS.find((candidate) => tableWidth(rows, cells, candidate) <= width) ?? NARROWEST;
  const numbers = numbersWidth(cells, layout);
  const nameWidth = Math.min(nameColumn(rows, layout), width - numbers);
  const head = left(layout.hasPrefix ? '' : `${PREFIX}…`, nameWidth);
  return [
    colors.dim(head + line(Object.fromEntries(layout.keys.map((key) => [key, key])), cells, layout)),
    ...rows.flatMap((row, i) => {
      const name = nameOf(row, layout);
      const room = nameWidth - 1 - columns(name);
      const numbers = line(cells[i] ?? {}, cells, layout);
      const dots = (length: number) => colors.dim(`${'.'.repeat(length)}:`);
      if (room >= 0) return [`${name}${dots(room)}${numbers}`];
      return [clip(name, width), `${dots(nameWidth - 1)}${numbers}`];
    }),
  ];
}

function cellsOf({ metric }: MetricRow): Cells {
  return {
    n: count(metric.n),
    ...Object.fromEntries(
      QUANTILE_COLUMNS.map((column) => [column.key, duration(shownQuantile(metric, column))]),
    ),
    max: duration(metric.values.max),
  };
}

function line(row: Cells, all: readonly Cells[], layout: Layout): string {
  return layout.keys.map((key) => right(row[key] ?? '', columnWidth(key, all) + layout.gap)).join('');
}

function tableWidth(rows: readonly MetricRow[], cells: readonly Cells[], layout: Layout): number {
  return nameColumn(rows, layout) + numbersWidth(cells, layout);
}

function numbersWidth(cells: readonly Cells[], layout: Layout): number {
  return layout.keys.reduce((sum, key) => sum + columnWidth(key, cells) + layout.gap, 0);
}

function columnWidth(key: string, cells: readonly Cells[]): number {
  return Math.max(key.length, ...cells.map((row) => row[key]?.length ?? 0));
}

/** The longest name, a dot at least and the colon. */
function nameColumn(rows: readonly MetricRow[], layout: Layout): number {
  return Math.max(...rows.map((row) => columns(nameOf(row, layout)))) + 2;
}

function nameOf({ key, tags, isBelowBare }: MetricRow, { hasPrefix }: Layout): string {
  if (isBelowBare) return `  {${visible(tags)}}`;
  return visible(hasPrefix || !key.startsWith(PREFIX) ? key : key.slice(PREFIX.length));
}
