/** What must add up after any run, whatever the server did: see design, Metrics. */
import assert from 'node:assert/strict';
import type { Snapshot } from '#src/metrics/snapshot.js';
import type { MailServer } from './mail-server.js';
import { acceptedNumbers, totalOf } from './shard-rig.js';

export function assertIdentities(snapshots: readonly Snapshot[]): void {
  const total = totalOf(snapshots);
  const { counts, outcomes } = total;
  assert.equal(counts.scheduled, counts.started + counts.dropped, 'iterations');
  assert.equal(
    counts.begun,
    counts.accepted + counts.rejected + counts.failed + counts.interrupted,
    'messages',
  );
  assert.equal(counts.offered, counts.acceptedCopies + counts.refused + counts.undecided, 'copies');
  assert.ok(Math.min(...Object.values(counts)) >= 0, 'a count is negative');
  for (const outcome of ['accepted', 'rejected', 'failed', 'interrupted'] as const) {
    const rows = outcomes.filter((row) => row.outcome === outcome);
    assert.equal(
      rows.reduce((sum, { count }) => sum + count, 0),
      counts[outcome],
      `rows of ${outcome}`,
    );
  }
  assert.ok(counts.inDoubt <= counts.failed + counts.interrupted, 'in doubt');
  assert.ok(counts.partial <= counts.accepted, 'partial');
  const numbers = acceptedNumbers(snapshots);
  assert.equal(numbers.length, counts.accepted, 'accepted ranges');
  assert.equal(new Set(numbers).size, counts.accepted, 'accepted numbers are distinct');
  assert.equal(total.live.count, counts.begun, 'live histogram');
  total.destroy();
}

/** Steady-state metrics and whole-run counts are the same where there was no warm-up. */
export function assertMetricsAgree(snapshots: readonly Snapshot[]): void {
  const total = totalOf(snapshots);
  const { counts } = total;
  const n = (expression: string) => total.select(expression, 1)?.n;
  assert.equal(n('iterations'), counts.started);
  assert.equal(n('dropped_iterations'), counts.dropped);
  assert.equal(n('smtp_messages'), counts.begun);
  assert.equal(n('smtp_message_duration'), counts.begun);
  assert.equal(n('smtp_messages{outcome:accepted}'), counts.accepted);
  assert.equal(n('smtp_message_failed'), counts.begun);
  assert.equal(n('smtp_message_service_duration'), counts.begun);
  // One that was cut off before it was sent had no attempt.
  const first = n('smtp_attempts{cause:first}') ?? 0;
  assert.ok(first <= counts.begun && first >= counts.begun - counts.interrupted, `${first} first attempts`);
  assert.ok((n('smtp_transaction_duration') ?? 0) <= (n('smtp_attempts') ?? 0), 'transactions');
  assert.equal(n('smtp_recipients'), counts.offered);
  assert.equal(n('smtp_recipients{outcome:accepted}'), counts.acceptedCopies);
  total.destroy();
}

/** The server took exactly what was counted as accepted, and perhaps what is in doubt. */
export function assertServerAgrees(server: MailServer, snapshots: readonly Snapshot[]): void {
  const total = totalOf(snapshots);
  const { counts } = total;
  const ours = new Set(acceptedNumbers(snapshots));
  const theirs = new Set(server.taken.map(({ number }) => number));
  const copiesTaken = server.taken.flatMap(({ number, recipients }) =>
    recipients.map((recipient) => `${number} ${recipient}`),
  );
  assert.equal(new Set(copiesTaken).size, copiesTaken.length, 'nothing was sent twice');
  for (const number of ours) assert.ok(theirs.has(number), `the server never saw message ${number}`);
  const unheard = server.taken.filter(({ number }) => !ours.has(number));
  assert.ok(unheard.length <= counts.inDoubt, `${unheard.length} taken, ${counts.inDoubt} in doubt`);
  const copies = server.taken
    .filter(({ number }) => ours.has(number))
    .reduce((sum, { recipients }) => sum + recipients.length, 0);
  assert.equal(copies, counts.acceptedCopies, 'copies');
  total.destroy();
}

/** With retries on: each message has come to its end once. */
export function assertCompleted(snapshots: readonly Snapshot[]): void {
  const total = totalOf(snapshots);
  assert.equal(total.select('smtp_message_completion_duration', 1)?.n, total.counts.begun);
  total.destroy();
}
