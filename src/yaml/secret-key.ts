/**
 * Which keys hold a secret, by their name alone: what stands under them is never quoted.
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
