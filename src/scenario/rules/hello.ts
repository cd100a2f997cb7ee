/**
 * Rules about `client.hello: helo`: a session that says HELO has no extensions (RFC 5321 §4.1.1.1), so nothing that
 * needs one may be asked for. `pipelining: auto` is without, and so is SIZE.
 */
import type { KeyPath } from '../../yaml/key-path.js';
import type { Targets } from '../targets.js';
import type { PartlyWords, Report } from './rule.js';

/** `target` is null where the URL is wrong. */
export function helloProblems(target: Targets | null, words: PartlyWords, report: Report): void {
  if (words.client?.hello !== 'helo') return;
  if (target?.scheme === 'lmtp') {
    report(
      ['client', 'hello'],
      'SCENARIO_CLIENT_CONTRADICTION',
      'is helo, but LMTP knows LHLO only (RFC 2033 §4.1)',
      'Leave it out.',
    );
  }
  for (const path of needingEhlo(words)) {
    report.restingOn(['client', 'hello'])(
      path,
      'SCENARIO_CLIENT_CONTRADICTION',
      'needs EHLO, and client.hello is helo',
      'Leave it out, or leave hello out.',
    );
  }
}

function needingEhlo(words: PartlyWords): readonly KeyPath[] {
  const { client = {}, envelope = {}, target = {} } = words;
  const mode = target.tls?.mode ?? 'none';
  const used: readonly (readonly [KeyPath, boolean])[] = [
    [['target', 'tls', 'mode'], mode === 'starttls' || mode === 'opportunistic'],
    [['target', 'auth'], target.auth !== undefined],
    [['client', 'pipelining'], client.pipelining === 'coalesced'],
    [['client', 'chunking'], (client.chunking ?? false) !== false],
    [['client', 'xclient'], client.xclient !== undefined],
    [['client', 'xforward'], client.xforward !== undefined],
    [['envelope', 'body'], envelope.body === '8bitmime' || envelope.body === 'binarymime'],
    [['envelope', 'smtputf8'], envelope.smtputf8 === 'force'],
    [['envelope', 'dsn'], envelope.dsn !== undefined],
    [['envelope', 'requireTls'], envelope.requireTls === true],
    [['envelope', 'deliverBy'], envelope.deliverBy !== undefined],
    [['envelope', 'priority'], envelope.priority !== undefined],
    [['envelope', 'prdr'], envelope.prdr === true],
    [['envelope', 'mailParameters'], (envelope.mailParameters ?? []).length > 0],
    [['envelope', 'rcptParameters'], (envelope.rcptParameters ?? []).length > 0],
  ];
  return used.flatMap(([path, isUsed]) => (isUsed ? [path] : []));
}
