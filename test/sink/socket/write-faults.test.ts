import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SocketFaults } from '#src/sink/judge.js';
import { WriteFaults, type WriteStep } from '#src/sink/socket/write-faults.js';

/** All steps of one write, in a time that stands still but for the waits. */
function stepsOf(writes: WriteFaults, text: string): WriteStep[] {
  writes.begin(Buffer.from(text, 'latin1'));
  const steps: WriteStep[] = [];
  let nowMs = 0;
  for (;;) {
    const step = writes.next(nowMs);
    if (step.kind === 'done') return steps;
    steps.push(step);
    if (step.kind === 'cut') return steps;
    if (step.kind === 'wait') nowMs += step.ms;
  }
}

function shorten(steps: readonly WriteStep[]): (string | number)[] {
  return steps.map((step) => {
    if (step.kind === 'write') return step.bytes.toString('latin1');
    return step.kind === 'wait' ? step.ms : step.kind;
  });
}

function written(steps: readonly WriteStep[]): string {
  return steps.map((step) => (step.kind === 'write' ? step.bytes.toString('latin1') : '')).join('');
}

function faulty(faults: SocketFaults, seed = 1): WriteFaults {
  const writes = new WriteFaults(seed);
  writes.set(faults);
  return writes;
}

test('without faults a write is written as it is', () => {
  assert.deepEqual(shorten(stepsOf(faulty({}), '250 ok')), ['250 ok']);
});

test('a write is split, with a wait between the pieces', () => {
  const steps = stepsOf(faulty({ splitBytes: 3, pieceDelayMs: 7 }), '250 ok\r\n');
  assert.deepEqual(shorten(steps), ['250', 7, ' ok', 7, '\r\n']);
});

test('a write that is not split is held back', () => {
  const writes = faulty({ pieceDelayMs: 7 });
  assert.deepEqual(shorten(stepsOf(writes, 'a')), [7, 'a']);
  assert.deepEqual(shorten(stepsOf(writes, 'b')), [7, 'b']);
});

test('a write is repeated', () => {
  assert.deepEqual(shorten(stepsOf(faulty({ repeat: 3 }), 'ab')), ['ababab']);
});

test('the cut comes after so many bytes of all writes, in the middle of one', () => {
  const writes = faulty({ cutHow: 'reset' });
  writes.cutAfter(5);
  assert.deepEqual(shorten(stepsOf(writes, 'abc')), ['abc']);
  assert.equal(writes.isAtCut, false);
  const steps = stepsOf(writes, 'defg');
  assert.deepEqual(shorten(steps), ['de', 'cut']);
  assert.deepEqual(steps.at(-1), { kind: 'cut', how: 'reset' });
});

test('a write that ends at the cut is over before the connection is', () => {
  const writes = faulty({});
  writes.cutAfter(3);
  assert.deepEqual(shorten(stepsOf(writes, 'abc')), ['abc']);
  assert.equal(writes.isAtCut, true);
});

test('bandwidth lets a write pass in slices', () => {
  const steps = stepsOf(faulty({ bytesPerSec: 40 }), 'abcdef');
  assert.deepEqual(
    shorten(steps).filter((step) => typeof step === 'string'),
    ['ab', 'cd', 'ef'],
  );
  const waits = steps.map((step) => (step.kind === 'wait' ? step.ms : 0));
  assert.equal(
    waits.reduce((sum, ms) => sum + ms, 0),
    100,
  );
});

test('one byte a second is a bandwidth', () => {
  const steps = stepsOf(faulty({ bytesPerSec: 1 }), 'abc');
  assert.deepEqual(
    shorten(steps).filter((step) => typeof step === 'string'),
    ['a', 'b', 'c'],
  );
  assert.ok(steps.reduce((sum, step) => sum + (step.kind === 'wait' ? step.ms : 0), 0) >= 2000);
});

test('garbage comes before the next write, once, and is the same for the same seed', () => {
  const write = (seed: number) => {
    const writes = faulty({}, seed);
    writes.addGarbage(8);
    return [written(stepsOf(writes, '250')), written(stepsOf(writes, '251'))];
  };
  const [first = '', second] = write(1);
  assert.equal(first.length, 11);
  assert.equal(first.slice(8), '250');
  assert.equal(second, '251');
  assert.deepEqual(write(1), [first, second]);
  assert.notEqual(write(2)[0], first);
});

test('garbage is printable where it is asked to be', () => {
  const writes = faulty({ isText: true });
  writes.addGarbage(500);
  assert.match(written(stepsOf(writes, '')), /^[ -~]{500}$/);
});

test('whatever the faults, what is written is garbage and the repeated write, up to the cut', () => {
  const faults = fc.record({
    splitBytes: fc.nat(5),
    pieceDelayMs: fc.nat(3),
    repeat: fc.integer({ min: 1, max: 3 }),
    bytesPerSec: fc.nat(100),
  });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\r', '\n'), maxLength: 30 });
  fc.assert(
    fc.property(faults, text, fc.option(fc.integer({ min: 1, max: 50 }), { nil: null }), (set, sent, cut) => {
      const writes = faulty(set);
      if (cut !== null) writes.cutAfter(cut);
      const whole = sent.repeat(set.repeat);
      assert.equal(written(stepsOf(writes, sent)), cut === null ? whole : whole.slice(0, cut));
    }),
  );
});
