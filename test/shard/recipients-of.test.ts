import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turnsAmong } from '#src/message/choose.js';
import { createMessageSource } from '#src/message/source.js';
import { createDraw } from '#src/shard/random.js';
import { createRecipientsOf, ENVELOPE_DRAWS } from '#src/shard/recipients-of.js';
import { dotStuff, recipient, sized } from '../message/wire.js';

test('the recipients of any message are those that the shards send it to', async () => {
  const domains = [
    { domain: 'a.example.test', weight: 3 },
    { domain: 'b.example.test', weight: 1 },
  ];
  const to = [
    recipient({ weight: 2, address: 'u{{n}}@{{domain}}', users: 50, perMessage: 3, domains }),
    recipient({ weight: 1, address: 'x{{seq}}@x.test' }),
    recipient({ weight: 1, domains, users: 9, perMessage: { min: 2, max: 12 } }),
  ];
  const source = await createMessageSource({
    messages: [sized(600)],
    envelope: { from: '', senders: null, to },
    run: 'r1',
    draw: createDraw(7, ENVELOPE_DRAWS),
    signedAtMs: 0,
    envid: null,
    encode: dotStuff,
  });
  const recipientsOf = createRecipientsOf({ seed: 7, to, executors: 1 });
  const other = createRecipientsOf({ seed: 8, to, executors: 1 });
  const numbers = Array.from({ length: 300 }, (_, index) => index * 13);
  for (const number of numbers) assert.deepEqual(recipientsOf(number), source.next(number, false).to);
  assert.ok(numbers.some((number) => String(other(number)) !== String(recipientsOf(number))));
});

test('in turn, each of several executors takes the next for itself', async () => {
  const to = [recipient({ weight: 1, address: 'u{{n}}@x.test', users: 5, choose: 'round-robin' })];
  const source = await createMessageSource({
    messages: [sized(600)],
    envelope: { from: '', senders: null, to },
    run: 'r1',
    draw: createDraw(7, ENVELOPE_DRAWS),
    signedAtMs: 0,
    envid: null,
    turnOf: turnsAmong(2),
    encode: dotStuff,
  });
  const recipientsOf = createRecipientsOf({ seed: 7, to, executors: 2 });
  const second = [1, 3, 5, 7, 9, 11].map((number) => recipientsOf(number)[0]);
  assert.deepEqual(
    second,
    ['u1', 'u2', 'u3', 'u4', 'u5', 'u1'].map((user) => `${user}@x.test`),
  );
  for (let number = 0; number < 40; number++)
    assert.deepEqual(recipientsOf(number), source.next(number, false).to);
});
