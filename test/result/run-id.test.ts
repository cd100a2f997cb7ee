import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRunId, RUN_ID_PATTERN } from '#src/result/run-id.js';

const moment = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2099, 0, 1) });
const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('a run id is the second of its start in UTC and four characters', () => {
  assert.equal(
    createRunId(Date.UTC(2026, 10, 22, 8, 14, 3, 999), () => 0),
    '20261122-081403-aaaa',
  );
});

test('every id matches the pattern, whatever is drawn', () => {
  fc.assert(fc.property(moment, draw, (at, drawn) => RUN_ID_PATTERN.test(createRunId(at, () => drawn))));
});

test('ids sort by time as plain text', () => {
  fc.assert(
    fc.property(moment, moment, draw, draw, (a, b, drawnA, drawnB) => {
      const [earlier, later] = [Math.min(a, b), Math.max(a, b) + 1000];
      return createRunId(earlier, () => drawnA) < createRunId(later, () => drawnB);
    }),
  );
});

test('two runs of the same second differ by their draws', () => {
  const draws = [0.1, 0.2, 0.3, 0.4, 0.1, 0.2, 0.3, 0.5];
  const random = () => draws.shift() ?? 0;
  assert.notEqual(createRunId(0, random), createRunId(0, random));
});
