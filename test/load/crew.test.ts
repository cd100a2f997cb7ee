import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BugError } from '#src/errors.js';
import { Crew } from '#src/load/crew.js';

const SHARE = { index: 1, count: 3 };

test('a shard owns the VUs of its residue class and adds further ones up to its share of the maximum', () => {
  const crew = new Crew(SHARE, { initial: 5, max: 11 });
  assert.deepEqual(crew.ids(), [1, 4]);
  assert.deepEqual([crew.add(), crew.add(), crew.add()], [7, 10, -1]);
  assert.deepEqual(crew.ids(), [1, 4, 7, 10]);
  assert.equal(crew.live, 4);
});

test('a VU is ready until an iteration begins, and again when it says so', () => {
  const crew = new Crew(SHARE, { initial: 5, max: 5 });
  assert.ok(crew.isReady(4));
  crew.begin(4);
  assert.ok(!crew.isReady(4));
  crew.setReady(4);
  crew.begin(4);
  assert.equal(crew.inFlight(4), 2);
  assert.equal(crew.inFlight(1), 0);
  crew.end(4);
  assert.equal(crew.inFlight(4), 1);
});

test('retired VUs exist but are not alive', () => {
  const crew = new Crew(SHARE, { initial: 5, max: 5 });
  crew.retire(1);
  assert.deepEqual([crew.isRetired(1), crew.isRetired(4), crew.live, crew.ids().length], [true, false, 1, 2]);
  assert.throws(() => crew.retire(1), BugError);
});

test('reports that cannot be are bugs, not silence', () => {
  const crew = new Crew(SHARE, { initial: 5, max: 11 });
  assert.throws(() => crew.end(4), BugError);
  for (const foreign of [0, 2, 7, -2, 13])
    assert.throws(() => crew.setReady(foreign), BugError, `${foreign}`);
});
