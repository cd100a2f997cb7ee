import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  bytes,
  clock,
  count,
  duration,
  moment,
  percent,
  perSecond,
  plain,
  roughPercent,
  spacedDuration,
  span,
} from '#src/report/format.js';

describe('duration', () => {
  it('takes the unit that needs three digits', () => {
    const values = [0.004, 0.0904, 0.402, 1.234, 38.1, 148.24, 999.4, 1210, 75_300];
    assert.deepEqual(
      values.map((ms) => duration(ms)),
      ['4µs', '90.4µs', '402µs', '1.23ms', '38.1ms', '148ms', '999ms', '1.21s', '75.3s'],
    );
  });

  it('moves to the next unit where rounding reaches it', () => {
    assert.equal(duration(0.9997), '1.00ms');
    assert.equal(duration(999.7), '1.00s');
  });

  it('shows more digits where asked, so that a value over a bound does not look equal to it', () => {
    assert.equal(duration(250.4, { digits: 4 }), '250.4ms');
  });

  it('shows what is not known as a dash', () => {
    assert.deepEqual(
      [null, undefined, Number.NaN].map((value) => duration(value)),
      ['–', '–', '–'],
    );
  });

  it('puts a no-break space before the unit on a page', () => {
    assert.equal(spacedDuration(38.1), '38.1\u00a0ms');
  });

  it('is off by less than half a per cent of what it was given', () => {
    const unitMs: Record<string, number> = { µs: 0.001, ms: 1, s: 1000 };
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 3_600_000, noNaN: true }), (ms) => {
        const match = /^([\d.,]+)(µs|ms|s)$/.exec(duration(ms));
        const shown = Number(match?.[1]?.replaceAll(',', '')) * (unitMs[match?.[2] ?? ''] ?? 0);
        assert.ok(Math.abs(shown - ms) / ms <= 0.00501, `${ms} was shown as ${duration(ms)}`);
      }),
    );
  });
});

describe('lengths and times', () => {
  it('writes a length as a person would', () => {
    assert.deepEqual([850, 42_000, 65_000, 7_380_000].map(span), ['850ms', '42s', '1m 05s', '2h 03m']);
  });

  it('writes a time within a run as a clock would', () => {
    assert.deepEqual([0, 41_900, 3_723_000].map(clock), ['00:00', '00:41', '1:02:03']);
  });

  it('writes a moment in UTC and leaves what is none alone', () => {
    assert.equal(moment('2026-11-22T08:14:03.000Z'), '2026-11-22 08:14:03 UTC');
    assert.equal(moment('yesterday'), 'yesterday');
  });
});

describe('counts, rates and shares', () => {
  it('groups digits by thousands', () => {
    assert.deepEqual([0, 999, 1000, 30_000, 1_234_567].map(count), [
      '0',
      '999',
      '1,000',
      '30,000',
      '1,234,567',
    ]);
  });

  it('gives a rate three digits and never cuts its whole part', () => {
    assert.deepEqual([0, 0.28, 12.44, 499.48, 12_345.6].map(perSecond), [
      '0/s',
      '0.28/s',
      '12.4/s',
      '499/s',
      '12,346/s',
    ]);
  });

  it('gives small numbers their digits', () => {
    assert.equal(plain(0.00048, 4), '0.00048');
  });

  it('never rounds to none or all what is neither', () => {
    assert.deepEqual([0, 0.00001, 0.0005, 0.9998, 0.99999, 1].map(percent), [
      '0%',
      '<0.01%',
      '0.05%',
      '99.98%',
      '>99.99%',
      '100%',
    ]);
    assert.equal(percent(Number.NaN), '–');
  });

  it('rounds a share for a glance', () => {
    assert.deepEqual([0, 0.008, 0.624, 1, null].map(roughPercent), ['0%', '0.8%', '62%', '100%', '–']);
  });

  it('counts bytes in decimal units', () => {
    assert.deepEqual(
      [0, 512, 999.9, 14_220_331, 310_451_200, 2e15].map((n) => bytes(n)),
      ['0B', '512B', '1.00kB', '14.2MB', '310MB', '2,000TB'],
    );
  });
});
