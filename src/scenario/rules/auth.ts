/**
 * Rules about credentials: given once, whole, for a method that uses them, and not over plain text unless asked.
 *
 * What a mechanism takes is said in sasl.ts; what stands in a file of users is checked when it is read.
 */
import type { Partly } from '../check-words.js';
import { hasControlCharacter, secretWordOf, showsSecret, usesAuthzid } from '../sasl.js';
import type { AuthMethod } from '../scenario.js';
import type { ScenarioWords } from '../schema/schema.js';
import type { Targets } from '../targets.js';
import type { PartlyWords, Report } from './rule.js';

type AuthWords = Partly<NonNullable<ScenarioWords['target']['auth']>> & { readonly method: AuthMethod };

const PERSONAL = ['user', 'pass', 'token', 'authzid'] as const;
type Personal = (typeof PERSONAL)[number];

/** `target` is null where the URL is wrong. */
export function authProblems(target: Targets | null, words: PartlyWords, report: Report): void {
  const auth = words.target?.auth;
  const credentials = target?.credentials ?? null;
  if (auth === undefined && credentials === null) return;
  const given: AuthWords = { ...auth, method: auth?.method ?? 'plain' };
  const isOffered = target?.isEmbedded !== true || words.delivery?.sink?.auth !== undefined;
  if (!isOffered) return reportEmbedded(report);
  if (credentials !== null && isBesideUrl(given)) return reportBesideUrl(report);
  if (credentials !== null) checkMethodOfUrl(given, report);
  else if (given.users !== undefined) checkBesideUsers(given, report);
  else checkWhole(given, report.restingOn(['target', 'auth', 'method']));
  checkCharacters(given, credentials, report);
  checkPlaintext(given, target, { words, report });
}

function reportEmbedded(report: Report): void {
  report(
    ['target', 'auth'],
    'SCENARIO_AUTH_CONTRADICTION',
    'is given, but the embedded server offers no AUTH',
    'Have it offered with `delivery: { expect: sink, sink: { auth: { user, pass } } }`, or name a server of yours in target.url.',
  );
}

function isBesideUrl(auth: AuthWords): boolean {
  return [...PERSONAL, 'users' as const].some((key) => auth[key] !== undefined);
}

function reportBesideUrl(report: Report): void {
  report(
    ['target', 'auth'],
    'SCENARIO_AUTH_CONTRADICTION',
    'stands beside credentials in target.url',
    'Keep one of the two.',
  );
}

function checkMethodOfUrl({ method }: AuthWords, report: Report): void {
  if (wantedBy(method).includes('pass')) return;
  report(
    ['target', 'auth', 'method'],
    'SCENARIO_AUTH_CONTRADICTION',
    `is ${method}, which takes no password, beside one in target.url`,
    'Take the credentials out of the URL.',
  );
}

function checkBesideUsers(auth: AuthWords, report: Report): void {
  for (const key of PERSONAL.filter((key) => auth[key] !== undefined)) {
    report(
      ['target', 'auth', key],
      'SCENARIO_AUTH_CONTRADICTION',
      'stands beside users',
      'Keep one of the two: every user and password comes from the file.',
    );
  }
}

/** Exactly what the method takes. */
function checkWhole(auth: AuthWords, report: Report): void {
  const { method } = auth;
  const wanted = wantedBy(method);
  for (const key of wanted.filter((key) => auth[key] === undefined)) {
    report.restingOn(['target', 'auth', key])(
      ['target', 'auth', key],
      'SCENARIO_KEY_MISSING',
      'is missing',
      key === 'user'
        ? 'Add the user name, e.g. `user: alice`.'
        : `Add it, e.g. \`${key}: "\${SMTP_${key.toUpperCase()}}"\`.`,
    );
  }
  const allowed: readonly Personal[] = usesAuthzid(method) ? [...wanted, 'authzid'] : wanted;
  for (const key of PERSONAL.filter((key) => auth[key] !== undefined && !allowed.includes(key))) {
    report(
      ['target', 'auth', key],
      'SCENARIO_AUTH_CONTRADICTION',
      `has no use with method ${method}`,
      hintFor(method, key),
    );
  }
}

function wantedBy(method: AuthMethod): readonly Personal[] {
  return method === 'external' ? [] : ['user', secretWordOf(method)];
}

function hintFor(method: AuthMethod, key: Personal): string {
  if (method === 'external') {
    return key === 'user'
      ? 'Write authzid: who one is the certificate says.'
      : 'Leave it out: the certificate is the proof.';
  }
  return key === 'authzid' ? 'Leave it out.' : `Write ${secretWordOf(method)} instead.`;
}

function checkCharacters(auth: AuthWords, credentials: Targets['credentials'], report: Report): void {
  if (credentials !== null && Object.values(credentials).some(hasControlCharacter)) {
    report(['target', 'url'], ...CONTROL);
  }
  for (const key of PERSONAL) {
    if (hasControlCharacter(auth[key] ?? '')) report(['target', 'auth', key], ...CONTROL);
  }
}

const CONTROL = ['SCENARIO_CONTROL_CHARACTER', 'holds a control character', 'Take it out.'] as const;

function checkPlaintext(
  auth: AuthWords,
  target: Targets | null,
  { words, report }: { readonly words: PartlyWords; readonly report: Report },
): void {
  const mode = words.target?.tls?.mode ?? (target?.scheme === 'smtps' ? 'implicit' : 'none');
  const isSecret = mode !== 'none' && (words.target?.tls?.share ?? 1) === 1;
  if (target === null || isSecret || auth.allowPlaintext === true || !showsSecret(auth.method)) return;
  report.restingOn(
    ['target', 'auth', 'allowPlaintext'],
    ['target', 'auth', 'method'],
    ['target', 'tls', 'mode'],
    ['target', 'tls', 'share'],
  )(
    words.target?.auth === undefined ? ['target', 'url'] : ['target', 'auth'],
    'SCENARIO_AUTH_PLAINTEXT',
    `would send a ${secretWordOf(auth.method) === 'token' ? 'token' : 'password'} without TLS`,
    'Set `tls: { mode: starttls }` under target; if it may be read on the way, `allowPlaintext: true` under auth.',
  );
}
