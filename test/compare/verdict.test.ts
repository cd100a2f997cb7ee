import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Measure, parseMeasure } from '#src/compare/measure.js';
import { judge, type Question } from '#src/compare/verdict.js';

const TIME = parseMeasure('smtp_message_duration med') as Measure;
const RATE = parseMeasure('smtp_messages{outcome:accepted} rate') as Measure;
const FAILED = parseMeasure('smtp_message_failed rate') as Measure;

/** So many rounds, each off by its own share of `jitter`. */
function rounds(n: number, base: number, change: number, jitter = 0.01): Question['pairs'] {
  return Array.from({ length: n }, (_, i) => ({
    base: base * (1 + jitter * Math.sin(i)),
    value: base * (1 + change) * (1 + jitter * Math.cos(3 * i)),
  }));
}

function verdictOf(measure: Measure, pairs: Question['pairs'], margin = 0.05) {
  return judge([{ measure, margin, pairs }])[0]!;
}

describe('a verdict', () => {
  test('is worse or better where chance is ruled out and the change matters', () => {
    assert.equal(verdictOf(TIME, rounds(10, 20, 0.2)).verdict, 'worse');
    assert.equal(verdictOf(TIME, rounds(10, 20, -0.2)).verdict, 'better');
    assert.equal(verdictOf(RATE, rounds(10, 500, -0.2)).verdict, 'worse');
    assert.equal(verdictOf(RATE, rounds(10, 500, 0.2)).verdict, 'better');
  });

  test('is same where the change is certainly within the margin, changed where it is real and below it', () => {
    assert.equal(verdictOf(TIME, rounds(10, 20, 0)).verdict, 'same');
    // Same goes first: what is certainly too small to matter is not called a change.
    assert.equal(verdictOf(TIME, rounds(10, 20, 0.03, 0.002)).verdict, 'same');
    assert.equal(verdictOf(TIME, rounds(10, 20, 0.04, 0.03)).verdict, 'changed');
  });

  test('is inconclusive where the rounds are too noisy or too few, and says how many it would take', () => {
    const noisy = verdictOf(TIME, rounds(10, 20, 0.02, 0.3));
    assert.equal(noisy.verdict, 'inconclusive');
    assert.ok(noisy.roundsNeeded! > 10);
    assert.ok(noisy.visible > 0.05);
    // A change of twice the margin takes fewer rounds than one that just matters.
    const large = verdictOf(TIME, rounds(10, 20, 0.3, 0.3));
    assert.ok(large.verdict !== 'inconclusive' || large.roundsNeeded! < noisy.roundsNeeded!);
    const few = verdictOf(TIME, rounds(5, 20, 0.5));
    assert.equal(few.verdict, 'inconclusive');
    assert.equal(few.roundsNeeded, 6);
    assert.equal(few.visible, Number.POSITIVE_INFINITY);
    assert.equal(verdictOf(TIME, rounds(1, 20, 0.5)).roundsNeeded, 6);
    assert.equal(verdictOf(TIME, []).verdict, 'inconclusive');
  });

  test('of shares counts points: failures that go from none to none are the same', () => {
    const none = Array.from({ length: 10 }, () => ({ base: 0, value: 0 }));
    assert.equal(verdictOf(FAILED, none, 0.001).verdict, 'same');
    const some = Array.from({ length: 10 }, (_, i) => ({ base: 0, value: 0.02 + i / 1e4 }));
    assert.equal(verdictOf(FAILED, some, 0.001).verdict, 'worse');
  });

  test('of a server that took nothing is worse, and of two of them the same', () => {
    const dead = Array.from({ length: 10 }, (_, i) => ({ base: 500 + i, value: 0 }));
    const { verdict, change } = verdictOf(RATE, dead);
    assert.equal(verdict, 'worse');
    assert.ok(change < -0.99 && change >= -1);
    assert.equal(
      verdictOf(
        RATE,
        dead.map(({ base, value }) => ({ base: value, value: base })),
      ).verdict,
      'better',
    );
    assert.equal(
      verdictOf(
        RATE,
        dead.map(() => ({ base: 0, value: 0 })),
      ).verdict,
      'same',
    );
  });

  test('needs more evidence where more is asked', () => {
    const six = rounds(6, 20, 0.2);
    const asked = (n: number) =>
      judge(Array.from({ length: n }, () => ({ measure: TIME, margin: 0.05, pairs: six })));
    assert.equal(asked(1)[0]?.verdict, 'worse');
    assert.deepEqual(new Set(asked(4).map(({ verdict }) => verdict)), new Set(['inconclusive']));
    assert.equal(asked(4)[0]?.roundsNeeded, 8);
    assert.equal(asked(4)[0]?.visible, Number.POSITIVE_INFINITY);
  });

  test('at the margin itself matters', () => {
    const exact = Array.from({ length: 10 }, (_, i) => ({ base: 10 + i, value: (10 + i) * 1.06 }));
    assert.equal(verdictOf(TIME, exact, 0.0600001).verdict, 'same');
    assert.equal(verdictOf(TIME, exact, 0.0599999).verdict, 'worse');
  });
});
