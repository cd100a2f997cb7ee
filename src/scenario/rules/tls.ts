/**
 * Rules about TLS: settings that contradict the URL or each other, or that nothing would use.
 *
 * What the files hold is checked when they are read (tls-files.ts).
 */

import type { TlsVersion } from '../scenario.js';
import type { Targets } from '../targets.js';
import type { PartlyWords, Report } from './rule.js';

export function tlsProblems(target: Targets | null, words: PartlyWords, report: Report): void {
  if (target !== null) checkMode(target, words, report);
  checkFallback(words, report);
  checkShare(words, report);
  checkVersions(words, report);
  checkCertificate(words, report);
  if (target !== null && target.scheme !== 'smtps') checkUse(words, report);
  checkRequireTls(target, words, report);
}

/** LMTP and Unix sockets have no scheme that begins with TLS, so there the mode alone says it. */
const BEGIN_IN_PLAIN_TEXT: ReadonlySet<string> = new Set(['smtp', 'smtp+mx', 'embedded']);

function checkMode({ scheme }: Targets, words: PartlyWords, report: Report): void {
  const mode = words.target?.tls?.mode;
  if (mode === undefined) return;
  if (scheme === 'smtps' && mode !== 'implicit') {
    report(
      ['target', 'tls', 'mode'],
      'SCENARIO_TLS_CONTRADICTION',
      `is ${mode}, but smtps:// begins with TLS`,
      'Leave the mode out, or write smtp:// in target.url.',
    );
  }
  if (BEGIN_IN_PLAIN_TEXT.has(scheme) && mode === 'implicit') {
    report(
      ['target', 'tls', 'mode'],
      'SCENARIO_TLS_CONTRADICTION',
      `is implicit, but ${scheme === 'embedded' ? 'the embedded server' : `${scheme}://`} begins in plain text`,
      scheme === 'smtp' ? 'Write smtps:// in target.url.' : 'Use starttls.',
    );
  }
}

function checkFallback(words: PartlyWords, report: Report): void {
  const { mode, fallback } = words.target?.tls ?? {};
  if (fallback !== true || mode === 'opportunistic') return;
  report.restingOn(['target', 'tls', 'mode'])(
    ['target', 'tls', 'fallback'],
    'SCENARIO_TLS_CONTRADICTION',
    `is true, but with tls mode ${mode ?? 'none'} there is no falling back to plain text`,
    'Set `mode: opportunistic`, or leave fallback out.',
  );
}

function checkShare(words: PartlyWords, report: Report): void {
  const { mode = 'none', share = 1 } = words.target?.tls ?? {};
  if (share === 1) return;
  const path = ['target', 'tls', 'share'];
  if (mode === 'none' || mode === 'implicit') {
    report.restingOn(['target', 'tls', 'mode'])(
      path,
      'SCENARIO_TLS_CONTRADICTION',
      `is ${share}, but with tls mode ${mode} all sessions are alike`,
      'Set `mode: starttls`, or leave share out.',
    );
  }
  if (words.envelope?.requireTls === true) {
    report.restingOn(['envelope', 'requireTls'])(
      path,
      'SCENARIO_TLS_CONTRADICTION',
      `is ${share}, but requireTls needs TLS on all of them`,
      'Keep one of the two.',
    );
  }
}

const VERSIONS: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

function checkVersions(words: PartlyWords, report: Report): void {
  const { minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3' } = words.target?.tls ?? {};
  if (VERSIONS.indexOf(minVersion) <= VERSIONS.indexOf(maxVersion)) return;
  report.restingOn(['target', 'tls', 'minVersion'], ['target', 'tls', 'maxVersion'])(
    ['target', 'tls', 'maxVersion'],
    'SCENARIO_TLS_CONTRADICTION',
    `is ${maxVersion}, older than minVersion (${minVersion})`,
    'Lower minVersion too.',
  );
}

function checkCertificate(words: PartlyWords, report: Report): void {
  const { cert, key, passphrase } = words.target?.tls ?? {};
  const needs = (one: 'cert' | 'key' | 'passphrase', other: 'cert' | 'key') =>
    report.restingOn(['target', 'tls', other])(
      ['target', 'tls', one],
      'SCENARIO_TLS_CONTRADICTION',
      `stands without ${other}`,
      `Add \`${other}: FILE.pem\` beside it.`,
    );
  if (cert !== undefined && key === undefined) needs('cert', 'key');
  if (key !== undefined && cert === undefined) needs('key', 'cert');
  if (passphrase !== undefined && key === undefined) needs('passphrase', 'key');
}

const FOR_TLS = ['ciphers', 'servername', 'ca', 'cert', 'key'] as const;

/** LMTP has no scheme that begins with TLS, so `mode: implicit` is what uses them there. */
function checkUse(words: PartlyWords, report: Report): void {
  const tls = words.target?.tls ?? {};
  if ((tls.mode ?? 'none') !== 'none') return;
  for (const key of FOR_TLS.filter((key) => tls[key] !== undefined)) {
    report.restingOn(['target', 'tls', 'mode'])(
      ['target', 'tls', key],
      'SCENARIO_TLS_CONTRADICTION',
      'is never used: the tls mode is none',
      'Set `mode: starttls`, or leave it out.',
    );
  }
}

function checkRequireTls(target: Targets | null, words: PartlyWords, report: Report): void {
  const mode = words.target?.tls?.mode ?? 'none';
  if (words.envelope?.requireTls !== true || mode !== 'none' || target === null || target.scheme === 'smtps')
    return;
  report.restingOn(['target', 'tls', 'mode'])(
    ['envelope', 'requireTls'],
    'SCENARIO_TLS_CONTRADICTION',
    'is true, but the tls mode is none: REQUIRETLS is offered over TLS only (RFC 8689 §2)',
    'Set `tls: { mode: starttls }` under target.',
  );
}
