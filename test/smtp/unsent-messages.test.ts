import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deadlines } from '#src/smtp/deadlines.js';
import { TransactionResult } from '#src/smtp/outcome.js';
import { UnsentMessages } from '#src/smtp/unsent-messages.js';

test('they are due at the next tick, all at once and oldest first', () => {
  const deadlines = new Deadlines();
  const [first, second] = [new TransactionResult(), new TransactionResult()];
  const taken: TransactionResult[][] = [];
  const unsent = new UnsentMessages(deadlines, () => taken.push([...unsent.take()]));
  unsent.add(first, 100);
  unsent.add(second, 101);
  assert.deepEqual([unsent.length, taken.length], [2, 0]);
  deadlines.expire(200);
  assert.deepEqual([taken.length, unsent.length, deadlines.size], [1, 0, 0]);
  assert.equal(taken[0]?.[0], first);
  assert.equal(taken[0]?.[1], second);
});

test('an owner that sends another at once is told of it a tick later, so no tick lasts for ever', () => {
  const deadlines = new Deadlines();
  let nowUs = 100;
  let told = 0;
  const unsent = new UnsentMessages(deadlines, () => {
    told += unsent.take().length;
    unsent.add(new TransactionResult(), nowUs);
  });
  unsent.add(new TransactionResult(), 0);
  deadlines.expire(nowUs);
  assert.equal(told, 1);
  nowUs = 200;
  deadlines.expire(nowUs);
  assert.equal(told, 2);
});
