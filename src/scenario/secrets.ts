/**
 * Secrets: which keys hold one, and how text is freed of them.
 *
 * A secret is known by the name of its key. Masking replaces the value wherever it stands, in the forms in which
 * AUTH would put it on the wire too (RFC 4954, base64), because servers quote what they were sent.
 */

export const MASK = '***';

const SECRET_WORDS = new Set([
  'pass',
  'passwd',
  'password',
  'passphrase',
  'secret',
  'token',
  'key',
  'apikey',
]);

/** True for `pass`, `smtpPassword`, `X-Api-Key`: the last word of the name decides. */
export function isSecretKey(key: string): boolean {
  const words = key.split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/).filter((word) => word !== '');
  return SECRET_WORDS.has((words.at(-1) ?? '').toLowerCase());
}

/**
 * The text with every secret replaced by `***`.
 *
 * A secret under 4 characters is replaced only where it stands alone, or a password `e` would eat the whole text.
 */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  const longestFirst = [...new Set(secrets)].filter((secret) => secret !== '');
  longestFirst.sort((a, b) => b.length - a.length);
  let masked = text;
  for (const secret of longestFirst) {
    masked =
      secret.length < 4 ? masked.replace(aloneAs(secret), () => MASK) : masked.replaceAll(secret, () => MASK);
  }
  return masked;
}

/**
 * The same for a text whose end was cut off: what is left there of a secret goes too, from its fourth character on.
 */
export function maskSecretsInCut(text: string, secrets: readonly string[]): string {
  const masked = maskSecrets(text, secrets);
  const left = Math.max(0, ...secrets.map((secret) => lengthOfStartAtEnd(masked, secret)));
  return left === 0 ? masked : `${masked.slice(0, -left)}${MASK}`;
}

/** How many characters of the secret's start, but not all of it, the text ends in; 0 for fewer than four. */
function lengthOfStartAtEnd(text: string, secret: string): number {
  for (let length = secret.length - 1; length >= 4; length--) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}

/** Every form in which a password may come back: itself, percent-encoded, and as AUTH PLAIN and LOGIN send it. */
export function formsOfPassword(user: string, pass: string): readonly string[] {
  if (pass === '') return [];
  const plain = Buffer.from(`\0${user}\0${pass}`, 'utf8').toString('base64');
  return [pass, percentEncoded(pass), Buffer.from(pass, 'utf8').toString('base64'), plain];
}

function percentEncoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    // A lone surrogate cannot be encoded, and so cannot stand in a URL.
    return text;
  }
}

function aloneAs(secret: string): RegExp {
  const literal = secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'gu');
}
