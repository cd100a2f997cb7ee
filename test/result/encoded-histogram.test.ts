import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from '#src/metrics/histogram.js';
import { addEncoded, EncodedHistogram } from '#src/result/encoded-histogram.js';
import { encodedUs } from '#test/result/sample-journal.js';

const parts = fc.array(fc.array(fc.integer({ min: 0, max: 3_600_000_000 }), { maxLength: 5 }), {
  maxLength: 20,
});

test('an empty one has no percentiles and no encoding', () => {
  const histogram = new EncodedHistogram();
  histogram.add('');
  assert.deepEqual(histogram.percentilesMs([50, 99]), [null, null]);
  assert.equal(histogram.encoded(), '');
});

test('percentiles are those of all values together, in ms', () => {
  const histogram = new EncodedHistogram();
  for (let value = 1; value <= 100; value += 1) histogram.add(encodedUs([value * 10]));
  assert.deepEqual(histogram.percentilesMs([50, 99, 100]), [0.5, 0.99, 1]);
});

test('a sum is the histogram of all values, however they were split and joined', () => {
  fc.assert(
    fc.property(parts, fc.nat(20), (values, cut) => {
      const [left, right] = [new EncodedHistogram(), new EncodedHistogram()];
      for (const part of values.slice(0, cut)) left.add(encodedUs(part));
      for (const part of values.slice(cut)) right.add(encodedUs(part));
      right.absorb(left);
      assert.equal(right.encoded(), encodedUs(values.flat()));
    }),
    { numRuns: 30 },
  );
});

test('adding up leaves its parts as they were', () => {
  const [a, b] = [encodedUs([1, 2]), encodedUs([3])];
  const sum = Histogram.decode(addEncoded([a, '', b]));
  assert.equal(sum.count, 3);
  sum.destroy();
  assert.equal(addEncoded([a, '']), a);
});
