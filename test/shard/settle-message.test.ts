import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OutgoingMessage } from '#src/message/source.js';
import type { Expectation } from '#src/scenario/scenario.js';
import { Measurements } from '#src/shard/measurements.js';
import { MessageReports } from '#src/shard/message-report.js';
import { settleMessage } from '#src/shard/settle-message.js';
import { TransactionResult } from '#src/smtp/outcome.js';

const NOT_FOUND: Expectation = {
  outcome: 'rejected',
  code: 550,
  enhanced: null,
  class: null,
  ifOffered: false,
};
const FAILURE: Expectation = { outcome: 'failed', code: null, enhanced: null, class: null, ifOffered: false };

const ONE = ['a@example.test'];
const TWO = ['a@example.test', 'b@example.test'];

/** Settles one message; why it was reported, and whether it was among the accepted numbers. */
function settle(
  given: Partial<TransactionResult>,
  expect: Expectation | null = null,
  to: readonly string[] = ONE,
  keepsReplies = false,
) {
  const reports = new MessageReports('notable', keepsReplies);
  const accepted: number[] = [];
  const measurements = new Measurements();
  let refused: readonly number[] = [];
  const message = { number: 7, to, expect } as unknown as OutgoingMessage;
  const begun = { message, scheduledAtUs: 5, startedAtUs: 5, isSteady: true, recipients: to.length };
  const end = Object.assign(new TransactionResult(), { endedAtUs: 5, ...given });
  const take = (number: number, indexes: readonly number[]) => {
    accepted.push(number);
    refused = indexes;
  };
  settleMessage({ runId: 'r', measurements, reports, accepted: take }, begun, end);
  const { counters } = measurements.recorder.swap().instant;
  const { reports: reported, replies } = reports.take();
  return { why: reported.map(({ why }) => why), accepted, refused, counters, replies };
}

describe('a message that came to its end', () => {
  for (const [what, given, expect, why] of [
    ['accepted as wanted', { outcome: 'accepted' }, null, []],
    ['refused as wanted', { outcome: 'rejected', code: 550 }, NOT_FOUND, []],
    ['accepted against the wish', { outcome: 'accepted', code: 250 }, NOT_FOUND, ['unexpected']],
    ['refused against the wish', { outcome: 'rejected', code: 550 }, null, ['unexpected']],
    ['failed', { outcome: 'failed', cause: 'reset' }, null, ['failed']],
    ['failed as wanted', { outcome: 'failed', cause: 'reset' }, FAILURE, ['failed']],
    ['cut off', { outcome: 'interrupted', cause: 'stopped' }, null, ['failed']],
    ['abandoned on purpose', { outcome: 'interrupted', cause: 'abandoned' }, null, []],
    ['in doubt, though failed as wanted', { outcome: 'failed', isInDoubt: true }, FAILURE, ['in-doubt']],
  ] as const) {
    test(`${what}: ${why[0] ?? 'not reported'}`, () => {
      assert.deepEqual(settle(given as Partial<TransactionResult>, expect).why, why);
    });
  }

  test('is among the accepted numbers only when it was', () => {
    assert.deepEqual(settle({ outcome: 'accepted' }).accepted, [7]);
    assert.deepEqual(settle({ outcome: 'rejected', code: 550 }, NOT_FOUND).accepted, []);
  });

  test('names the recipients for whom it was not accepted by their place', () => {
    const unaccepted = () => ['b@example.test'];
    assert.deepEqual(
      settle({ outcome: 'accepted', acceptedRecipients: 1, unaccepted }, null, TWO).refused,
      [1],
    );
    assert.deepEqual(
      settle({ outcome: 'accepted', acceptedRecipients: 2, unaccepted }, null, TWO).refused,
      [],
    );
  });

  test('leaves its reply where replies are kept, once it was accepted', () => {
    const kept = { outcome: 'accepted', code: 250, text: 'queued as "4711"' } as const;
    const line = '{"v":1,"number":7,"accepted":"250 queued as \\"4711\\""}\n';
    assert.equal(settle(kept, null, ONE, true).replies, line);
    assert.equal(settle({ ...kept, outcome: 'rejected' }, null, ONE, true).replies, '');
    assert.equal(settle(kept).replies, undefined);
  });
});
