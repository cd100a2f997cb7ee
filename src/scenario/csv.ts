/**
 * CSV files that a scenario names: rows with the numbers of their lines, and faults that name them.
 *
 * RFC 4180 with LF allowed for CRLF, a byte order mark and empty lines skipped, no line end inside of quotes, and no
 * quote inside a field that does not begin with one. A fault quotes no field: it may be a password. One pass over the text.
 */
import { type Fault, type Limit, readBeside } from './files-beside.js';

const LIMIT: Limit = { bytes: 64 * 1024 * 1024, hint: 'Use a file of at most 64 MiB.' };

export interface Row {
  /** From 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** What is wrong with one line. Thrown inside of `parse`, and returned by `readCsv`. */
export class CsvFault extends Error {
  readonly fault: Fault;

  constructor(line: number, message: string, hint: string) {
    super(message);
    this.fault = { message: `line ${line} ${message}`, hint };
  }
}

/** What `parse` makes of the rows, which it takes one by one; or why the file has none, or the CsvFault that it threw. */
export function readCsv<T>(
  path: string,
  folder: string,
  parse: (rows: Generator<Row, undefined>) => T,
  options: Pick<Limit, 'isSecret'> = {},
): T | Fault {
  const content = readBeside(folder, path, { ...LIMIT, ...options });
  if ('message' in content) return content;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return { message: 'is not UTF-8 text', hint: 'Save it as UTF-8.' };
  }
  try {
    return parse(rowsOf(text));
  } catch (error) {
    if (error instanceof CsvFault) return error.fault;
    throw error;
  }
}

/** Rows with the number of their line; empty lines are passed over. @throws CsvFault */
function* rowsOf(text: string): Generator<Row, undefined> {
  let line = 1;
  for (let at = 0; at < text.length; line++) {
    const found = text.indexOf('\n', at);
    const end = found === -1 ? text.length : found;
    const row = text.slice(at, text[end - 1] === '\r' ? end - 1 : end);
    if (row !== '') yield { line, fields: row.includes('"') ? quotedFields(row, line) : row.split(',') };
    at = end + 1;
  }
  return undefined;
}

function quotedFields(row: string, line: number): readonly string[] {
  const fields: string[] = [];
  for (let at = 0; at <= row.length; ) {
    const isQuoted = row[at] === '"';
    const end = isQuoted ? closingQuote(row, at) + 1 : fieldEnd(row, at);
    const field = isQuoted ? row.slice(at + 1, end - 1).replaceAll('""', '"') : row.slice(at, end);
    const isWhole = end > 0 && (end === row.length || row[end] === ',');
    if (!isWhole || (!isQuoted && field.includes('"'))) {
      const hint = 'Quotes stand around a whole field, on one line; inside of it write each one twice.';
      throw new CsvFault(line, 'has a quote that does not fit', hint);
    }
    fields.push(field);
    at = end + 1;
  }
  return fields;
}

/** Where the quote that opens at `at` is closed; -1 when it never is. */
function closingQuote(row: string, at: number): number {
  let end = row.indexOf('"', at + 1);
  while (end !== -1 && row[end + 1] === '"') end = row.indexOf('"', end + 2);
  return end;
}

function fieldEnd(row: string, at: number): number {
  const end = row.indexOf(',', at);
  return end === -1 ? row.length : end;
}
