/**
 * `dkim` into signers: its key files read, and refused here when they cannot sign.
 */
import type { KeyObject } from 'node:crypto';
import type { KeyPath } from '../yaml/key-path.js';
import { readPrivateKey } from './pem.js';
import type { Report } from './rules/rule.js';
import type { DkimSigner } from './scenario.js';
import type { DkimWords } from './schema/dkim.js';

/** RFC 8301 §3.2: signers must use at least this; verifiers need not take less. */
const MIN_RSA_BITS = 1_024;

interface Context {
  readonly folder: string;
  readonly report: Report;
}

/** None for what is left out or false. */
export function toSigners(
  words: DkimWords | false | undefined,
  path: KeyPath,
  context: Context,
): readonly DkimSigner[] {
  if (words === undefined || words === false) return [];
  if (!Array.isArray(words)) return toSigner(words, path, context);
  const names = words.map(({ selector, domain }) => `${selector}._domainkey.${domain}`.toLowerCase());
  return words.flatMap((one, index) => {
    if (names.indexOf(names[index] as string) === index) return toSigner(one, [...path, index], context);
    const hint = 'Give each key a selector of its own.';
    context.report(
      [...path, index, 'selector'],
      'SCENARIO_DKIM',
      `is taken: ${names[index]} has another key`,
      hint,
    );
    return [];
  });
}

function toSigner(
  words: Exclude<DkimWords, readonly unknown[]>,
  path: KeyPath,
  { folder, report }: Context,
): readonly DkimSigner[] {
  const read = readPrivateKey(words.key, words.passphrase, folder);
  if (!('key' in read)) {
    report([...path, read.at], 'SCENARIO_DKIM', read.message, read.hint);
    return [];
  }
  const fault = faultOf(read.key);
  if (fault !== null) {
    const hint =
      'Make one: `openssl genrsa -out dkim.pem 2048`, or `openssl genpkey -algorithm ed25519 -out dkim.pem`.';
    report([...path, 'key'], 'SCENARIO_DKIM', fault, hint);
    return [];
  }
  const { domain, selector, per, headers } = words;
  const key = read.key.export({ type: 'pkcs8', format: 'pem' }).toString();
  return [{ domain, selector, key, per, headers }];
}

function faultOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | null {
  if (asymmetricKeyType === 'ed25519') return null;
  if (asymmetricKeyType !== 'rsa') return `is a key of type ${asymmetricKeyType}; DKIM has RSA and Ed25519`;
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  return bits >= MIN_RSA_BITS
    ? null
    : `is an RSA key of ${bits} bits; DKIM wants ${MIN_RSA_BITS} or more (RFC 8301)`;
}
