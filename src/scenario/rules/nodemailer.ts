/**
 * Rules about `client.kind: nodemailer`: everything the pool of nodemailer cannot do is refused by name, so that
 * nobody compares two loads that are not the same.
 *
 * What it does in its own way (waiting for each reply) needs no rule, and neither does how sockets are connected, which
 * stays ours. Belongs together with what stands behind the kind.
 */

import type { KeyPath } from '../../yaml/key-path.js';
import { isFixed } from '../drawn-count.js';
import { entriesOf, msOf, type PartlyWords, type Report } from './rule.js';

export function nodemailerProblems(words: PartlyWords, report: Report): void {
  if (words.client?.kind !== 'nodemailer') return;
  const refuse = (path: KeyPath) =>
    report.restingOn(['client', 'kind'])(
      path,
      'SCENARIO_NODEMAILER',
      'is beyond client.kind nodemailer',
      'Leave it out, or leave kind out.',
    );
  for (const path of unableOf(words)) refuse(path);
  // It says SMTPUTF8 for addresses only.
  for (const [index, message] of entriesOf(words).entries())
    if (message?.template?.headerEncoding === 'utf8')
      refuse(['messages', index, 'template', 'headerEncoding']);
  for (const [name, spec] of Object.entries(words.scenarios ?? {})) {
    if (spec?.iteration === 'session') refuse(['scenarios', name, 'iteration']);
    // Its pool keeps the connections of VUs that have left.
    if (spec?.executor === 'ramping-vus') refuse(['scenarios', name, 'executor']);
  }
}

/** What is used of all it cannot do, each with the path of its key. */
function unableOf(words: PartlyWords): readonly KeyPath[] {
  const { client = {}, envelope = {}, target = {} } = words;
  const { thinkTime } = client;
  const inClient: Readonly<Record<string, boolean>> = {
    hello: client.hello === 'helo',
    pipelining: client.pipelining === 'coalesced',
    chunking: (client.chunking ?? false) !== false,
    window: (client.window ?? 1) > 1,
    limits: client.limits === 'ignore',
    messagesPerSession: isDrawn(client.messagesPerSession),
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
  const { auth } = target;
  const method = auth?.method ?? 'plain';
  const inTarget: Readonly<Record<string, boolean>> = {
    'auth.method': !['plain', 'login', 'cram-md5', 'xoauth2'].includes(method),
    'tls.share': (target.tls?.share ?? 1) < 1,
    'auth.authzid': auth?.authzid !== undefined,
    'auth.initialResponse': auth?.initialResponse === false,
  };
  return [...usedIn('client', inClient), ...usedIn('envelope', inEnvelope), ...usedIn('target', inTarget)];
}

function usedIn(section: string, keys: Readonly<Record<string, boolean>>): readonly KeyPath[] {
  return Object.entries(keys).flatMap(([key, isUsed]) => (isUsed ? [[section, ...key.split('.')]] : []));
}

function isDrawn(words: NonNullable<PartlyWords['client']>['messagesPerSession']): boolean {
  return typeof words === 'object' && !isFixed(words);
}
