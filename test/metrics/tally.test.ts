import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_OUTCOME_ROWS, MAX_SAMPLE_CHARS, type OutcomeKind, OutcomeTally } from '#src/metrics/tally.js';
import { sampleOutcome } from './sample-snapshot.js';

function kind(parts: Partial<OutcomeKind> = {}): OutcomeKind {
  const { count: _count, sample: _sample, ...rest } = sampleOutcome(parts);
  return rest;
}

test('equal outcomes are one row, most frequent first, with the first sample', () => {
  const tally = new OutcomeTally();
  tally.add(kind({ code: 550 }), 1, () => 'first');
  tally.add(kind({ code: 451 }), 3, () => 'busy');
  tally.add(kind({ code: 550 }), 1, () => assert.fail('asked again'));
  assert.deepEqual(
    tally.rows().map(({ code, count, sample }) => [code, count, sample]),
    [
      [451, 3, 'busy'],
      [550, 2, 'first'],
    ],
  );
});

test('outcomes that differ in any field are told apart', () => {
  const tally = new OutcomeTally();
  const differing: Partial<OutcomeKind>[] = [
    {},
    { outcome: 'failed' },
    { expected: true },
    { phase: 'MAIL' },
    { scope: 'message' },
    { cause: 'timeout' },
    { code: 551 },
    { enhanced: '5.1.2' },
    { class: 'policy' },
    { permanence: 'none' },
  ];
  for (const parts of differing) tally.add(kind(parts), 1, () => '');
  assert.equal(tally.rows().length, differing.length);
});

test('taking starts at 0 and keeps the sample for the next window', () => {
  const tally = new OutcomeTally();
  tally.add(kind(), 2, () => 'text');
  assert.equal(tally.take()[0]?.count, 2);
  assert.deepEqual(tally.take(), []);
  tally.add(kind(), 1, () => assert.fail('asked again'));
  assert.deepEqual(tally.take(), [{ ...kind(), count: 1, sample: 'text' }]);
});

test('a sample is cut, however long the reply', () => {
  const tally = new OutcomeTally();
  tally.add(kind(), 1, () => 'x'.repeat(10_000));
  assert.equal(tally.rows()[0]?.sample.length, MAX_SAMPLE_CHARS);
});

test('a server that invents outcomes fills no memory, and every message is still counted', () => {
  const tally = new OutcomeTally();
  for (let number = 0; number < 5000; number++) {
    tally.add(kind({ enhanced: `5.1.${number}`, expected: number % 2 === 0 }), 1, () => '');
    if (number % 1000 === 999) {
      const rows = tally.take();
      assert.ok(rows.length <= MAX_OUTCOME_ROWS + 2);
      assert.equal(
        rows.reduce((sum, { count }) => sum + count, 0),
        1000,
      );
    }
  }
  tally.add(kind({ enhanced: '5.9.9', expected: true }), 4, () => 'new');
  const [other] = tally.rows();
  assert.equal(other?.cause, 'other');
  assert.equal(other?.outcome, 'rejected');
  assert.equal(other?.expected, true);
  assert.equal(other?.count, 4);
});

test('merging gives the same rows and samples in either order', () => {
  const rows = [
    sampleOutcome({ count: 2, sample: 'b' }),
    sampleOutcome({ count: 5, sample: '' }),
    sampleOutcome({ count: 1, sample: 'a' }),
    sampleOutcome({ code: 451, count: 8, sample: 'z' }),
    sampleOutcome({ code: 452, count: 8, sample: 'y' }),
  ];
  const merged = (order: typeof rows) => {
    const tally = new OutcomeTally(Number.POSITIVE_INFINITY);
    for (const row of order) tally.merge(row);
    return tally.rows();
  };
  assert.deepEqual(merged(rows), merged([...rows].reverse()));
  assert.deepEqual(
    merged(rows).map(({ code, count, sample }) => [code, count, sample]),
    [
      [451, 8, 'z'],
      [452, 8, 'y'],
      [550, 8, 'a'],
    ],
  );
});
