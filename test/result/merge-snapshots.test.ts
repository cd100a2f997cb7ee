import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeSnapshots } from '#src/result/merge-snapshots.js';
import { encodedUs, sampleSnapshot } from '#test/result/sample-journal.js';

const first = sampleSnapshot({ seq: 0, acceptedUs: [100, 200], rejected: 1, sessionsOpen: 9 });
const second = sampleSnapshot({ seq: 1, acceptedUs: [300], rejected: 2, sessionsOpen: 4, final: true });
const both = mergeSnapshots([first, second]);

test('deltas are added', () => {
  assert.equal(both.counts.accepted, 3);
  assert.equal(both.counts.rejected, 3);
  assert.equal(both.counters['smtp_messages{outcome:accepted}'], 3);
  assert.deepEqual(both.rates.smtp_message_failed, [3, 3]);
  assert.equal(both.health.wallUs, 2_000_000);
});

test('arrivals that were dropped are added', () => {
  const dropped = [first, second].map((one, i) => ({
    ...one,
    health: { ...one.health, arrivalsDropped: i + 2 },
  }));
  assert.equal(mergeSnapshots(dropped).health.arrivalsDropped, 5);
});

test('histograms are added exactly', () => {
  assert.equal(both.trends['smtp_message_duration{outcome:accepted}'], encodedUs([100, 200, 300]));
  assert.equal(both.live, encodedUs([100, 200, 300]));
  assert.equal(both.health.lateness, encodedUs([20, 20, 21]));
});

test('the window is both windows, the number and the end are those of the later', () => {
  assert.deepEqual([both.fromUs, both.toUs, both.seq, both.final], [first.fromUs, second.toUs, 1, true]);
});

test('a gauge is the later one', () => {
  assert.equal(both.gauges.smtp_sessions_open, 4);
});

test('outcomes of one kind are one row with one sample', () => {
  assert.deepEqual(
    both.outcomes.map(({ code, count, sample }) => ({ code, count, sample })),
    [
      { code: 250, count: 3, sample: 'queued' },
      { code: 550, count: 3, sample: 'no such user' },
    ],
  );
});

test('number ranges that continue each other are joined, others are kept', () => {
  const earlier = { ...first, accepted: [[0, 3, 2]] as const };
  assert.deepEqual(mergeSnapshots([earlier, { ...second, accepted: [[6, 2, 2]] }]).accepted, [[0, 5, 2]]);
  const separate = mergeSnapshots([earlier, { ...second, accepted: [[8, 1, 2]] }]);
  assert.deepEqual(separate.accepted, [
    [0, 3, 2],
    [8, 1, 2],
  ]);
});

test('keys that only one of them has are kept', () => {
  const faulty = { ...second, health: { ...second.health, faults: { EMFILE: 2 } } };
  assert.deepEqual(mergeSnapshots([first, faulty]).health.faults, { EMFILE: 2 });
});

test('snapshots of two sources are never merged', () => {
  assert.throws(() => mergeSnapshots([first, sampleSnapshot({ source: 'shard-1' })]), { name: 'BugError' });
});

test('one alone stays as it is, and none is a bug', () => {
  assert.equal(mergeSnapshots([first]), first);
  assert.throws(() => mergeSnapshots([]), { name: 'BugError' });
});

test('three at once are the same as two and one', () => {
  const third = sampleSnapshot({ seq: 2, acceptedUs: [7], rejected: 1 });
  assert.deepEqual(
    mergeSnapshots([first, second, third]),
    mergeSnapshots([mergeSnapshots([first, second]), third]),
  );
});
