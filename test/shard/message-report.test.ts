import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_REPORTS, type MessageReport, MessageReports, SLOWEST_KEPT } from '#src/shard/message-report.js';

function report(number: number): MessageReport {
  return {
    v: 1,
    number,
    token: `r-${number}`,
    recipients: ['a@example.test'],
    scheduledAtUs: 1,
    startedAtUs: 1,
    mailAtUs: null,
    endedAtUs: null,
    outcome: 'accepted',
    phase: '',
    cause: '',
    code: 250,
    enhanced: '',
    class: 'accepted',
    reply: 'ok',
    why: 'slow',
  };
}

/** As a VU does: asks first. */
function offer(
  reports: MessageReports,
  number: number,
  durationUs: number,
  why: 'failed' | null = null,
): void {
  if (reports.wants(why, durationUs)) reports.add(why, durationUs, report(number));
}

describe('MessageReports', () => {
  test('reports a notable message at once and a good one not', () => {
    const reports = new MessageReports('notable');
    offer(reports, 1, 10);
    offer(reports, 2, 10, 'failed');
    assert.deepEqual(
      reports.take().reports.map(({ number, why }) => [number, why]),
      [[2, 'failed']],
    );
    assert.deepEqual(reports.take().reports, []);
  });

  test('keeps so many notable messages in a window and no more', () => {
    const reports = new MessageReports('notable');
    for (let i = 0; i < MAX_REPORTS + 500; i++) offer(reports, i, 10, 'failed');
    const window = reports.take();
    assert.deepEqual([window.reports.length, window.omitted], [MAX_REPORTS, { failed: 500 }]);
    offer(reports, 1, 10, 'failed');
    const next = reports.take();
    assert.deepEqual([next.reports.length, next.omitted], [1, {}]);
  });

  test('has the slowest of all windows at the end, slowest first', () => {
    const reports = new MessageReports('notable');
    // 7,919 is prime to 10,000: every duration once, in no order.
    for (let i = 0; i < 10_000; i++) {
      offer(reports, i, ((i * 7_919) % 10_000) + 1);
      if (i % 1_000 === 0) reports.take();
    }
    const slowest = reports.slowest();
    const durations = slowest.map(({ number }) => ((number * 7_919) % 10_000) + 1);
    assert.deepEqual(
      durations,
      Array.from({ length: SLOWEST_KEPT }, (_, i) => 10_000 - i),
    );
    assert.ok(slowest.every(({ why }) => why === 'slow'));
  });

  test('has all of them when there are fewer', () => {
    const reports = new MessageReports('notable');
    for (const durationUs of [3, 1, 2]) offer(reports, durationUs, durationUs);
    assert.deepEqual(
      reports.slowest().map(({ number }) => number),
      [3, 2, 1],
    );
  });

  test('wants no report of what is neither notable nor slow', () => {
    const reports = new MessageReports('notable');
    for (let i = 0; i < 2 * SLOWEST_KEPT; i++) offer(reports, i, 1_000);
    assert.equal(reports.wants(null, 1_000), false);
    assert.equal(reports.wants(null, 1_001), true);
    assert.equal(reports.wants('failed', 1), true);
  });

  test('reports each when all are asked for, and says why', () => {
    const reports = new MessageReports('all');
    for (let i = 0; i < MAX_REPORTS + 2; i++) offer(reports, i, 10, i === 0 ? 'failed' : null);
    const { reports: taken } = reports.take();
    assert.equal(taken.length, MAX_REPORTS + 2);
    assert.deepEqual([taken[0]?.why, taken[1]?.why], ['failed', 'all']);
  });
});
