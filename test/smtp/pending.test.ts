import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Command, type CommandId } from '#src/smtp/command.js';
import { TransactionResult } from '#src/smtp/outcome.js';
import { PendingReplies } from '#src/smtp/pending.js';

interface Entry {
  readonly command: CommandId;
  readonly at: number;
  readonly result: TransactionResult | null;
}

function takeAll(pending: PendingReplies): Entry[] {
  const entries: Entry[] = [];
  while (pending.count > 0) {
    entries.push({ command: pending.command, at: pending.writtenAtUs, result: pending.result });
    pending.shift();
  }
  return entries;
}

test('replies are awaited in the order of their commands, however many and wherever the ring begins', () => {
  const operation = fc.oneof(
    fc.record({ push: fc.integer({ min: 0, max: 11 }) }),
    fc.constant({ push: null }),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const pending = new PendingReplies();
      const model: Entry[] = [];
      const results = [new TransactionResult(), new TransactionResult(), null];
      for (const [at, { push }] of operations.entries()) {
        if (push !== null) {
          const entry = { command: push as CommandId, at, result: results[at % 3] ?? null };
          model.push(entry);
          pending.push(entry.command, entry.at, entry.result);
        } else if (model.length > 0) {
          model.shift();
          pending.shift();
        }
        assert.equal(pending.count, model.length);
        for (const result of results) {
          if (result === null) continue;
          assert.equal(
            pending.firstOf(result),
            model.find((entry) => entry.result === result)?.command ?? null,
          );
        }
      }
      assert.deepEqual(
        takeAll(pending).map(({ command, at }) => [command, at]),
        model.map(({ command, at }) => [command, at]),
      );
    }),
    { numRuns: 500 },
  );
});

test('a write that is out late moves the stamps of what it holds, as far as it is not answered', () => {
  const pending = new PendingReplies();
  // Not at the start of the ring, and over its end.
  for (let i = 0; i < 5; i++) pending.push(Command.RSET, 0, null);
  for (let i = 0; i < 5; i++) pending.shift();
  for (let i = 0; i < 2; i++) pending.push(Command.RCPT, 1, null);
  const mark = pending.pushed;
  for (let i = 0; i < 4; i++) pending.push(Command.CONTENT, 2, null);
  pending.stampSince(mark, 9);
  assert.deepEqual(
    takeAll(pending).map(({ at }) => at),
    [1, 1, 9, 9, 9, 9],
  );
  pending.push(Command.MAIL, 3, null);
  pending.stampSince(mark, 10);
  assert.deepEqual(
    takeAll(pending).map(({ at }) => at),
    [10],
  );
});

test('one more reply to the command just answered comes before all others', () => {
  const pending = new PendingReplies();
  const result = new TransactionResult();
  for (let i = 0; i < 8; i++) pending.push(Command.RCPT, i, null);
  pending.unshift(Command.CONTENT, 9, result);
  assert.equal(pending.count, 9);
  assert.deepEqual([pending.command, pending.writtenAtUs, pending.result], [Command.CONTENT, 9, result]);
  assert.deepEqual(
    takeAll(pending).map(({ at }) => at),
    [9, 0, 1, 2, 3, 4, 5, 6, 7],
  );
});

test('a result is not kept once its reply came', () => {
  const pending = new PendingReplies();
  const result = new TransactionResult();
  pending.push(Command.MAIL, 1, result);
  pending.shift();
  assert.equal(pending.firstOf(result), null);
  assert.equal(pending.result, null);
});
