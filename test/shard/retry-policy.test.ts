import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Retries } from '#src/scenario/client-options.js';
import { deferralOf, isRetrying, moveOf, retryDelayMs } from '#src/shard/retry-policy.js';
import { type RecipientRefusal, type Transaction, TransactionResult } from '#src/smtp/outcome.js';

const ALL: Retries = {
  attempts: 3,
  delayMs: 1_000,
  factor: 2,
  classes: [],
  inDoubt: false,
  reusedSession: true,
};

/** The end of a transaction to a, b and c. */
function end(given: Partial<TransactionResult>): TransactionResult {
  const transaction = { to: ['a', 'b', 'c'] } as unknown as Transaction;
  return Object.assign(new TransactionResult().begin(transaction), given);
}

function refusal(recipient: string, code: number, klass: RecipientRefusal['class']): RecipientRefusal {
  return { recipient, code, enhanced: 0, class: klass, text: '' };
}

const GREYLISTED = refusal('a', 450, 'greylisted');
const UNKNOWN = refusal('b', 550, 'mailbox_invalid');

describe('a message is deferred', () => {
  for (const [what, given, to, refused] of [
    ['for all, by a 451 to the message', { outcome: 'rejected', code: 451 }, ['a', 'b', 'c'], 3],
    ['for nobody, by a 550 to the message', { outcome: 'rejected', code: 550 }, null, 0],
    ['for nobody, when it was accepted', { outcome: 'accepted', code: 250 }, null, 0],
    [
      'for those refused for now, when the others were accepted or refused for good',
      { outcome: 'accepted', code: 250, refusals: [GREYLISTED, UNKNOWN] },
      ['a'],
      1,
    ],
    [
      'for those not refused for good, by a 451 to the content',
      { outcome: 'rejected', code: 451, refusals: [UNKNOWN] },
      ['a', 'c'],
      2,
    ],
    [
      'for those refused for now, though the content was refused for good',
      { outcome: 'rejected', code: 554, refusals: [GREYLISTED] },
      ['a'],
      1,
    ],
    [
      'for all that RCPT did not refuse for good, when the connection broke',
      { outcome: 'failed', cause: 'reset', class: 'network', refusals: [GREYLISTED, UNKNOWN] },
      ['a', 'c'],
      1,
    ],
    ['for nobody, when it is in doubt', { outcome: 'failed', cause: 'closed', isInDoubt: true }, null, 0],
    ['for nobody, by a fault of the generator', { outcome: 'failed', cause: 'generator' }, null, 0],
    ['for nobody, when TLS failed', { outcome: 'failed', cause: 'tls' }, null, 0],
    ['for nobody, when we cut it off', { outcome: 'interrupted', cause: 'stopped' }, null, 0],
  ] as const) {
    test(what, () => {
      const deferral = deferralOf(end(given as unknown as Partial<TransactionResult>), ALL);
      assert.deepEqual(deferral, to === null ? null : { to, refused });
    });
  }

  test('only by the classes named, failures included', () => {
    const greylisting = { ...ALL, classes: ['greylisted'] };
    const rejected = (klass: 'greylisted' | 'throttled') =>
      end({ outcome: 'rejected', code: 450, class: klass });
    assert.ok(deferralOf(rejected('greylisted'), greylisting));
    assert.equal(deferralOf(rejected('throttled'), greylisting), null);
    const broken = end({ outcome: 'failed', cause: 'reset', class: 'network' });
    assert.equal(deferralOf(broken, greylisting), null);
  });

  test('in doubt only when told so', () => {
    const inDoubt = end({ outcome: 'failed', cause: 'closed', class: 'network', isInDoubt: true });
    assert.deepEqual(deferralOf(inDoubt, { ...ALL, inDoubt: true })?.to, ['a', 'b', 'c']);
  });

  test('for longer each time', () => {
    assert.deepEqual(
      [1, 2, 3].map((attempts) => retryDelayMs(ALL, attempts)),
      [1_000, 2_000, 4_000],
    );
  });
});

describe('a message is moved to a new session', () => {
  const CLOSED = { outcome: 'failed', cause: 'closed', scope: 'session' } as const;
  const GOING = { outcome: 'rejected', code: 421, scope: 'session' } as const;

  test('by a 421 or a close, when the session had served another before', () => {
    for (const given of [CLOSED, { ...CLOSED, cause: 'reset' as const }, GOING]) {
      assert.deepEqual(moveOf(end(given), ALL, 1)?.to, ['a', 'b', 'c']);
      assert.equal(moveOf(end(given), ALL, 0), null);
      assert.equal(moveOf(end(given), { ...ALL, reusedSession: false }, 1), null);
    }
  });

  test('by a 421 to the content, but not by a close after it', () => {
    assert.ok(moveOf(end({ ...GOING, isContentWritten: true }), ALL, 1));
    assert.equal(moveOf(end({ ...CLOSED, isInDoubt: true }), ALL, 1), null);
    assert.ok(moveOf(end({ ...CLOSED, isInDoubt: true }), { ...ALL, inDoubt: true }, 1));
  });

  test('not by a 421 that concerned the message alone, another reply, a time-out or our own doing', () => {
    assert.equal(moveOf(end({ ...GOING, scope: 'message' }), ALL, 1), null);
    assert.equal(moveOf(end({ ...GOING, code: 554 }), ALL, 1), null);
    assert.equal(moveOf(end({ ...CLOSED, cause: 'timeout' }), ALL, 1), null);
    assert.equal(moveOf(end({ ...CLOSED, outcome: 'interrupted' }), ALL, 1), null);
  });

  test('for all whom RCPT did not refuse for good', () => {
    const refusals = [GREYLISTED, UNKNOWN];
    assert.deepEqual(moveOf(end({ ...CLOSED, refusals }), ALL, 1), { to: ['a', 'c'], refused: 1 });
  });
});

test('retries are on with a second attempt, or the one after a reused session', () => {
  const off = { ...ALL, attempts: 1, reusedSession: false };
  assert.deepEqual([off, { ...off, attempts: 2 }, { ...off, reusedSession: true }].map(isRetrying), [
    false,
    true,
    true,
  ]);
});
