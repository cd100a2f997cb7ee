import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eventLine, type RunEvent, runEventSchema } from '#src/result/events.js';

const head = { v: 1, at: '2026-11-22T08:14:03.000Z', run: 'r1' } as const;
const threshold: RunEvent = {
  ...head,
  type: 'threshold',
  elapsedMs: 2000,
  metric: 'smtp_message_failed',
  threshold: 'rate<0.1',
  value: 0.5,
  abortOnFail: true,
  aborts: false,
};

test('a line is one JSON object that reads back as it was, whatever text is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const event: RunEvent = { ...head, type: 'phase', phase: 'stopping', elapsedMs: 1, reason: text };
      const line = eventLine(event);
      assert.deepEqual(runEventSchema.parse(JSON.parse(line)), JSON.parse(JSON.stringify(event)));
      assert.equal(line.indexOf('\n'), line.length - 1);
    }),
  );
});

test('nothing in a line acts on a terminal or turns text around', () => {
  const reason = 'a\u001b[31m\u009b2J\u202e\u2066\u2028\u0000\u007f\u200f';
  const line = eventLine({ ...head, type: 'phase', phase: 'stopping', elapsedMs: 1, reason });
  assert.match(line, /^[ -~]*\n$/);
  assert.equal(JSON.parse(line).reason, reason);
});

test('an event of another version, with a key that is not there, or of no type is none', () => {
  assert.equal(runEventSchema.safeParse(threshold).success, true);
  for (const wrong of [
    { ...threshold, v: 2 },
    { ...threshold, more: 1 },
    { ...threshold, type: 'x' },
  ]) {
    assert.equal(runEventSchema.safeParse(wrong).success, false);
  }
});
