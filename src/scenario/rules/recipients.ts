/**
 * Rules about the envelope: addresses RFC 5321 allows, under domains nobody owns, enough of them for each message.
 *
 * The sender's domain is held to the same rule as the recipients': a bounce travels to it.
 */
import { isLoopbackHost, isReservedDomain } from '../../safety.js';
import type { KeyPath } from '../../yaml/key-path.js';
import {
  addressFault,
  distinctAddresses,
  domainOf,
  hasTouchingPlaceholders,
  isAddressLiteral,
  isMailDomain,
  longestExpansion,
  placeholdersOf,
} from '../address-pattern.js';
import type { Partly } from '../check-words.js';
import { type DrawnCountWords, isFixed, mostOf } from '../drawn-count.js';
import { MAX_RECIPIENTS } from '../schema/mail.js';
import type { RecipientWords } from '../schema/schema.js';
import { checkDrawnCount } from './drawn-count.js';
import { checkExpectation, checkWeights } from './mail.js';
import type { PartlyWords, Report } from './rule.js';
import { checkControlCharacters, checkPlaceholders } from './texts.js';

interface Place {
  readonly path: KeyPath;
  readonly report: Report;
  readonly isAuthorized: boolean;
}

export function recipientProblems(words: PartlyWords, report: Report): void {
  const isAuthorized = words.target?.authorized === true;
  const from = words.envelope?.from;
  if (typeof from === 'object') checkChoice(from, { path: ['envelope', 'from'], report, isAuthorized });
  else if (from !== undefined && from !== '') {
    checkSender(from, { path: ['envelope', 'from'], report, isAuthorized });
    checkVerp(from, words.envelope?.to, report);
  }
  const to = words.envelope?.to;
  const path = ['envelope', 'to'];
  if (to === undefined) return;
  if (typeof to === 'string') checkEntry({ address: to }, { path, report, isAuthorized }, []);
  else if (isList(to)) checkEntries(to, { path, report, isAuthorized });
  else checkEntry(to, { path, report, isAuthorized }, ['address']);
}

/** The address of an entry that gives none. */
export function defaultAddress(domains: Partly<RecipientWords>['domains']): string {
  return domainsOf(domains).length > 0 ? 'user{{n}}@{{domain}}' : 'user{{n}}@rcpt.example.test';
}

/** Domains with their weights, in whichever form they were written. */
export function domainsOf(
  domains: Partly<RecipientWords>['domains'],
): readonly { readonly domain: string; readonly weight: number }[] {
  if (domains === undefined) return [];
  if (isList(domains))
    return domains.flatMap((domain) => (domain === undefined ? [] : { domain, weight: 1 }));
  return Object.entries(domains).map(([domain, weight]) => ({ domain, weight: weight ?? 1 }));
}

/** Array.isArray does not narrow readonly lists. */
function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function checkSender(from: string, place: Place): void {
  if (!checkControlCharacters(from, place.path, place.report)) return;
  if (!checkPlaceholders(from, ['seq', 'verp'], place)) return;
  if (hasTouchingPlaceholders(from)) return reportTouching(place);
  // As short as can be: how long it gets, the recipients decide.
  checkAddress(longestExpansion(from, { verp: 'a=b' }), place);
}

function checkEntries(entries: readonly (Partly<RecipientWords> | undefined)[], place: Place): void {
  for (const [index, entry] of entries.entries()) {
    if (entry !== undefined) checkEntry(entry, { ...place, path: [...place.path, index] }, ['address']);
  }
  checkWeights(entries, place.path, place.report);
}

/** `addressKey` leads from the entry to its address: nowhere for the short form. */
function checkEntry(entry: Partly<RecipientWords>, place: Place, addressKey: KeyPath): void {
  const { address = defaultAddress(entry.domains), users = 1000, perMessage = 1 } = entry;
  const atAddress = { ...place, path: [...place.path, ...addressKey] };
  const domains = domainsOf(entry.domains);
  checkExpectation(entry.expect, [...place.path, 'expect'], place.report);
  checkChoice(entry, place);
  checkPerMessageWords(entry, place);
  if (entry.file !== undefined) return checkAlone(entry, place);
  const areDomainsValid = checkDomains(domains, { ...place, path: [...place.path, 'domains'] });
  if (!checkControlCharacters(address, atAddress.path, place.report)) return;
  if (!checkPlaceholders(address, ['n', 'domain', 'seq'], atAddress)) return;
  if (hasTouchingPlaceholders(address)) return reportTouching(atAddress);
  if (!checkDomainUse(address, domains.length, place, addressKey)) return;
  const names = domains.filter(({ weight }) => weight > 0).map(({ domain }) => domain);
  if (areDomainsValid) checkExpansions(address, users, { domains: names, place: atAddress });
  const distinct = distinctAddresses(address, users, names);
  // Domains without any weight have been reported.
  const most = mostOf(perMessage as DrawnCountWords);
  if (distinct > 0 && most !== undefined) checkPerMessage(distinct, most, place);
}

function reportTouching({ path, report }: Place): void {
  const hint = 'Put a letter, a dot or an @ between them, or two recipients could read the same.';
  report(path, 'SCENARIO_PLACEHOLDER', 'has two placeholders that touch', hint);
}

interface ChoiceWords {
  readonly file?: string | undefined;
  readonly choose?: string | undefined;
  readonly exponent?: number | undefined;
  readonly users?: number | undefined;
}

/** Ranks are drawn from a table. */
const MAX_ZIPF = 1_000_000;

function checkChoice(
  { file, choose = 'uniform', exponent, users = 1000 }: ChoiceWords,
  { path, report }: Place,
): void {
  const at = (key: string) => report.restingOn([...path, 'choose'], [...path, key]);
  if (exponent !== undefined && choose !== 'zipf')
    at('exponent')(
      [...path, 'exponent'],
      'SCENARIO_ADDRESS_FILE',
      'has no use without zipf',
      'Write `choose: zipf`.',
    );
  if (choose === 'weighted' && file === undefined)
    at('file')(
      [...path, 'choose'],
      'SCENARIO_ADDRESS_FILE',
      'is weighted, but there is no file with weights',
      'Add `file: users.csv`, with a column weight.',
    );
  if (choose === 'zipf' && file === undefined && users > MAX_ZIPF)
    at('users')(
      [...path, 'users'],
      'SCENARIO_ADDRESS_FILE',
      `is over the ${MAX_ZIPF} that zipf can draw from`,
      'Lower it.',
    );
}

function checkPerMessageWords(
  { perMessage = 1, choose }: Partly<RecipientWords>,
  { path, report }: Place,
): void {
  const words = perMessage as DrawnCountWords;
  checkDrawnCount(words, [...path, 'perMessage'], MAX_RECIPIENTS, report);
  if (choose !== 'round-robin' || isFixed(words)) return;
  const hint = 'Give perMessage one number: whose turn it is must not depend on what came before.';
  report.restingOn([...path, 'perMessage'])(
    [...path, 'choose'],
    'SCENARIO_PER_MESSAGE',
    'is round-robin, but perMessage is drawn',
    hint,
  );
}

/** A file says who there is; an address would too. */
function checkAlone({ address, domains }: Partly<RecipientWords>, { path, report }: Place): void {
  const other = address !== undefined ? 'address' : domainsOf(domains).length > 0 ? 'domains' : null;
  if (other === null) return;
  const hint = 'Leave one of the two out.';
  report.restingOn([...path, 'file'])(
    [...path, other],
    'SCENARIO_ADDRESS_FILE',
    'stands beside a file of addresses',
    hint,
  );
}

/** One message with several recipients has one reverse-path. */
function checkVerp(from: string, to: NonNullable<PartlyWords['envelope']>['to'], report: Report): void {
  if (!from.includes('{{verp}}') || to === undefined || typeof to === 'string') return;
  const entries = (isList(to) ? to : [to]) as readonly (Partly<RecipientWords> | undefined)[];
  if (entries.every((entry) => mostOf((entry?.perMessage ?? 1) as DrawnCountWords) === 1)) return;
  const hint = 'Set `perMessage: 1`, or use {{seq}}.';
  report.restingOn(['envelope', 'to'])(
    ['envelope', 'from'],
    'SCENARIO_PLACEHOLDER',
    'holds {{verp}}, but messages have several recipients',
    hint,
  );
}

function checkDomains(domains: readonly { domain: string; weight: number }[], place: Place): boolean {
  checkWeights(domains, place.path, place.report);
  const invalid = domains.filter(({ domain }) => !isMailDomain(domain) && !isAddressLiteral(domain));
  for (const { domain } of invalid) {
    place.report(
      place.path,
      'SCENARIO_ADDRESS',
      `holds ${JSON.stringify(domain)}, which is no domain`,
      'Write a name such as a.example.test.',
    );
  }
  return invalid.length === 0;
}

function checkDomainUse(address: string, count: number, place: Place, addressKey: KeyPath): boolean {
  const isUsed = placeholdersOf(address).includes('domain');
  if (isUsed && count === 0) {
    place.report.restingOn([...place.path, 'domains'])(
      [...place.path, ...addressKey],
      'SCENARIO_DOMAINS',
      'holds {{domain}}, but there are no domains',
      'Add `domains: [a.example.test]` beside the address.',
    );
    return false;
  }
  if (!isUsed && count > 0) {
    place.report.restingOn([...place.path, 'address'])(
      [...place.path, 'domains'],
      'SCENARIO_DOMAINS',
      'is never used: the address holds no {{domain}}',
      'Write the address as user{{n}}@{{domain}}, or leave domains out.',
    );
  }
  return true;
}

function checkExpansions(
  address: string,
  users: number,
  by: { domains: readonly string[]; place: Place },
): void {
  const usesDomain = placeholdersOf(address).includes('domain');
  for (const domain of usesDomain ? by.domains : ['']) {
    // One complaint is enough: the other domains make the same address.
    if (!checkAddress(longestExpansion(address, { users, domain }), by.place)) return;
  }
}

function checkAddress(address: string, place: Place): boolean {
  const fault = addressFault(address);
  if (fault !== null) {
    place.report(place.path, 'SCENARIO_ADDRESS', fault, `At its longest it is ${JSON.stringify(address)}.`);
    return false;
  }
  const domain = domainOf(address);
  const isReserved = isReservedDomain(domain) || isLoopbackHost(domain);
  if (isReserved || place.isAuthorized) return true;
  place.report.restingOn(['target', 'authorized'])(
    place.path,
    'SCENARIO_DOMAIN_UNAUTHORIZED',
    `leads to ${domain}, a domain somebody may own`,
    'Use a reserved one such as a.example.test; if you may send mail there, set `authorized: true` under target, or --authorized.',
  );
  return false;
}

function checkPerMessage(distinct: number, perMessage: number, place: Place): void {
  if (perMessage <= distinct) return;
  const { path } = place;
  place.report.restingOn([...path, 'users'], [...path, 'domains'], [...path, 'address'])(
    [...path, 'perMessage'],
    'SCENARIO_PER_MESSAGE',
    `is ${perMessage}, but the address makes only ${distinct} different ${distinct === 1 ? 'one' : 'ones'}`,
    'Raise users, add domains, or put {{n}} into the address.',
  );
}
