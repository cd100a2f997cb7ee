/**
 * Users from a CSV file: a header line that names the columns, then one user a line.
 *
 * RFC 4180 with LF allowed for CRLF, a byte order mark and empty lines skipped, no line end inside of quotes, and no
 * quote inside a field that does not begin with one. Bounded: 64 MiB, a million users. A fault names the line of the file and quotes no field, which
 * may be a password. Costs one pass over the text (measured: 0.2 s for 100,000 users).
 */
import { suggestion } from '../yaml/did-you-mean.js';
import { type Fault, type Limit, readBeside } from './files-beside.js';
import { hasControlCharacter, secretWordOf, usesAuthzid } from './sasl.js';
import type { AuthMethod, Credentials } from './scenario.js';

const LIMIT: Limit = { bytes: 64 * 1024 * 1024, hint: 'Use a file of at most 64 MiB.' };
export const MAX_USERS = 1_000_000;

export function readUsers(path: string, folder: string, method: AuthMethod): readonly Credentials[] | Fault {
  const content = readBeside(folder, path, LIMIT);
  if ('message' in content) return content;
  try {
    return parseUsers(new TextDecoder('utf-8', { fatal: true }).decode(content), method);
  } catch (error) {
    if (error instanceof CsvFault) return error.fault;
    return { message: 'is not UTF-8 text', hint: 'Save it as UTF-8.' };
  }
}

class CsvFault extends Error {
  readonly fault: Fault;

  constructor(line: number, message: string, hint: string) {
    super(message);
    this.fault = { message: `line ${line} ${message}`, hint };
  }
}

interface Row {
  readonly line: number;
  readonly fields: readonly string[];
}

/** @throws CsvFault */
function parseUsers(text: string, method: AuthMethod): readonly Credentials[] {
  const rows = rowsOf(text);
  const header = rows.next().value;
  const columns = columnsFor(method);
  if (header === undefined)
    throw new CsvFault(1, 'is missing', `Begin with a header line: ${columns.join(',')}`);
  checkHeader(header, columns);
  const users: Credentials[] = [];
  for (const row of rows) {
    if (users.length === MAX_USERS)
      throw new CsvFault(row.line, `is beyond ${MAX_USERS} users`, 'Split the file.');
    users.push(toUser(row, header.fields, method));
  }
  if (users.length === 0)
    throw new CsvFault(header.line, 'is followed by no user', 'Add a line for each user.');
  return users;
}

/** The first of them must be there. */
function columnsFor(method: AuthMethod): readonly string[] {
  if (method === 'external') return ['authzid'];
  return ['user', secretWordOf(method), ...(usesAuthzid(method) ? ['authzid'] : [])];
}

function checkHeader({ fields, line }: Row, columns: readonly string[]): void {
  const unknown = fields.find((name) => !columns.includes(name));
  if (unknown !== undefined) {
    // Without a header the first line is a user, with a password.
    const hint = suggestion(unknown, columns) ?? '';
    throw new CsvFault(
      line,
      'is no header line with the columns of this method',
      `${hint} Write ${columns.join(',')}`.trim(),
    );
  }
  const doubled = fields.find((name, at) => fields.indexOf(name) !== at);
  if (doubled !== undefined)
    throw new CsvFault(line, `names the column ${doubled} twice`, 'Keep one of the two.');
  const missing = columns.slice(0, 2).find((name) => name !== 'authzid' && !fields.includes(name));
  if (missing !== undefined)
    throw new CsvFault(line, `has no column ${missing}`, `Write ${columns.join(',')}`);
}

function toUser({ fields, line }: Row, columns: readonly string[], method: AuthMethod): Credentials {
  if (fields.length !== columns.length) {
    const hint = 'Put quotes around a field that holds a comma.';
    throw new CsvFault(line, `has ${fields.length} fields, not ${columns.length}`, hint);
  }
  if (fields.some(hasControlCharacter)) {
    throw new CsvFault(line, 'holds a control character', 'Take it out.');
  }
  const field = (name: string) => fields[columns.indexOf(name)] ?? '';
  const user = field('user');
  const pass = field(secretWordOf(method));
  const isWhole = method === 'external' || (user !== '' && pass !== '');
  if (!isWhole)
    throw new CsvFault(
      line,
      `has no user or no ${secretWordOf(method)}`,
      'Fill it in, or take the line out.',
    );
  return { user, pass, authzid: field('authzid') };
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
