import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDurationMs, parseSizeBytes } from '#src/yaml/quantities.js';

test('durations have units in falling order, and a bare number is milliseconds', () => {
  const cases: readonly [string | number, number][] = [
    ['250ms', 250],
    ['10s', 10_000],
    ['2m', 120_000],
    ['1h30m', 5_400_000],
    ['1m500ms', 60_500],
    ['1.5s', 1500],
    ['1d', 86_400_000],
    ['0s', 0],
    [0, 0],
    [1500, 1500],
  ];
  for (const [word, expected] of cases) assert.equal(parseDurationMs(word), expected, String(word));
});

test('what is no duration is refused', () => {
  for (const word of ['', 's', '10', '10 s', '-1s', '1s2m', '1m1m', '10sec', '1e3s', ' 1s', '1s ', '.5s']) {
    assert.equal(parseDurationMs(word), null, JSON.stringify(word));
  }
  for (const word of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
    assert.equal(parseDurationMs(word), null);
});

test('sizes tell binary from decimal units, and a bare number is bytes', () => {
  const cases: readonly [string | number, number][] = [
    ['512B', 512],
    ['4kB', 4000],
    ['4KB', 4000],
    ['12KiB', 12_288],
    ['1MiB', 1_048_576],
    ['1.5MB', 1_500_000],
    ['4 KiB', 4096],
    [4096, 4096],
  ];
  for (const [word, expected] of cases) assert.equal(parseSizeBytes(word), expected, String(word));
});

test('what is no size is refused', () => {
  for (const word of ['', '4', '4K', '4kib', '-4KiB', '4KiBs', 'KiB', '4  KiB']) {
    assert.equal(parseSizeBytes(word), null, JSON.stringify(word));
  }
  assert.equal(parseSizeBytes(-1), null);
  assert.equal(parseSizeBytes(0.5), null);
});
