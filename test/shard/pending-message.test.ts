import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OutgoingMessage } from '#src/message/source.js';
import { Iteration } from '#src/shard/iteration.js';
import { PendingMessage } from '#src/shard/pending-message.js';
import { TransactionResult } from '#src/smtp/outcome.js';

const SLOT = { iteration: 0, scheduledAtUs: 1, startedAtUs: 2 };

function pending(to: readonly string[] = ['a', 'b', 'c']): PendingMessage {
  const message = { number: 7, to, isWarmup: false } as unknown as OutgoingMessage;
  return new PendingMessage(message, new Iteration(SLOT, false), SLOT);
}

function end(message: PendingMessage, given: Partial<TransactionResult>): TransactionResult {
  return Object.assign(new TransactionResult().begin(message), { mailAtUs: 5, endedAtUs: 9, ...given });
}

describe('a pending message', () => {
  test('ends as its only attempt did, uncopied', () => {
    const message = pending();
    const result = end(message, { outcome: 'accepted', acceptedRecipients: 3 });
    assert.equal(message.endSoFar, null);
    assert.equal(message.endOf(result), result);
  });

  test('remembers when its first attempt began and ended', () => {
    const message = pending();
    message.noteAttempt(end(message, { mailAtUs: 0, endedAtUs: 10 }));
    message.noteAttempt(end(message, { mailAtUs: 20, endedAtUs: 30 }));
    message.noteAttempt(end(message, { mailAtUs: 40, endedAtUs: 50 }));
    assert.deepEqual([message.firstMailAtUs, message.firstEndedAtUs, message.attempts], [20, 10, 3]);
  });

  test('does not count the one on a new session after a reused one', () => {
    const message = pending();
    const result = end(message, { outcome: 'rejected', code: 421, refusedRecipients: 3 });
    message.noteAttempt(result);
    message.defer(result, { to: ['a', 'b', 'c'], refused: 3 }, 'reused_session');
    message.noteAttempt(result);
    assert.equal(message.attempts, 1);
  });

  test('that is moved at once has not been answered before it is on the new session', () => {
    const message = pending();
    const result = end(message, { outcome: 'rejected', code: 421, refusedRecipients: 3, endedAtUs: 10 });
    message.noteAttempt(result);
    message.defer(result, { to: ['a', 'b', 'c'], refused: 3 }, 'reused_session');
    message.noteAttempt(end(message, { outcome: 'accepted', acceptedRecipients: 3, endedAtUs: 40 }));
    assert.equal(message.firstEndedAtUs, 40);
  });

  test('that is moved in a later attempt keeps the end of its first', () => {
    const message = pending();
    for (const cause of ['retry', 'reused_session'] as const) {
      const result = end(message, { outcome: 'rejected', code: 421, refusedRecipients: 3, endedAtUs: 10 });
      message.noteAttempt(result);
      message.defer(result, { to: ['a', 'b', 'c'], refused: 3 }, cause);
    }
    message.noteAttempt(end(message, { outcome: 'accepted', acceptedRecipients: 3, endedAtUs: 40 }));
    assert.equal(message.firstEndedAtUs, 10);
  });

  test('adds up whom its attempts reached, and has no more to say of a reply that is gone', () => {
    const message = pending();
    const first = end(message, {
      outcome: 'accepted',
      code: 250,
      text: 'queued as 1',
      acceptedRecipients: 1,
      refusedRecipients: 2,
    });
    message.defer(first, { to: ['b'], refused: 1 }, 'retry');
    first.text = 'of another message';
    assert.deepEqual(message.to, ['b']);
    const cutOff = message.endSoFar;
    assert.deepEqual(
      [cutOff?.outcome, cutOff?.acceptedRecipients, cutOff?.refusedRecipients],
      ['accepted', 1, 2],
    );
    const second = end(message, { outcome: 'accepted', code: 251, acceptedRecipients: 1, endedAtUs: 99 });
    const both = message.endOf(second);
    assert.deepEqual(
      [both.acceptedRecipients, both.refusedRecipients, both.code, both.endedAtUs],
      [2, 1, 251, 99],
    );
    const failed = message.endOf(end(message, { outcome: 'failed', cause: 'closed', isInDoubt: true }));
    assert.deepEqual(
      [failed.outcome, failed.code, failed.replyText(), failed.acceptedRecipients, failed.isInDoubt],
      ['accepted', 250, 'queued as 1', 1, false],
    );
  });

  test('ends as its last attempt did when none was accepted', () => {
    const message = pending();
    const first = end(message, { outcome: 'rejected', code: 450, refusedRecipients: 3 });
    message.defer(first, { to: ['a', 'b', 'c'], refused: 3 }, 'retry');
    const last = message.endOf(end(message, { outcome: 'failed', cause: 'reset', code: 0 }));
    assert.deepEqual(
      [last.outcome, last.cause, last.code, last.refusedRecipients],
      ['failed', 'reset', 0, 0],
    );
    assert.deepEqual(
      [message.endSoFar?.outcome, message.endSoFar?.code, message.endSoFar?.refusedRecipients],
      ['rejected', 450, 3],
    );
  });

  test('knows in the end for whom no attempt was accepted', () => {
    const refuse = (recipient: string) =>
      ({ recipient, code: 450, enhanced: 0, class: 'unclassified', text: '' }) as const;
    const message = pending();
    const first = end(message, { outcome: 'accepted', acceptedRecipients: 1, refusedRecipients: 2 });
    first.refusals = [refuse('b'), refuse('c')];
    message.defer(first, { to: ['b'], refused: 1 }, 'retry');
    assert.deepEqual(message.endSoFar?.unaccepted(), ['b', 'c']);
    const failed = message.endOf(end(message, { outcome: 'failed', cause: 'closed' }));
    assert.deepEqual(failed.unaccepted(), ['b', 'c']);
    const accepted = message.endOf(end(message, { outcome: 'accepted', acceptedRecipients: 1 }));
    assert.deepEqual(accepted.unaccepted(), ['c']);
  });
});
