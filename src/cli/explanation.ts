/**
 * Explanation: `--explain` as a table for people, or as JSON for programs. Nothing is run.
 *
 * A table where there is room for it; in a narrow window the place stands below its value. Foreign text is escaped.
 */
import { basename } from 'node:path';
import process from 'node:process';
import pc from 'picocolors';
import type { Argv } from 'yargs';
import { visible } from '../report/escape.js';
import { clip, columns, left, wrap } from '../report/terminal.js';
import type { ExplainedValue } from '../scenario/explain.js';
import { isColored, widthOf } from './terminal.js';

export interface ExplainFlags {
  explain: boolean | undefined;
  json: boolean | undefined;
}

export interface Explanation {
  /** Of the scenario file; undefined without one. */
  readonly file: string | undefined;
  readonly values: readonly ExplainedValue[];
}

interface Page {
  readonly colors: ReturnType<typeof pc.createColors>;
  readonly width: number;
}

const GAP = '  ';
/** A table that has less for its values is none. */
const ROOM_FOR_VALUES = 18;

export function addExplainFlags<A>(yargs: Argv<A>) {
  const group = 'Explain:';
  return yargs
    .option('explain', {
      type: 'boolean',
      describe: 'Run nothing; show where every value came from',
      group,
    })
    .option('json', { type: 'boolean', describe: 'With --explain: as JSON', group })
    .implies('json', 'explain');
}

/** Prints it to standard output. */
export function printExplanation(
  explanation: Explanation,
  flags: { readonly json?: boolean | undefined; readonly color?: boolean | undefined },
): void {
  const colors = pc.createColors(isColored(process.stdout, flags.color));
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ v: 1, file: explanation.file ?? null, values: explanation.values }, null, 2)}\n`
      : renderExplanation(explanation, { colors, width: widthOf(process.stdout) }),
  );
}

export function renderExplanation({ file, values }: Explanation, page: Page): string {
  const rows = values.map((value) => cellsOf(value, file));
  const layout = tableOf(rows, page.width);
  const lines = rows.flatMap((row) =>
    layout === null ? stackedLines(row, page) : tableLines(row, { ...page, ...layout }),
  );
  const title = page.colors.bold(visible(file ?? 'No scenario file: defaults, environment and flags'));
  const legend = layout === null ? [page.colors.dim('Values without a place are defaults.')] : [];
  return `${[title, ...lines, ...legend].join('\n')}\n`;
}

interface Row {
  readonly path: string;
  readonly value: string;
  readonly place: string;
  /** What stands below; '' for nothing. */
  readonly note: string;
  readonly isDefault: boolean;
}

function cellsOf(value: ExplainedValue, file: string | undefined): Row {
  const { path, source, where, reference, unset } = value;
  const text =
    typeof value.value === 'string' && value.value !== '' ? value.value : JSON.stringify(value.value);
  const place = source === 'file' && file !== undefined ? where.replace(file, basename(file)) : where;
  const unsetNote = unset.length === 0 ? '' : `, ${unset.join(' and ')} is not set`;
  return {
    path: visible(path),
    value: visible(text),
    place: visible(source === 'default' ? 'default' : place),
    note: reference === '' ? '' : `from ${visible(reference)}${unsetNote}`,
    isDefault: source === 'default',
  };
}

interface Table {
  readonly paths: number;
  readonly values: number;
}

/** Widths of its columns; null where there is too little room. */
function tableOf(rows: readonly Row[], width: number): Table | null {
  const widest = (text: (row: Row) => string) => Math.max(...rows.map((row) => columns(text(row))));
  const paths = widest(({ path }) => path);
  const values = widest(({ value }) => value);
  const room = width - paths - widest(({ place }) => place) - 2 * GAP.length;
  return room < Math.min(values, ROOM_FOR_VALUES) ? null : { paths, values: Math.min(values, room) };
}

function tableLines(row: Row, { colors, paths, values }: Page & Table): string[] {
  const { path, value, place, note, isDefault } = row;
  const line = `${left(path, paths)}${GAP}${left(clip(value, values), values)}${GAP}`;
  if (isDefault) return [colors.dim(line + place)];
  const below = note === '' ? [] : [`${' '.repeat(paths)}${GAP}${colors.cyan(note)}`];
  return [line + colors.cyan(place), ...below];
}

function stackedLines({ path, value, place, note, isDefault }: Row, { colors, width }: Page): string[] {
  const isShort = columns(path) + columns(value) + 2 <= width;
  const head = isShort ? [`${path}: ${value}`] : [`${path}:`, `  ${clip(value, width - 2)}`];
  if (isDefault) return head.map((line) => colors.dim(line));
  const below = [place, ...(note === '' ? [] : [note])].flatMap((text) => wrap(text, width - 4));
  return [...head, ...below.map((line) => `    ${colors.cyan(line)}`)];
}
