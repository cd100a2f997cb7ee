import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SizesMessage } from '#src/scenario/scenario.js';
import { load, problem } from './load.js';

function sizesOf(size: string, file = ''): SizesMessage['sizes'] {
  const { messages } = load(`messages: [{ size: ${size} }]`, { files: { 's.csv': file } }).scenario;
  return (messages[0] as SizesMessage).sizes;
}

test('a range is uniform, and a median with a 95th percentile lognormal within bounds', () => {
  assert.deepEqual(sizesOf('{ min: 2KiB, max: 80KiB }'), {
    kind: 'uniform',
    minBytes: 2_048,
    maxBytes: 81_920,
  });
  assert.deepEqual(sizesOf('{ lognormal: { median: 20KiB, p95: 300KiB }, min: 2KiB, max: 10MiB }'), {
    kind: 'lognormal',
    medianBytes: 20_480,
    p95Bytes: 307_200,
    minBytes: 2_048,
    maxBytes: 10_485_760,
  });
  const byDefault = sizesOf('{ lognormal: { median: 20KiB, p95: 300KiB } }');
  assert.ok(byDefault.kind === 'lognormal');
  assert.deepEqual([byDefault.minBytes, byDefault.maxBytes], [1_024, 26_214_400]);
});

test('a file counts sizes, in any order, with or without a header and weights', () => {
  const histogram = (file: string) => sizesOf('{ histogram: s.csv }', file);
  const bins = [
    { sizeBytes: 600, weight: 2.5 },
    { sizeBytes: 2_048, weight: 4 },
  ];
  assert.deepEqual(histogram('2KiB,4\n600,1\n600,1.5\n700,0\n'), { kind: 'histogram', bins });
  assert.deepEqual(histogram('weight,x,size\n4,,2048\n2.5,,600\n'), { kind: 'histogram', bins });
  assert.deepEqual(histogram('size\n600\n600\n2048\n'), {
    kind: 'histogram',
    bins: [
      { sizeBytes: 600, weight: 2 },
      { sizeBytes: 2_048, weight: 1 },
    ],
  });
});

test('a file that cannot be read names the line', () => {
  for (const [file, message] of [
    ['', /line 1 is missing/],
    ['size,weight\n', /is missing/],
    ['600,0\n', /no row has a weight/],
    ['600,1\nlarge,1\n', /line 2 has no size/],
    ['600,1\n700,-1\n', /line 2 has no weight/],
    ['600\n700,many\n', /line 2 has no weight/],
    ['100,1\n', /line 1 has a size of 100 bytes/],
    ['1GiB,1\n', /line 1 has a size of 1073741824 bytes/],
  ] as const) {
    const found = problem('messages: [{ size: { histogram: s.csv } }]', { files: { 's.csv': file } });
    assert.deepEqual([found.code, found.path], ['SCENARIO_SIZES_FILE', 'messages[0].size.histogram']);
    assert.match(found.message, message);
  }
});

test('a file that is not there says so', () => {
  const found = problem('messages: [{ size: { histogram: none.csv } }]');
  assert.match(found.message, /cannot be read/);
});

test('what is missing is asked for in the words of the kind that was begun', () => {
  const missing = (size: string) => problem(`messages: [{ size: ${size} }]`).path;
  assert.equal(missing('{ min: 1KiB }'), 'messages[0].size.max');
  assert.equal(missing('{ lognormal: { median: 1KiB } }'), 'messages[0].size.lognormal.p95');
});
