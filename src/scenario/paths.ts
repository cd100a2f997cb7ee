/**
 * `envelope.from` and `envelope.to` into what a message source fills in: patterns, or lists read from files.
 *
 * VERP makes a reverse-path as long as the longest recipient: judged here, where all of them are known.
 */
import type { KeyPath } from '../yaml/key-path.js';
import { readAddresses } from './address-file.js';
import { addressFault, longestExpansion } from './address-pattern.js';
import type { CompleteWords } from './complete.js';
import { type DrawnCountWords, toDrawnCount } from './drawn-count.js';
import { toExpectation } from './expectation.js';
import { defaultAddress, domainsOf } from './rules/recipients.js';
import type { Report } from './rules/rule.js';
import type { AddressList, Choose, Envelope, RecipientEntry } from './scenario.js';
import type { RecipientWords } from './schema/schema.js';

interface Context {
  readonly folder: string;
  readonly report: Report;
  readonly isAuthorized: boolean;
}

type EnvelopeWords = Pick<CompleteWords['envelope'], 'from' | 'to'>;

export function toPaths(words: EnvelopeWords, context: Context): Pick<Envelope, 'from' | 'senders' | 'to'> {
  const { from } = words;
  const to = toRecipients(words.to, context);
  if (typeof from === 'string') {
    checkVerp(from, to, context.report);
    return { from, senders: null, to };
  }
  const list = readList(from.file, ['envelope', 'from', 'file'], context);
  checkWeights(from, list, ['envelope', 'from', 'choose'], context.report);
  return { from: '', senders: list && { list, choose: from.choose, exponent: from.exponent ?? 1 }, to };
}

function toRecipients(words: EnvelopeWords['to'], context: Context): readonly RecipientEntry[] {
  const path = ['envelope', 'to'];
  if (typeof words === 'string') return [{ ...ONE_ADDRESS, address: words }];
  if (!Array.isArray(words)) return toRecipient(words, path, context);
  return words.flatMap((one, index) => toRecipient(one, [...path, index], context));
}

const ONE_ADDRESS = {
  weight: 1,
  domains: [],
  users: 1000,
  list: null,
  choose: 'uniform',
  exponent: 1,
  perMessage: { min: 1, max: 1 },
  expect: null,
} as const;

function toRecipient(words: RecipientWords, path: KeyPath, context: Context): readonly RecipientEntry[] {
  if (words.weight === 0) return [];
  const { weight, users, choose, exponent = 1, file } = words;
  const perMessage = toDrawnCount(words.perMessage as DrawnCountWords);
  const list = file === undefined ? null : readList(file, [...path, 'file'], context);
  checkWeights(words, list, [...path, 'choose'], context.report);
  checkEnough(perMessage.max, availableIn(list, choose), [...path, 'perMessage'], context.report);
  const domains = domainsOf(words.domains).filter((domain) => domain.weight > 0);
  const address = words.address ?? defaultAddress(words.domains);
  const expect = toExpectation(words.expect);
  return [{ weight, address, domains, users, list, choose, exponent, perMessage, expect }];
}

function readList(
  file: string,
  path: KeyPath,
  { folder, report, isAuthorized }: Context,
): AddressList | null {
  const list = readAddresses(file, folder, isAuthorized);
  if (!('message' in list)) return list;
  report(path, 'SCENARIO_ADDRESS_FILE', list.message, list.hint);
  return null;
}

function checkWeights(
  { choose }: { readonly choose: string },
  list: AddressList | null,
  path: KeyPath,
  report: Report,
): void {
  if (choose !== 'weighted' || list === null || list.weights !== null) return;
  report(
    path,
    'SCENARIO_ADDRESS_FILE',
    'is weighted, but the file has no column weight',
    'Begin it with address,weight.',
  );
}

/** One of weight 0 is never taken. */
function availableIn(list: AddressList | null, choose: Choose): number {
  if (list === null) return Number.POSITIVE_INFINITY;
  if (choose !== 'weighted' || list.weights === null) return list.addresses.length;
  return list.weights.filter((weight) => weight > 0).length;
}

function checkEnough(perMessage: number, there: number, path: KeyPath, report: Report): void {
  if (perMessage <= there) return;
  const hint = 'Add addresses to the file, or lower it.';
  report(path, 'SCENARIO_PER_MESSAGE', `is ${perMessage}, but the file has only ${there}`, hint);
}

function checkVerp(from: string, to: readonly RecipientEntry[], report: Report): void {
  if (!from.includes('{{verp}}')) return;
  for (const recipient of to.flatMap(longestOf)) {
    const fault = addressFault(longestExpansion(from, { verp: recipient.replace(/@(?=[^@]*$)/, '=') }));
    if (fault === null) continue;
    const hint = `With the recipient ${JSON.stringify(recipient)} for {{verp}}.`;
    return report(['envelope', 'from'], 'SCENARIO_ADDRESS', fault, hint);
  }
}

/** Every recipient of a list; of a pattern the longest with each domain. */
function longestOf({ list, address, users, domains }: RecipientEntry): readonly string[] {
  if (list !== null) return list.addresses;
  if (domains.length === 0) return [longestExpansion(address, { users })];
  return domains.map(({ domain }) => longestExpansion(address, { users, domain }));
}
