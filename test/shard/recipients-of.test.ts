import assert from 'node:assert/strict';
import { test } from 'node:test';
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
  const recipientsOf = createRecipientsOf({ seed: 7, to });
  const other = createRecipientsOf({ seed: 8, to });
  const numbers = Array.from({ length: 300 }, (_, index) => index * 13);
  for (const number of numbers) assert.deepEqual(recipientsOf(number), source.next(number, false).to);
  assert.ok(numbers.some((number) => String(other(number)) !== String(recipientsOf(number))));
});
