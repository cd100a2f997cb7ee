/**
 * Addresses from a CSV file: a column `address`, and maybe `weight`; or one address a line without a header.
 *
 * Each is judged as an address of the scenario itself: by RFC 5321, and by whether its domain may get mail. Distinct without
 * regard to case. Up to a million. Faults name the line.
 */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { isLoopbackHost, isReservedDomain } from '../safety.js';
import { addressFault, domainOf } from './address-pattern.js';
import { CsvFault, type Row, readCsv } from './csv.js';
import { type Fault, readBeside } from './files-beside.js';
import type { AddressList } from './scenario.js';

export const MAX_ADDRESSES = 1_000_000;

interface Columns {
  readonly address: number;
  readonly weight: number;
}

export function readAddresses(path: string, folder: string, isAuthorized: boolean): AddressList | Fault {
  const parsed = readCsv(path, folder, (rows) => parse(rows, isAuthorized));
  if ('message' in parsed) return parsed;
  const sha256 = sha256Of(path, folder);
  return typeof sha256 === 'string' ? { path: resolve(folder, path), sha256, ...parsed } : sha256;
}

function sha256Of(path: string, folder: string): string | Fault {
  const content = readBeside(folder, path, { bytes: Number.POSITIVE_INFINITY, hint: '' });
  return 'message' in content ? content : createHash('sha256').update(content).digest('hex');
}

/** @throws CsvFault */
function parse(
  rows: Generator<Row, undefined>,
  isAuthorized: boolean,
): Pick<AddressList, 'addresses' | 'weights'> {
  const addresses: string[] = [];
  const weights: number[] = [];
  const lines = new Map<string, number>();
  let columns: Columns | null = null;
  for (const row of rows) {
    if (columns === null) {
      columns = columnsOf(row);
      if (columns.address >= 0 && row.fields.includes('address')) continue;
    }
    const { line, fields } = row;
    const address = (fields[columns.address] ?? '').trim();
    requireUsable(address, line, isAuthorized);
    const key = address.toLowerCase();
    const before = lines.get(key);
    if (before !== undefined)
      throw new CsvFault(line, `repeats line ${before}`, 'Keep each address once; give it a weight instead.');
    if (addresses.length === MAX_ADDRESSES)
      throw new CsvFault(line, `is beyond ${MAX_ADDRESSES} addresses`, 'Split the file.');
    lines.set(key, line);
    addresses.push(address);
    if (columns.weight >= 0) weights.push(weightOf(fields[columns.weight] ?? '', line));
  }
  if (addresses.length === 0)
    throw new CsvFault(1, 'and what follows hold no address', 'Write one on each line.');
  if (weights.length > 0 && !weights.some((weight) => weight > 0))
    throw new CsvFault(1, 'begins a file in which no weight is above 0', 'Give an address a weight of 1.');
  return { addresses, weights: weights.length === 0 ? null : weights };
}

/** A line without a header is an address already. */
function columnsOf({ line, fields }: Row): Columns {
  const address = fields.indexOf('address');
  if (address >= 0) return { address, weight: fields.indexOf('weight') };
  if (fields[0]?.includes('@')) return { address: 0, weight: -1 };
  throw new CsvFault(line, 'names no column address', 'Begin with a header line: address,weight');
}

function requireUsable(address: string, line: number, isAuthorized: boolean): void {
  const fault = /[\x00-\x1f\x7f]/.test(address) ? 'holds a control character' : addressFault(address);
  if (fault !== null) throw new CsvFault(line, fault, 'Write an address such as user@a.example.test.');
  const domain = domainOf(address);
  if (isAuthorized || isReservedDomain(domain) || isLoopbackHost(domain)) return;
  throw new CsvFault(
    line,
    `leads to ${domain}, a domain somebody may own`,
    'Use reserved ones such as a.example.test; if you may send mail there, set `authorized: true` under target, or --authorized.',
  );
}

function weightOf(field: string, line: number): number {
  const weight = /^\d{1,9}(?:\.\d{1,9})?$/.test(field.trim()) ? Number(field) : Number.NaN;
  if (Number.isFinite(weight)) return weight;
  throw new CsvFault(line, 'has no weight', 'Write a number, 0 or more.');
}
