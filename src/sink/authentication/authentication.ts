/**
 * Authentication: what SPF, DKIM, DMARC, ARC and the reverse tree say of a message that the sink receives.
 *
 * Names come from records written in the behaviours file, or from the one server it names, never from the system. SPF,
 * DKIM and ARC are mailauth's, loaded when first needed because that takes a while; DMARC and iprev are ours. A field
 * that claims results (Authentication-Results) is not believed. Each message is looked at once.
 * RFC 7208 (SPF), RFC 6376 (DKIM), RFC 9989 (DMARC), RFC 8617 (ARC), RFC 8601 §2.7 (the words, iprev).
 */
import type { ARCData, DKIMVerifyResult, DNSResolver } from 'mailauth';
import type { SinkEvent } from '../event.js';
import { checkDmarc, type DmarcVerdict, unlessAbsent } from './dmarc.js';
import { ExpiringCache } from './expiring-cache.js';
import {
  isSameAddress,
  type Lookup,
  type NameSource,
  reverseNameOf,
  serverLookup,
  unmapped,
  zoneLookup,
} from './names.js';
import type { AuthenticationProvider, AuthenticationResults } from './results.js';
import { ARC_RESULTS, DKIM_RESULTS, SPF_RESULTS } from './results.js';

interface SpfClient {
  readonly ip: string;
  readonly helo: string;
  /** Reverse-path. */
  readonly sender: string;
}

interface SpfVerdict {
  readonly result: AuthenticationResults['spf'];
  readonly domain: string;
}

interface ContentVerdict extends DmarcVerdict {
  readonly dkim: AuthenticationResults['dkim'];
  readonly arc: AuthenticationResults['arc'];
}

const NONE: AuthenticationResults = {
  spf: 'none',
  dkim: 'none',
  dmarc: 'none',
  policy: 'none',
  arc: 'none',
  ptr: 'none',
};
const KEPT_MS = 60_000;
const KEPT_ENTRIES = 10_000;
/** RFC 8601 §3: no more names of one address are tried. */
const MAX_NAMES = 10;

/** Throws TypeError where `dns` is no address. */
export function createAuthentication(source: NameSource, nowMs: () => number): AuthenticationProvider {
  const lookup = lookupOf(source, nowMs);
  if (lookup === null) return async () => NONE;
  const checks = new Checks(lookup, nowMs);
  return (event) => checks.of(event);
}

function lookupOf({ dns, zone }: NameSource, nowMs: () => number): Lookup | null {
  if (zone !== null) return zoneLookup(zone);
  return dns === null ? null : serverLookup(dns, nowMs);
}

class Checks {
  readonly #lookup: Lookup;
  readonly #nowMs: () => number;
  readonly #spf = new ExpiringCache<Promise<SpfVerdict>>(KEPT_ENTRIES, KEPT_MS);
  readonly #ptr = new ExpiringCache<Promise<AuthenticationResults['ptr']>>(KEPT_ENTRIES, KEPT_MS);
  /** Over LMTP the same message is asked about once for each recipient. */
  readonly #content = new WeakMap<Buffer, Promise<ContentVerdict>>();

  constructor(lookup: Lookup, nowMs: () => number) {
    this.#lookup = lookup;
    this.#nowMs = nowMs;
  }

  async of(event: SinkEvent): Promise<AuthenticationResults> {
    const { from, message } = event;
    const peer = unmapped(event.peer);
    const ptr = this.#ptrOf(peer);
    if (from === null) return { ...NONE, ptr: await ptr };
    const spf = this.#spfOf({ ip: peer, helo: event.helo, sender: from });
    if (message === null) return { ...NONE, ptr: await ptr, spf: (await spf).result };
    const content = await this.#contentOf(message, await spf);
    const { dkim, arc, result, policy } = content;
    return { ptr: await ptr, spf: (await spf).result, dkim, arc, dmarc: result, policy };
  }

  #ptrOf(peer: string): Promise<AuthenticationResults['ptr']> {
    return this.#ptr.get(peer, this.#nowMs(), () => checkPtr(peer, this.#lookup));
  }

  #spfOf(client: SpfClient): Promise<SpfVerdict> {
    const key = JSON.stringify([client.ip, client.helo, client.sender]);
    return this.#spf.get(key, this.#nowMs(), () => checkSpf(client, this.#lookup));
  }

  #contentOf(message: Buffer, spf: SpfVerdict): Promise<ContentVerdict> {
    const known = this.#content.get(message);
    if (known !== undefined) return known;
    const verdict = checkContent(message, spf, this.#lookup);
    this.#content.set(message, verdict);
    return verdict;
  }
}

/** `permerror`: the address has no name; `fail`: none of its names leads back (RFC 8601 §2.7.3). */
async function checkPtr(peer: string, lookup: Lookup): Promise<AuthenticationResults['ptr']> {
  try {
    const names = await unlessAbsent(lookup(reverseNameOf(peer), 'PTR') as Promise<string[]>);
    if (names.length === 0) return 'permerror';
    const type = peer.includes(':') ? 'AAAA' : 'A';
    for (const name of names.slice(0, MAX_NAMES)) {
      const addresses = await unlessAbsent(lookup(name, type) as Promise<string[]>);
      if (addresses.some((address) => isSameAddress(address, peer))) return 'pass';
    }
    return 'fail';
  } catch {
    return 'temperror';
  }
}

async function checkSpf(client: SpfClient, lookup: Lookup): Promise<SpfVerdict> {
  try {
    const { spf } = await import('mailauth');
    const { status, domain } = await spf({ ...client, mta: 'sink', resolver: lookup as DNSResolver });
    return { result: oneOf(SPF_RESULTS, status.result), domain };
  } catch {
    return { result: 'temperror', domain: '' };
  }
}

async function checkContent(message: Buffer, spf: SpfVerdict, lookup: Lookup): Promise<ContentVerdict> {
  try {
    const { dkimVerify, arc } = await import('mailauth');
    const resolver = lookup as DNSResolver;
    const verified = await dkimVerify(message, { resolver });
    const sealed = verified.arc as ARCData | undefined;
    const chain = sealed === undefined ? null : await arc(sealed, { resolver });
    return {
      dkim: dkimResult(verified),
      arc: chain === null ? 'none' : oneOf(ARC_RESULTS, chain.status.result),
      ...(await dmarcVerdict(verified, spf, lookup)),
    };
  } catch {
    return { dkim: 'temperror', arc: 'none', result: 'temperror', policy: 'none' };
  }
}

/** `pass` when any signature passes, otherwise what became of the first. */
function dkimResult({ results }: DKIMVerifyResult): AuthenticationResults['dkim'] {
  if (results.some(({ status }) => status.result === 'pass')) return 'pass';
  const status = results[0]?.status;
  if (status === undefined) return 'none';
  // mailauth calls neutral what RFC 8601 §2.7.1 calls a failed verification, and a key that is not there.
  if (status.comment === 'body hash did not verify') return 'fail';
  if (status.comment === 'no key') return 'permerror';
  return oneOf(DKIM_RESULTS, status.result);
}

/** A message with no author, or several, has no domain that could have a policy (RFC 9989 §5.3.1). */
async function dmarcVerdict(
  verified: DKIMVerifyResult,
  spf: SpfVerdict,
  lookup: Lookup,
): Promise<DmarcVerdict> {
  const domains = new Set(verified.headerFrom.map(domainOf));
  const [author] = domains;
  if (author === undefined || domains.size !== 1) return { result: 'permerror', policy: 'none' };
  const passed = verified.results.filter(({ status }) => status.result === 'pass');
  try {
    const verdict = await checkDmarc(
      {
        author,
        spf: spf.result === 'pass' ? spf.domain : null,
        dkim: passed.map(({ signingDomain }) => signingDomain),
      },
      lookup,
    );
    return verdict.result === 'fail' && isTemporary(verified, spf)
      ? { ...verdict, result: 'temperror' }
      : verdict;
  } catch {
    return { result: 'temperror', policy: 'none' };
  }
}

/** What could not be checked now might have passed. */
function isTemporary({ results }: DKIMVerifyResult, spf: SpfVerdict): boolean {
  return spf.result === 'temperror' || results.some(({ status }) => /^temperr/.test(status.result));
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

/** mailauth's word where it is one of ours. */
function oneOf<const Words extends readonly string[]>(words: Words, word: string): Words[number] {
  const known = word === 'temperr' ? 'temperror' : word;
  return words.find((one) => one === known) ?? words[0] ?? '';
}
