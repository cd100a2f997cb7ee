/**
 * DMARC: policy discovery, alignment and result of one message, from identifiers that SPF and DKIM have authenticated.
 *
 * Our own, because mailauth 4 reads strict alignment as relaxed and finds the organizational domain in a list; today it
 * is found by a walk up the tree of names. `t=y` lowers the policy by one step. Sends no reports.
 * RFC 9989 §4.10 (DNS tree walk, organizational domain), §4.4 (alignment), §4.7 (records).
 */

import type { Answer, Lookup } from './names.js';
import type { AuthenticationResults } from './results.js';

type Policy = AuthenticationResults['policy'];

export interface DmarcVerdict {
  readonly result: AuthenticationResults['dmarc'];
  readonly policy: Policy;
}

export interface DmarcIdentifiers {
  /** Domain in the From field. */
  readonly author: string;
  /** Domain that SPF passed for; null when it did not pass. */
  readonly spf: string | null;
  /** Signing domains of signatures that passed. */
  readonly dkim: readonly string[];
}

interface DmarcRecord {
  readonly domain: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** RFC 9989 §4.10: no more queries than this in one walk. */
const MAX_QUERIES = 8;
const POLICIES: readonly Policy[] = ['none', 'quarantine', 'reject'];
const NO_POLICY: DmarcVerdict = { result: 'none', policy: 'none' };

/** Rejects where a name could not be looked up; that there is none is no failure. */
export async function checkDmarc(identifiers: DmarcIdentifiers, lookup: Lookup): Promise<DmarcVerdict> {
  const author = normal(identifiers.author);
  const walk = await walkUp(author, lookup);
  const organization = organizationOf(author, walk);
  const record = walk.find(({ domain }) => domain === author || domain === organization) ?? walk.at(-1);
  const asked = record === undefined ? null : await policyOf(record, author, lookup);
  if (record === undefined || asked === null) return NO_POLICY;
  const policy = record.tags.get('t') === 'y' ? lowered(asked) : asked;
  const isAligned = async (domain: string, mode: string | undefined) =>
    normal(domain) === author ||
    (mode !== 's' && organizationOf(normal(domain), await walkUp(normal(domain), lookup)) === organization);
  if (identifiers.spf !== null && (await isAligned(identifiers.spf, record.tags.get('aspf')))) {
    return { result: 'pass', policy };
  }
  for (const domain of identifiers.dkim) {
    if (await isAligned(domain, record.tags.get('adkim'))) return { result: 'pass', policy };
  }
  return { result: 'fail', policy };
}

/** The records found from the domain upwards, the domain's own first. */
async function walkUp(domain: string, lookup: Lookup): Promise<readonly DmarcRecord[]> {
  const found: DmarcRecord[] = [];
  for (const name of namesAbove(domain)) {
    const record = await recordAt(name, lookup);
    if (record === null) continue;
    found.push(record);
    if (record.tags.get('psd') === 'n' || record.tags.get('psd') === 'y') break;
  }
  return found;
}

/** A name of many labels is asked itself, and then from its last seven labels on. */
function namesAbove(domain: string): readonly string[] {
  const labels = domain.split('.');
  const first = labels.length > MAX_QUERIES ? labels.length - (MAX_QUERIES - 1) : 1;
  const above = labels.slice(first).map((_label, index) => labels.slice(first + index).join('.'));
  return [domain, ...above];
}

async function recordAt(domain: string, lookup: Lookup): Promise<DmarcRecord | null> {
  const texts = await unlessAbsent<Answer[number]>(lookup(`_dmarc.${domain}`, 'TXT'));
  const records = texts
    .map((chunks) => (Array.isArray(chunks) ? chunks.join('') : ''))
    .filter((text) => /^v\s*=\s*DMARC1\s*(;|$)/.test(text));
  const [text] = records;
  return text === undefined || records.length > 1 ? null : { domain, tags: tagsOf(text) };
}

/** RFC 9989 §4.10.2. A walk ends where a record says `psd=n`: that one is the last, as is the topmost otherwise. */
function organizationOf(domain: string, walk: readonly DmarcRecord[]): string {
  const suffix = walk.find((record) => record.tags.get('psd') === 'y' && record.domain !== domain);
  if (suffix !== undefined) {
    const below = domain.split('.').length - suffix.domain.split('.').length - 1;
    return domain.split('.').slice(below).join('.');
  }
  return walk.at(-1)?.domain ?? domain;
}

/** null where the record says nothing that counts as a policy. */
async function policyOf(record: DmarcRecord, author: string, lookup: Lookup): Promise<Policy | null> {
  const { tags, domain } = record;
  const own = policyIn(tags, 'p') ?? (tags.has('rua') ? 'none' : null);
  if (own === null || domain === author) return own;
  const sub = policyIn(tags, 'sp') ?? own;
  const absent = policyIn(tags, 'np');
  return absent !== null && (await isAbsent(author, lookup)) ? absent : sub;
}

function policyIn(tags: ReadonlyMap<string, string>, tag: string): Policy | null {
  const word = tags.get(tag)?.toLowerCase();
  return POLICIES.find((policy) => policy === word) ?? null;
}

function lowered(policy: Policy): Policy {
  return policy === 'reject' ? 'quarantine' : 'none';
}

async function isAbsent(domain: string, lookup: Lookup): Promise<boolean> {
  try {
    await lookup(domain, 'A');
    return false;
  } catch (error) {
    if (codeOf(error) === 'ENOTFOUND') return true;
    if (codeOf(error) === 'ENODATA') return false;
    throw error;
  }
}

/** Empty where there is no such name or no such record; other failures stay failures. */
export async function unlessAbsent<T>(answer: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await answer;
  } catch (error) {
    if (codeOf(error) === 'ENOTFOUND' || codeOf(error) === 'ENODATA') return [];
    throw error;
  }
}

function tagsOf(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(';').map((part) => part.split('='));
  return new Map(pairs.map(([name = '', ...value]) => [name.trim().toLowerCase(), value.join('=').trim()]));
}

function normal(domain: string): string {
  return domain.toLowerCase().replace(/\.$/, '');
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
