/**
 * Rules about the target and the client: where to, over what TLS, as whom.
 *
 * Whether a host may be loaded is decided by safety.ts alone, here before anything is looked up or connected.
 */
import { isLoopbackHost } from '../safety.js';
import { isAddressLiteral, isDomain } from './address-pattern.js';
import { msOf, type PartlyWords, type Report } from './rule.js';
import { type ParsedTarget, parseTargetUrl } from './target-url.js';

export function targetProblems(words: PartlyWords, report: Report): void {
  const target = parseTargetUrl(words.target?.url ?? 'embedded');
  if ('code' in target) report(['target', 'url'], target.code, target.message, target.hint);
  else {
    checkAuthorized(target, words, report);
    checkTls(target, words, report.restingOn(['target', 'url']));
    checkAuth(target, words, report);
  }
  checkFallback(words, report);
  checkClient(words, report);
}

function checkAuthorized(target: ParsedTarget, words: PartlyWords, report: Report): void {
  const { address } = target;
  if (words.target?.authorized === true || address.kind === 'unix') return;
  const host = address.kind === 'mx' ? address.domain : address.host;
  if (address.kind === 'tcp' && isLoopbackHost(host)) return;
  report.restingOn(['target', 'authorized'])(
    ['target', 'url'],
    'SCENARIO_TARGET_UNAUTHORIZED',
    `names ${host}, which is not loopback`,
    'If you may load that server, say so with `authorized: true` under target, or --authorized.',
  );
}

function checkTls(target: ParsedTarget, words: PartlyWords, report: Report): void {
  const mode = words.target?.tls?.mode;
  if (mode === undefined) return;
  if (target.scheme === 'smtps' && mode !== 'implicit') {
    report(
      ['target', 'tls', 'mode'],
      'SCENARIO_TLS_CONTRADICTION',
      `is ${mode}, but smtps:// begins with TLS`,
      'Leave the mode out, or write smtp:// in target.url.',
    );
  }
  if (target.scheme === 'smtp' && mode === 'implicit') {
    report(
      ['target', 'tls', 'mode'],
      'SCENARIO_TLS_CONTRADICTION',
      'is implicit, but smtp:// begins in plain text',
      'Write smtps:// in target.url.',
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

function checkAuth(target: ParsedTarget, words: PartlyWords, report: Report): void {
  const auth = words.target?.auth;
  if (target.credentials !== null && auth !== undefined) {
    report(
      ['target', 'auth'],
      'SCENARIO_AUTH_CONTRADICTION',
      'stands beside credentials in target.url',
      'Keep one of the two.',
    );
  }
  const { user, pass } = auth ?? target.credentials ?? {};
  // RFC 4616 §2: NUL separates the fields of PLAIN.
  if (user?.includes('\0') === true || pass?.includes('\0') === true) {
    report(['target', 'auth'], 'SCENARIO_CONTROL_CHARACTER', 'holds a NUL', 'Take it out.');
  }
}

function checkClient(words: PartlyWords, report: Report): void {
  const { ehlo, messagesPerSession, reconnectDelay } = words.client ?? {};
  if (ehlo !== undefined && !isDomain(ehlo) && !isAddressLiteral(ehlo)) {
    report(
      ['client', 'ehlo'],
      'SCENARIO_EHLO',
      'must be a domain or an address literal (RFC 5321 §4.1.1.1)',
      'Write a name such as load.example.test, or [127.0.0.1].',
    );
  }
  if (typeof messagesPerSession === 'object') checkOrder(messagesPerSession, 'messagesPerSession', report);
  if (typeof reconnectDelay === 'object') {
    const { first, max } = reconnectDelay;
    const order = { min: msOf(first), max: msOf(max) };
    checkOrder(order, 'reconnectDelay', report);
  }
}

function checkOrder(
  range: { readonly min?: number | undefined; readonly max?: number | undefined },
  key: string,
  report: Report,
): void {
  if (range.min === undefined || range.max === undefined || range.min <= range.max) return;
  report(
    ['client', key],
    'SCENARIO_RANGE_REVERSED',
    'begins above where it ends',
    'Write the smaller value first.',
  );
}
