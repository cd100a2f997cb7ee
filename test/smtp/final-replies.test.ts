/** Every kind of final reply against every class of reply. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOSED_BEFORE } from '#src/smtp/failure.js';
import { type FinalReplies, takeFinalReply } from '#src/smtp/final-replies.js';
import { TransactionResult } from '#src/smtp/outcome.js';
import type { ReplyView } from '#src/smtp/reply-parser.js';
import { testMessage } from './test-message.js';

const reply = (code: number): ReplyView => ({ code, enhanced: 0, lineCount: 1, text: () => `text ${code}` });

/** Two recipients, both accepted at RCPT; what each reply was taken for, and the outcome. */
function take(kind: FinalReplies, codes: readonly number[]): string[] {
  const result = new TransactionResult().begin(testMessage(1, ['a@x.test', 'b@x.test']));
  result.acceptedRecipients = 2;
  const taken = codes.map((code) => takeFinalReply(result, reply(code), 'unclassified', kind, 5));
  const outcome = result.isDecided
    ? `${result.outcome} ${result.code} ${result.acceptedRecipients} ${result.scope}`.trim()
    : 'undecided';
  return [...taken, outcome];
}

const TABLE: readonly (readonly [FinalReplies, readonly number[], readonly string[]])[] = [
  ['one', [250], ['decided', 'accepted 250 2']],
  ['one', [299], ['decided', 'accepted 299 2']],
  ['one', [353], ['unexpected', 'undecided']],
  ['one', [450], ['decided', 'rejected 450 2 message']],
  ['one', [550], ['decided', 'rejected 550 2 message']],
  ['lmtp', [250, 251], ['again', 'decided', 'accepted 251 2']],
  ['lmtp', [250, 550], ['again', 'decided', 'accepted 250 1']],
  ['lmtp', [450, 250], ['again', 'decided', 'accepted 250 1']],
  ['lmtp', [450, 550], ['again', 'decided', 'rejected 450 0 recipient']],
  ['lmtp', [353], ['unexpected', 'undecided']],
  ['lmtp', [250, 354], ['again', 'unexpected', 'undecided']],
  ['prdr', [250], ['decided', 'accepted 250 2']],
  ['prdr', [550], ['decided', 'rejected 550 2 message']],
  ['prdr', [354], ['unexpected', 'undecided']],
  ['prdr', [353, 250, 550, 252], ['again', 'again', 'again', 'decided', 'accepted 252 1']],
  ['prdr', [353, 250, 250, 451], ['again', 'again', 'again', 'decided', 'rejected 451 2 message']],
  ['prdr', [353, 450, 550, 250], ['again', 'again', 'again', 'decided', 'rejected 450 0 recipient']],
  ['prdr', [353, 450, 550, 551], ['again', 'again', 'again', 'decided', 'rejected 450 0 recipient']],
  ['prdr', [353, 353], ['again', 'unexpected', 'undecided']],
];

for (const [kind, codes, expected] of TABLE) {
  test(`${kind}: ${codes.join(', ')} is ${expected.at(-1)}`, () =>
    assert.deepEqual(take(kind, codes), expected));
}

for (const [kind, codes, unaccepted] of [
  ['one', [250], []],
  ['lmtp', [250, 250], []],
  ['lmtp', [450, 250], ['a@x.test']],
  ['lmtp', [250, 550], ['b@x.test']],
  ['prdr', [353, 250, 550, 252], ['b@x.test']],
] as const) {
  test(`${kind}: after ${codes.join(', ')} it is not accepted for ${unaccepted.join(', ') || 'nobody'}`, () => {
    const result = begun();
    for (const code of codes) takeFinalReply(result, reply(code), 'unclassified', kind, 5);
    assert.equal(result.outcome, 'accepted');
    assert.deepEqual(result.unaccepted(), unaccepted);
  });
}

test('LMTP that is cut off after the first reply is not accepted for those whose reply did not come', () => {
  const result = begun();
  takeFinalReply(result, reply(250), 'unclassified', 'lmtp', 5);
  result.cutOff(CLOSED_BEFORE, null, 9);
  assert.equal(result.outcome, 'accepted');
  assert.deepEqual(result.unaccepted(), ['b@x.test']);
});

function begun(): TransactionResult {
  const result = new TransactionResult().begin(testMessage(1, ['a@x.test', 'b@x.test']));
  result.acceptedRecipients = 2;
  return result;
}
