/**
 * What `mailbench sink` says: where it listens, what came, and the totals by behaviour. Pure: numbers in, lines out.
 */

import { visible } from '../report/escape.js';
import type { SinkCounts } from '../sink/counts.js';
import type { GroupOptions } from '../sink/process/group.js';

/** Totals and the rate of the last window; null when nothing came in it. */
export function progressLine(before: SinkCounts, now: SinkCounts, seconds: number): string | null {
  if (now.messages === before.messages && now.connections === before.connections) return null;
  const perSec = (now.messages - before.messages) / seconds;
  return `${describeCounts(now)}; ${perSec.toFixed(1)} messages/s`;
}

export function describeCounts(counts: SinkCounts): string {
  const parts = [
    amount(counts.messages, 'message'),
    amount(counts.recipients, 'recipient'),
    `${(counts.bytes / 2 ** 20).toFixed(1)} MiB`,
    amount(counts.connections, 'connection'),
  ];
  if (counts.oversized > 0) parts.push(`${counts.oversized} too big`);
  if (counts.errors > 0) parts.push(amount(counts.errors, 'broken connection'));
  const more: readonly [number, string][] = [
    [counts.deferred, 'deferred'],
    [counts.rejected, 'rejected'],
    [counts.dropped, 'dropped'],
    [counts.lost, 'lost on purpose'],
    [counts.doubled, 'doubled'],
    [counts.bounced, 'bounced'],
    [counts.bounceFailures, 'bounces given up'],
    [counts.unwritten, 'not written'],
  ];
  for (const [count, what] of more) if (count > 0) parts.push(`${count} ${what}`);
  return parts.join(', ');
}

/** The most frequent first. */
export function behaviourLines({ behaviours, heldUs }: SinkCounts): string[] {
  const byCount = Object.entries(behaviours).sort(([, a], [, b]) => b - a);
  return byCount.map(([name, count]) => {
    const us = heldUs[name] ?? 0;
    const held = us === 0 ? '' : `, held back ${(us / 1e6).toFixed(1)} s in all`;
    return `  ${visible(name)}: ${amount(count, 'time')}${held}`;
  });
}

/** Why DSNs were given up, the most frequent reason first. */
export function bounceLines({ bounceFailureReasons }: SinkCounts): string[] {
  const byCount = Object.entries(bounceFailureReasons).sort(([, a], [, b]) => b - a);
  return byCount.map(([reason, count]) => `  bounce given up ${amount(count, 'time')}: ${visible(reason)}`);
}

function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export function describeProtocol(options: GroupOptions): string {
  const words = [options.protocol.toUpperCase()];
  if (options.tlsMode === 'starttls') words.push('STARTTLS');
  if (options.tlsMode === 'implicit') words.push('TLS');
  if (options.auth) words.push('AUTH required');
  const { workers = 1, behaviours } = options;
  if (behaviours?.profile) words.push(`like ${behaviours.profile}`);
  if (behaviours?.text) words.push(`behaviours of ${visible(behaviours.path)}`);
  if (workers > 1) words.push(`${workers} workers`);
  return words.join(', ');
}

export function place(address: { host: string; port: number }): string {
  if (address.host.startsWith('unix:')) return address.host;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
