import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMessageSource, type MessageSource } from '#src/message/source.js';
import { parseStamp } from '#src/message/stamp.js';
import type { Envelope, Expectation, MessageEntry } from '#src/scenario/scenario.js';
import { dotStuff, hashDraw, headersOf, recipient, sized, template, unstuff, wireOf } from './wire.js';

const REFUSED: Expectation = {
  outcome: 'rejected',
  code: 550,
  enhanced: null,
  class: null,
  ifOffered: false,
};
const DEFERRED: Expectation = {
  outcome: 'rejected',
  code: 451,
  enhanced: null,
  class: null,
  ifOffered: false,
};

function source(
  messages: MessageEntry[],
  envelope: Partial<Envelope> = {},
  envid: string | null = null,
): Promise<MessageSource> {
  return createMessageSource({
    messages,
    envelope: { from: 'bounce-{{seq}}@sender.example.test', senders: null, to: [recipient()], ...envelope },
    run: 'run-1',
    draw: hashDraw,
    signedAtMs: 0,
    envid,
    encode: dotStuff,
  });
}

test('a message carries its number in stamp, Message-ID and reverse-path', async () => {
  const outgoing = (await source([sized(1024)])).next(123, true);
  const message = unstuff(wireOf(outgoing.content));
  const stamp = parseStamp(message);
  assert.equal(stamp?.number, 123);
  assert.equal(stamp?.isWarmup, true);
  assert.equal(outgoing.isWarmup, true);
  assert.equal(outgoing.from, 'bounce-123@sender.example.test');
  assert.equal(headersOf(message)['message-id'], '<0000000123.run-1@mailbench.example>');
  assert.equal(outgoing.sizeBytes, 1024);
  assert.equal(message.length, 1024);
});

test('what is sent depends on the number alone, not on what was asked for before', async () => {
  const messages = [sized(600, 2), template({ text: 'n {{seq}}', weight: 1 }), sized(900, 1)];
  const to = [recipient({ weight: 2, perMessage: 3 }), recipient({ address: 'x{{seq}}@x.test' })];
  const numbers = Array.from({ length: 200 }, (_, index) => index * 7);
  const seen = ({ next }: MessageSource, order: number[]) =>
    new Map(
      order.map((number) => {
        const { content, ...rest } = next(number, false);
        return [number, { ...rest, wire: wireOf(content).toString('latin1') }];
      }),
    );
  const forwards = seen(await source(messages, { to }), numbers);
  const backwards = seen(await source(messages, { to }), numbers.toReversed());
  for (const number of numbers) assert.deepEqual(backwards.get(number), forwards.get(number));
});

test('entries are drawn by weight: 80 to 20 within 2 points in 20,000 messages', async () => {
  const { next } = await source([sized(600, 80), sized(700, 20)]);
  let first = 0;
  for (let number = 0; number < 20_000; number++) first += next(number, false).entry === 0 ? 1 : 0;
  assert.ok(Math.abs(first / 20_000 - 0.8) < 0.02, `${first}`);
});

test('message and recipients are drawn apart: neither tells the other', async () => {
  const to = [recipient(), recipient({ address: 'other@x.test' })];
  const { next } = await source([sized(600), sized(700)], { to });
  const pairs = new Map<string, number>();
  for (let number = 0; number < 20_000; number++) {
    const { entry, to: addresses } = next(number, false);
    const pair = `${entry} ${addresses[0] === 'other@x.test'}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  assert.equal(pairs.size, 4);
  for (const count of pairs.values()) assert.ok(Math.abs(count / 20_000 - 0.25) < 0.02, `${count}`);
});

test('users are drawn evenly: each of 10 within 2 points in 20,000 messages', async () => {
  const { next } = await source([sized(600)], { to: [recipient({ users: 10 })] });
  const counts = new Map<string, number>();
  for (let number = 0; number < 20_000; number++) {
    const [address = ''] = next(number, false).to;
    counts.set(address, (counts.get(address) ?? 0) + 1);
  }
  assert.equal(counts.size, 10);
  for (const count of counts.values()) assert.ok(Math.abs(count / 20_000 - 0.1) < 0.02, `${count}`);
});

test('what is expected comes from the recipient, or else from the message', async () => {
  const wanted = { ...sized(600), expect: DEFERRED };
  const unwanted = recipient({ expect: REFUSED });
  assert.equal((await source([wanted], { to: [unwanted] })).next(1, false).expect, REFUSED);
  assert.equal((await source([wanted])).next(1, false).expect, DEFERRED);
  assert.equal((await source([sized(600)])).next(1, false).expect, null);
});

test('messages say which extensions they need', async () => {
  const plain = (await source([sized(600)])).next(1, false);
  assert.deepEqual([plain.is8bit, plain.isUtf8], [false, false]);
  const utf8 = (await source([sized(600)], { to: [recipient({ address: 'jürgen@x.test' })] })).next(1, false);
  assert.deepEqual([utf8.is8bit, utf8.isUtf8], [false, true]);
});

test('ENVID holds the number of its message, and is empty where none is asked for', async () => {
  const { next } = await source([sized(600)], {}, 'a+b{{seq}}=c');
  assert.deepEqual([next(7, false).envid, next(12, false).envid], ['a+b7=c', 'a+b12=c']);
  assert.equal((await source([sized(600)], {}, 'fixed')).next(7, false).envid, 'fixed');
  assert.equal((await source([sized(600)])).next(7, false).envid, '');
  await assert.rejects(source([sized(600)], {}, '{{n}}'), { code: 'MESSAGE_PLACEHOLDER_UNKNOWN' });
});

test('a number that fits no stamp is a bug', async () => {
  const { next } = await source([sized(600)]);
  assert.equal(next(9_999_999_999, false).number, 9_999_999_999);
  for (const number of [-1, 1e10, 0.5, Number.NaN]) assert.throws(() => next(number, false), { code: 'BUG' });
});

test('an entry or envelope that cannot be sent is refused before anything is', async () => {
  await assert.rejects(source([sized(100)]), { code: 'MESSAGE_SIZE_TOO_SMALL' });
  await assert.rejects(source([sized(600, 0)]), { code: 'MESSAGE_WEIGHTS_INVALID' });
  await assert.rejects(source([sized(600)], { from: 'a\r\nb@x.test' }), { code: 'MESSAGE_ADDRESS_UNSAFE' });
  await assert.rejects(source([sized(600)], { to: [] }), { code: 'MESSAGE_WEIGHTS_INVALID' });
});
