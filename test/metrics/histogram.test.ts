import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import hdr from 'hdr-histogram-js';
import { Histogram, MAX_VALUE_US } from '#src/metrics/histogram.js';

/** Half a bucket of 3 significant digits. */
const PRECISION = 0.001;

function histogramOf(values: Iterable<number>): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

function isNear(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= Math.max(1, expected * PRECISION);
}

/** The value at that rank, as HdrHistogram defines percentiles. */
function exactPercentile(values: readonly number[], percentile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.round((percentile / 100) * sorted.length + 1e-9));
  return sorted[rank - 1] as number;
}

test('an empty histogram reads as 0 and encodes to nothing', () => {
  const histogram = new Histogram();
  const { count, min, max, mean } = histogram;
  assert.deepEqual(
    { count, min, max, mean, p99: histogram.percentile(99) },
    { count: 0, min: 0, max: 0, mean: 0, p99: 0 },
  );
  assert.equal(histogram.encode(), '');
  histogram.addEncoded('');
  assert.equal(histogram.count, 0);
});

test('the lowest sample is 0 when a 0 was recorded, and not before', () => {
  assert.equal(histogramOf([5, 10]).min, 5);
  assert.equal(histogramOf([5, 0, 10]).min, 0);
  assert.equal(histogramOf([0, 0]).max, 0);
});

test('known samples give known values', () => {
  const histogram = histogramOf(Array.from({ length: 1000 }, (_, index) => index + 1));
  assert.equal(histogram.count, 1000);
  assert.equal(histogram.min, 1);
  assert.equal(histogram.max, 1000);
  assert.equal(histogram.mean, 500.5);
  assert.equal(histogram.percentile(50), 500);
  assert.equal(histogram.percentile(95), 950);
  assert.equal(histogram.percentile(99.9), 999);
  assert.equal(histogram.percentile(100), 1000);
});

test('any samples are described to three digits, and min ≤ p ≤ max, min ≤ mean ≤ max', () => {
  const values = fc.array(fc.integer({ min: 0, max: MAX_VALUE_US }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(values, (samples) => {
      const histogram = histogramOf(samples);
      const { min, max, mean } = histogram;
      const average = samples.reduce((a, b) => a + b, 0) / samples.length;
      assert.ok(isNear(min, Math.min(...samples)), `min ${min}`);
      assert.ok(isNear(max, Math.max(...samples)), `max ${max}`);
      assert.ok(isNear(mean, average), `mean ${mean} of ${average}`);
      assert.ok(min <= mean && mean <= max, `${min} ≤ ${mean} ≤ ${max}`);
      let lower = min;
      for (const percentile of [25, 50, 90, 99, 99.9, 100]) {
        const value = histogram.percentile(percentile);
        assert.ok(value >= lower && value <= max, `p${percentile} ${value} in ${lower} … ${max}`);
        lower = value;
      }
      assert.ok(isNear(histogram.percentile(100), exactPercentile(samples, 100)));
      histogram.destroy();
    }),
  );
});

test('what is out of range is recorded at its border and counted, and the histogram goes on working', () => {
  const histogram = histogramOf([Number.NaN, -1, 1e12, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  assert.equal(histogram.clamped, 5);
  assert.equal(histogram.count, 5);
  assert.equal(histogram.min, 0);
  assert.equal(histogram.max, MAX_VALUE_US);
  assert.equal(histogram.percentile(50), 0);
  histogram.record(1000);
  histogram.record(MAX_VALUE_US);
  assert.equal(histogram.clamped, 5, 'the border itself is in range');
  const copy = Histogram.decode(histogram.encode());
  assert.equal(copy.count, 7);
  assert.equal(copy.max, MAX_VALUE_US);
  assert.equal(histogramOf([1, 2, 3]).percentile(50), 2, 'other histograms of the module are unharmed');
});

test('the range ends at one hour', () => {
  const histogram = histogramOf([MAX_VALUE_US + 1, 1e10]);
  assert.deepEqual([histogram.clamped, histogram.count, histogram.max], [2, 2, MAX_VALUE_US]);
});

test('a reset histogram is an empty one', () => {
  const histogram = histogramOf([1, 2, -1]);
  histogram.reset();
  assert.deepEqual([histogram.count, histogram.max, histogram.clamped], [0, 0, 0]);
  histogram.record(7);
  assert.deepEqual([histogram.count, histogram.min, histogram.max], [1, 7, 7]);
});

test("the library's own decoders read what is encoded, the one in JavaScript too", () => {
  const samples = [0, 1, 999, 1000, 54_321, 7_000_000, MAX_VALUE_US];
  const text = histogramOf(samples).encode();
  for (const useWebAssembly of [false, true]) {
    const decoded = hdr.decodeFromCompressedBase64(text, 32, useWebAssembly);
    assert.equal(decoded.totalCount, samples.length);
    assert.ok(isNear(decoded.maxValue, MAX_VALUE_US));
    assert.equal(decoded.minNonZeroValue, 1);
    assert.ok(isNear(decoded.getValueAtPercentile(60), 54_321));
    decoded.destroy();
  }
});

test("what the library's own encoder wrote is read", () => {
  const other = hdr.build({ highestTrackableValue: MAX_VALUE_US, numberOfSignificantValueDigits: 3 });
  for (const value of [0, 20, 30_000]) other.recordValue(value);
  const histogram = Histogram.decode(hdr.encodeIntoCompressedBase64(other));
  assert.equal(histogram.count, 3);
  assert.equal(histogram.min, 0);
  assert.ok(isNear(histogram.max, 30_000));
});

test('the text begins with the V2 cookie and says its own length', () => {
  const bytes = Buffer.from(histogramOf([1, 2, 3]).encode(), 'base64');
  assert.equal(bytes.readUInt32BE(0), 0x1c849314);
  assert.equal(bytes.readInt32BE(4), bytes.length - 8);
});

test('encoding and decoding loses nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: MAX_VALUE_US })), (samples) => {
      const text = histogramOf(samples).encode();
      const copy = Histogram.decode(text);
      assert.equal(copy.count, samples.length);
      assert.equal(copy.encode(), text);
      copy.destroy();
    }),
    { numRuns: 50 },
  );
});

test('samples split at random and added in any order give the same histogram, bucket for bucket', () => {
  const sample = fc.tuple(fc.nat({ max: 3 }), fc.integer({ min: 0, max: MAX_VALUE_US }));
  fc.assert(
    fc.property(
      fc.array(sample),
      fc.constantFrom([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]),
      (samples, order) => {
        const whole = histogramOf(samples.map(([, value]) => value));
        const sum = new Histogram();
        for (const part of order) {
          const values = samples.filter(([to]) => to === part).map(([, value]) => value);
          if (part % 2 === 0) sum.addEncoded(histogramOf(values).encode());
          else sum.add(histogramOf(values));
        }
        assert.equal(sum.encode(), whole.encode());
      },
    ),
    { numRuns: 50 },
  );
});

test('clamped samples are counted in the sum', () => {
  const sum = histogramOf([-1]);
  sum.add(histogramOf([-2, 5]));
  assert.deepEqual([sum.clamped, sum.count], [2, 3]);
});

test('a text that is no histogram is refused, and the module survives it', () => {
  const text = histogramOf([1, 2, 3, 40_000]).encode();
  const histogram = histogramOf([10]);
  for (const broken of ['garbage!', 'AAAA', text.slice(0, text.length / 2), `B${text.slice(1)}`]) {
    assert.throws(() => histogram.addEncoded(broken), broken);
  }
  histogram.addEncoded(text);
  assert.equal(histogram.count, 5);
});
