/**
 * Files that say when iterations are due: a trace of times that is replayed, and a day's curve of rates that becomes stages.
 *
 * Columns are found by the header line, others are passed over; without one the first column counts (trace), or the first
 * two (curve). Faults name the line.
 */
import { parseDurationMs } from '../yaml/quantities.js';
import { CsvFault, type Row, readCsv } from './csv.js';
import type { Stage } from './executor-spec.js';
import type { Fault } from './files-beside.js';

/** Sent to each worker, and walked by it. */
export const MAX_TRACE_TIMES = 1_000_000;
export const MAX_CURVE_ROWS = 10_000;
/** Numbers from here on are seconds since the epoch: as an offset this would be three years. */
const EPOCH_FROM_S = 100_000_000;

const SECONDS = /^(?:\d{1,12}(?:\.\d{1,9})?|\.\d{1,9})$/;
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const DATE = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?$/;

/** Offsets in µs, ascending. Times are seconds from the start, or dates (or seconds since the epoch) counted from the earliest. */
export function readTrace(path: string, folder: string): { readonly timesUs: readonly number[] } | Fault {
  return readCsv(path, folder, (rows) => ({ timesUs: parseTrace(rows) }));
}

export interface Curve {
  readonly startRate: number;
  readonly stages: readonly Stage[];
}

/** A straight line from each row to the next. Times are seconds, or HH:MM[:SS], ascending; the first is the start. */
export function readCurve(path: string, folder: string): Curve | Fault {
  return readCsv(path, folder, parseCurve);
}

function parseTrace(rows: Generator<Row, undefined>): readonly number[] {
  const times: number[] = [];
  let isAbsolute = false;
  let column = 0;
  for (const { line, fields } of rows) {
    if (times.length === 0 && fields.includes('time')) column = fields.indexOf('time');
    else {
      const time = secondsOf(fields[column] ?? '', line);
      if (times.length === 0) isAbsolute = time >= EPOCH_FROM_S;
      else if (time >= EPOCH_FROM_S !== isAbsolute)
        throw new CsvFault(line, 'mixes offsets and dates', 'Write all times alike.');
      if (times.length === MAX_TRACE_TIMES)
        throw new CsvFault(line, `is beyond ${MAX_TRACE_TIMES} times`, 'Split the file.');
      times.push(time);
    }
  }
  if (times.length === 0) throw new CsvFault(1, 'is missing', 'Write a time on each line.');
  times.sort((a, b) => a - b);
  const from = isAbsolute ? (times[0] as number) : 0;
  return times.map((time) => Math.round((time - from) * 1e6));
}

function secondsOf(field: string, line: number): number {
  const text = field.trim();
  const seconds = SECONDS.test(text) ? Number(text) : DATE.test(text) ? Date.parse(text) / 1000 : Number.NaN;
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  const hint =
    'Write seconds such as 12.5, or a date such as 2026-11-22T09:00:00.250Z, under a header line `time`.';
  throw new CsvFault(line, 'holds no time', hint);
}

function parseCurve(rows: Generator<Row, undefined>): Curve {
  const points: { readonly ms: number; readonly rate: number }[] = [];
  let [timeColumn, rateColumn] = [0, 1];
  for (const { line, fields } of rows) {
    if (points.length === 0 && fields.includes('time') && fields.includes('rate')) {
      timeColumn = fields.indexOf('time');
      rateColumn = fields.indexOf('rate');
      continue;
    }
    const point = {
      ms: clockMsOf(fields[timeColumn] ?? '', line),
      rate: rateOf(fields[rateColumn] ?? '', line),
    };
    if (point.ms < (points.at(-1)?.ms ?? 0))
      throw new CsvFault(line, 'goes back in time', 'Put the lines in the order of time.');
    if (points.length === MAX_CURVE_ROWS)
      throw new CsvFault(
        line,
        `is beyond ${MAX_CURVE_ROWS} lines`,
        'Take fewer points: lines between them are straight.',
      );
    points.push(point);
  }
  const [first] = points;
  if (first === undefined || points.length < 2)
    throw new CsvFault(
      1,
      'and what follows are no two points',
      'Write lines such as 09:00,500 under a header line time,rate.',
    );
  const stages = points.slice(1).map(({ ms, rate }, i) => ({ durationMs: ms - points[i]!.ms, target: rate }));
  return { startRate: first.rate, stages };
}

function clockMsOf(field: string, line: number): number {
  const text = field.trim();
  const clock = CLOCK.exec(text);
  if (clock !== null && Number(clock[2]) < 60 && Number(clock[3] ?? 0) < 60)
    return ((Number(clock[1]) * 60 + Number(clock[2])) * 60 + Number(clock[3] ?? 0)) * 1_000;
  const ms = SECONDS.test(text) ? Number(text) * 1_000 : parseDurationMs(text);
  if (ms !== null && Number.isFinite(ms)) return Math.round(ms);
  throw new CsvFault(
    line,
    'begins with no time',
    'Write 09:00, 09:00:30, seconds, or a duration such as 90m.',
  );
}

function rateOf(field: string, line: number): number {
  const text = field.trim();
  if (/^\d{1,9}(?:\.\d{1,9})?$/.test(text)) return Number(text);
  throw new CsvFault(line, 'has no rate', 'Write a number of iterations per timeUnit, 0 or more.');
}
