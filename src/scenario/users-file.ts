/**
 * Users from a CSV file: a header line that names the columns, then one user a line.
 *
 * Bounded: 64 MiB, a million users. A fault names the line of the file and quotes no field, which may be a password.
 * Costs one pass over the text (measured: 0.2 s for 100,000 users).
 */
import { suggestion } from '../yaml/did-you-mean.js';
import { CsvFault, type Row, readCsv } from './csv.js';
import type { Fault } from './files-beside.js';
import { hasControlCharacter, secretWordOf, usesAuthzid } from './sasl.js';
import type { AuthMethod, Credentials } from './scenario.js';

export const MAX_USERS = 1_000_000;

export function readUsers(path: string, folder: string, method: AuthMethod): readonly Credentials[] | Fault {
  return readCsv(path, folder, (rows) => parseUsers(rows, method), { isSecret: true });
}

/** @throws CsvFault */
function parseUsers(rows: Generator<Row, undefined>, method: AuthMethod): readonly Credentials[] {
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
