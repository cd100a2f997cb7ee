/**
 * Secrets: how text is freed of them.
 *
 * A secret is known by the name of its key (yaml/secret-key.ts). Servers quote what they were sent, so it is looked for as it is,
 * percent-encoded, and inside whatever in the text is base64, which is how AUTH sends it: alone (LOGIN), or among the
 * fields of PLAIN, XOAUTH2 and OAUTHBEARER (RFC 4954). What CRAM, DIGEST-MD5, NTLM and SCRAM send does not hold it.
 *
 * The secrets of a run are indexed once, by their first four characters: a reply costs about the same with one password
 * and with 100,000 of them (measured: 10 µs for 200 characters).
 */
import type { KeyPath } from '../yaml/key-path.js';
import { isSecretKey, MASK } from '../yaml/secret-key.js';

/** Whether a value holds a secret, by its place: `target.tls.key` and `key` of `dkim` hold the name of a file. */
export function isSecretPath(path: KeyPath): boolean {
  const key = path.findLast((step) => typeof step === 'string');
  return key !== undefined && isSecretKey(key) && !FILE_NAMES.test(path.join('.'));
}

const FILE_NAMES = /^(?:scenarios\.[\w-]+\.with\.)?(?:target\.tls|(?:messages\.\d+\.)?dkim(?:\.\d+)?)\.key$/;

/** A secret, and its percent-encoded form where that is another one. Base64 is found by decoding it. */
export function formsOfPassword(pass: string): readonly string[] {
  if (pass === '') return [];
  const encoded = percentEncoded(pass);
  return encoded === pass ? [pass] : [pass, encoded];
}

/**
 * The text with every secret replaced by `***`; what secrets overlap is one.
 *
 * A secret under 4 characters is replaced only where it stands alone, or a password `e` would eat the whole text.
 * The list must not change afterwards: its index is kept.
 */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return masked(text, secrets, (index, part) => index.find(part));
}

/** The same for a text whose end was cut off: what is left there of a secret goes too, from its fourth character on. */
export function maskSecretsInCut(text: string, secrets: readonly string[]): string {
  return masked(text, secrets, (index, part) => [...index.find(part), ...index.findCut(part)]);
}

type Find = (index: SecretIndex, text: string) => Range[];

function masked(text: string, secrets: readonly string[], find: Find): string {
  if (secrets.length === 0 || text === '') return text;
  const index = indexOf(secrets);
  const found = [...find(index, text), ...index.findShort(text, ALONE)];
  for (const { 0: run, index: at } of text.matchAll(BASE64_RUN)) {
    const isLast = at + run.length === text.length;
    const isLong = run.length >= index.shortestRun || isLast;
    if (isLong && holdsEncoded(run, index, isLast ? find : whole))
      found.push({ from: at, to: at + run.length });
  }
  return withoutRanges(text, found);
}

const whole: Find = (index, text) => index.find(text);

interface Range {
  readonly from: number;
  readonly to: number;
}

const BASE64_RUN = /[A-Za-z0-9+/]{2,}={0,2}/g;
const SHORT = 4;

/** What may stand on either side of a short secret: in text no letter or digit, in what was encoded only NUL or ^A. */
const ALONE = ['(?<![\\p{L}\\p{N}])', '(?![\\p{L}\\p{N}])'] as const;
const FIELD = ['(?<=^|\\p{Cc})', '(?=$|\\p{Cc})'] as const;

/** Every secret by its first four characters; those that are shorter apart. */
class SecretIndex {
  readonly #secrets: ReadonlySet<string>;
  /** Lengths of the secrets that begin so, the longest first. */
  readonly #lengths = new Map<string, number[]>();
  readonly #short: readonly string[];
  readonly #longest: number;
  /** The least characters that any of them takes in base64. */
  readonly shortestRun: number;

  constructor(secrets: readonly string[]) {
    this.#secrets = new Set(secrets.filter((secret) => secret.length >= SHORT));
    this.#short = [...new Set(secrets)].filter((secret) => secret !== '' && secret.length < SHORT);
    for (const secret of this.#secrets) this.#note(secret);
    for (const lengths of this.#lengths.values()) lengths.sort((a, b) => b - a);
    let shortest = Number.POSITIVE_INFINITY;
    let longest = 0;
    for (const { length } of secrets) {
      if (length > 0 && length < shortest) shortest = length;
      if (length > longest) longest = length;
    }
    this.#longest = longest;
    this.shortestRun = Math.ceil((shortest * 4) / 3);
  }

  /** Where secrets stand, by their beginning; at each place the longest. */
  find(text: string): Range[] {
    const found: Range[] = [];
    for (let from = 0; from + SHORT <= text.length; from++) {
      const lengths = this.#lengths.get(text.substring(from, from + SHORT));
      const length = lengths?.find((one) => this.#secrets.has(text.substring(from, from + one)));
      if (length !== undefined) found.push({ from, to: from + length });
    }
    return found;
  }

  /** Where the text ends in the start of a secret. */
  findCut(text: string): Range[] {
    for (let from = Math.max(0, text.length - this.#longest); from + SHORT <= text.length; from++) {
      const lengths = this.#lengths.get(text.substring(from, from + SHORT));
      const tail = text.substring(from);
      if (lengths === undefined || lengths[0]! <= tail.length) continue;
      for (const secret of this.#secrets) if (secret.startsWith(tail)) return [{ from, to: text.length }];
    }
    return [];
  }

  findShort(text: string, around: typeof ALONE | typeof FIELD): Range[] {
    return this.#short.flatMap((secret) => placesOf(text, secret, around));
  }

  #note(secret: string): void {
    const start = secret.substring(0, SHORT);
    const lengths = this.#lengths.get(start);
    if (lengths === undefined) this.#lengths.set(start, [secret.length]);
    else if (!lengths.includes(secret.length)) lengths.push(secret.length);
  }
}

const indexes = new WeakMap<readonly string[], SecretIndex>();

function indexOf(secrets: readonly string[]): SecretIndex {
  const known = indexes.get(secrets);
  if (known !== undefined) return known;
  const index = new SecretIndex(secrets);
  indexes.set(secrets, index);
  return index;
}

/** Text around what is base64 may look like a part of it, so each of the four places where it can begin is tried. */
function holdsEncoded(run: string, index: SecretIndex, find: Find): boolean {
  for (let skipped = 0; skipped < 4 && skipped + 2 <= run.length; skipped++) {
    const decoded = Buffer.from(run.substring(skipped), 'base64').toString('utf8');
    if (find(index, decoded).length > 0 || index.findShort(decoded, FIELD).length > 0) return true;
  }
  return false;
}

function placesOf(text: string, secret: string, [before, after]: typeof ALONE | typeof FIELD): Range[] {
  if (!text.includes(secret)) return [];
  const literal = secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const places = text.matchAll(new RegExp(`${before}${literal}${after}`, 'gu'));
  return [...places].map(({ index }) => ({ from: index, to: index + secret.length }));
}

function withoutRanges(text: string, found: Range[]): string {
  found.sort((a, b) => a.from - b.from || b.to - a.to);
  let masked = '';
  let end = 0;
  for (const { from, to } of found) {
    if (from >= end) masked += `${text.slice(end, from)}${MASK}`;
    end = Math.max(end, to);
  }
  return masked + text.slice(end);
}

function percentEncoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    // A lone surrogate cannot be encoded, and so cannot stand in a URL.
    return text;
  }
}
