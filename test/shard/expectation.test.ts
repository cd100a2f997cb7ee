import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Expectation } from '#src/scenario/scenario.js';
import { isExpected } from '#src/shard/expectation.js';
import { TransactionResult } from '#src/smtp/outcome.js';

function result(given: Partial<TransactionResult>): TransactionResult {
  return Object.assign(new TransactionResult(), given);
}

const UNKNOWN_USER = result({
  outcome: 'rejected',
  code: 550,
  enhanced: 5_001_001,
  class: 'mailbox_invalid',
});

function wanted(given: Partial<Expectation>): Expectation {
  return { outcome: 'rejected', code: null, enhanced: null, class: null, ifOffered: false, ...given };
}

describe('isExpected', () => {
  test('wants a message accepted unless told otherwise', () => {
    assert.equal(isExpected(null, result({ outcome: 'accepted', code: 250 })), true);
    for (const outcome of ['rejected', 'failed', 'interrupted'] as const) {
      assert.equal(isExpected(null, result({ outcome })), false, outcome);
    }
  });

  test('takes what was abandoned on purpose as wanted, whatever else was', () => {
    const abandoned = result({ outcome: 'interrupted', cause: 'abandoned' });
    assert.equal(isExpected(null, abandoned), true);
    assert.equal(isExpected(wanted({ code: 550 }), abandoned), true);
    assert.equal(isExpected(null, result({ outcome: 'interrupted', cause: 'stopped' })), false);
  });

  test('takes what could not be sent for want of an extension as wanted where told to, and nothing else', () => {
    const notOffered = result({ outcome: 'failed', cause: 'not-offered', class: 'protocol' });
    const accepted = wanted({ outcome: 'accepted' });
    assert.equal(isExpected(accepted, notOffered), false);
    assert.equal(isExpected({ ...accepted, ifOffered: true }, notOffered), true);
    assert.equal(isExpected({ ...accepted, ifOffered: true }, result({ outcome: 'accepted' })), true);
    assert.equal(
      isExpected({ ...accepted, ifOffered: true }, result({ outcome: 'failed', cause: 'limit' })),
      false,
    );
    assert.equal(isExpected({ ...accepted, ifOffered: true }, UNKNOWN_USER), false);
  });

  test('takes a wanted 550 for a success, and an acceptance for none', () => {
    assert.equal(isExpected(wanted({ code: 550 }), UNKNOWN_USER), true);
    assert.equal(isExpected(wanted({}), result({ outcome: 'accepted', code: 250 })), false);
  });

  test('matches anything where nothing is said', () => {
    assert.equal(isExpected(wanted({}), UNKNOWN_USER), true);
  });

  for (const [key, value] of [
    ['outcome', 'failed'],
    ['code', 551],
    ['enhanced', '5.1.2'],
    ['class', 'content'],
  ] as const) {
    test(`asks that ${key} is as wanted`, () => {
      assert.equal(isExpected(wanted({ [key]: value }), UNKNOWN_USER), false);
    });
  }

  test('takes the start of an enhanced code for all below it, by whole numbers', () => {
    assert.equal(isExpected(wanted({ enhanced: '5.1' }), UNKNOWN_USER), true);
    assert.equal(isExpected(wanted({ enhanced: '5.1.1' }), UNKNOWN_USER), true);
    const other = result({ outcome: 'rejected', code: 550, enhanced: 5_001_010 });
    assert.equal(isExpected(wanted({ enhanced: '5.1.1' }), other), false);
  });

  test('finds no enhanced code where there is none', () => {
    const bare = result({ outcome: 'rejected', code: 550, enhanced: 0 });
    assert.equal(isExpected(wanted({ enhanced: '5.1.1' }), bare), false);
  });
});
