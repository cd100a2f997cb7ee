/**
 * Rules about `client.kind: nodemailer`: everything the pool of nodemailer cannot do is refused by name, so that
 * nobody compares two loads that are not the same.
 *
 * What it does in its own way without saying (waiting for each reply, a socket at a time) needs no rule. Belongs
 * together with what stands behind the kind.
 */

import type { KeyPath } from './key-path.js';
import { msOf, type PartlyWords, type Report } from './rule.js';
import { parseTargets } from './targets.js';

/** What is used of all it cannot do, each with the path of its key. */
function unableOf(words: PartlyWords): readonly KeyPath[] {
  const { client = {}, envelope = {}, target = {} } = words;
  const { thinkTime } = client;
  const inClient: Readonly<Record<string, boolean>> = {
    pipelining: client.pipelining === 'coalesced',
    chunking: (client.chunking ?? false) !== false,
    window: (client.window ?? 1) > 1,
    limits: client.limits === 'ignore',
    sourceAddresses: (client.sourceAddresses ?? []).length > 0,
    xclient: client.xclient !== undefined,
    xforward: client.xforward !== undefined,
    proxy: client.proxy !== undefined,
    thinkTime: (msOf(typeof thinkTime === 'object' ? thinkTime.max : thinkTime) ?? 0) > 0,
    rset: client.rset === true,
    steps: (client.steps ?? []).length > 0,
    bodyRate: client.bodyRate !== undefined,
    abandon: client.abandon !== undefined,
    idle: client.idle !== undefined,
    retries: client.retries !== undefined,
  };
  const inEnvelope: Readonly<Record<string, boolean>> = {
    body: (envelope.body ?? 'auto') !== 'auto',
    smtputf8: envelope.smtputf8 === 'force',
    dsn: envelope.dsn !== undefined,
    requireTls: envelope.requireTls === true,
    deliverBy: envelope.deliverBy !== undefined,
    priority: envelope.priority !== undefined,
    prdr: envelope.prdr === true,
    mailParameters: (envelope.mailParameters ?? []).length > 0,
    rcptParameters: (envelope.rcptParameters ?? []).length > 0,
  };
  const { dns = {}, tls = {}, auth } = target;
  const method = auth?.method ?? 'plain';
  const inTarget: Readonly<Record<string, boolean>> = {
    urls: target.urls !== undefined,
    dns: dns.lookup === 'session' || (dns.family ?? 'any') !== 'any' || (dns.servers ?? []).length > 0,
    'tls.fallback': tls.fallback === true,
    'auth.method': ['scram-sha-256', 'oauthbearer', 'external'].includes(method),
    'auth.authzid': auth?.authzid !== undefined,
    'auth.initialResponse': auth?.initialResponse === false,
  };
  return [...usedIn('client', inClient), ...usedIn('envelope', inEnvelope), ...usedIn('target', inTarget)];
}

function usedIn(section: string, keys: Readonly<Record<string, boolean>>): readonly KeyPath[] {
  return Object.entries(keys).flatMap(([key, isUsed]) => (isUsed ? [[section, ...key.split('.')]] : []));
}

export function nodemailerProblems(words: PartlyWords, report: Report): void {
  if (words.client?.kind !== 'nodemailer') return;
  const cannot = report.restingOn(['client', 'kind']);
  for (const path of unableOf(words)) {
    cannot(
      path,
      'SCENARIO_NODEMAILER',
      'is beyond client.kind nodemailer',
      'Leave it out, or leave kind out.',
    );
  }
  const target = parseTargets(words.target ?? {});
  const kind = 'routes' in target ? target.routes[0]?.address.kind : 'tcp';
  if (kind !== 'tcp' && words.target?.urls === undefined) {
    const what = kind === 'unix' ? 'a Unix socket' : 'the mail exchangers of a domain';
    cannot(
      ['target', 'url'],
      'SCENARIO_NODEMAILER',
      `leads to ${what}, where nodemailer cannot connect`,
      'Name a host and a port.',
    );
  }
}
