import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodeError } from '#src/errors.js';
import {
  createMadeSource,
  type MadeEnvelope,
  type MadeMessage,
  type MessageMaker,
} from '#src/message/made-source.js';
import { createMessageSource } from '#src/message/source.js';
import { parseStamp } from '#src/message/stamp.js';
import type { Expectation } from '#src/scenario/scenario.js';
import {
  bodyOf,
  dotStuff,
  hashDraw,
  headersOf,
  recipient,
  sized,
  template,
  unstuff,
  wireOf,
} from './wire.js';

const REFUSED: Expectation = {
  outcome: 'rejected',
  code: 550,
  enhanced: null,
  class: null,
  ifOffered: false,
};

interface Makes {
  readonly message?: (number: number, envelope: Pick<MadeEnvelope, 'from' | 'to'>) => MadeMessage;
  readonly envelope?: (number: number) => MadeEnvelope;
}

const parts = (
  given: Partial<ReturnType<typeof template>>,
  expect: Expectation | null = null,
): MadeMessage => {
  const { kind, weight, dkim, expect: _, ...rest } = template(given);
  return { parts: rest, expect };
};

async function madeSource(makes: Makes, entries = [sized(1024)]) {
  const options = { run: 'run-1', signedAtMs: 0, encode: dotStuff };
  const underneath = await createMessageSource({
    ...options,
    messages: entries,
    envelope: { from: 'bounce-{{seq}}@sender.example.test', senders: null, to: [recipient()] },
    draw: hashDraw,
    envid: 'env-{{seq}}',
  });
  const maker: MessageMaker = {
    has: (name) => makes[name] !== undefined,
    message: (number, envelope) => (makes.message as NonNullable<Makes['message']>)(number, envelope),
    envelope: (number) => (makes.envelope as NonNullable<Makes['envelope']>)(number),
    refusal: ({ code, message }) => new CodeError('CODE_RETURNED', `${code}: ${message}`),
  };
  return { source: createMadeSource(underneath, maker, options), underneath };
}

test('parts are composed for each message, with its number in stamp and Message-ID', async () => {
  const { source, underneath } = await madeSource({
    message: (number, { from, to }) =>
      parts({ subject: `n ${number}`, text: `to ${to.join()} from ${from}\n` }),
  });
  for (const number of [0, 41, 42]) {
    const outgoing = source.next(number, number === 0);
    const message = unstuff(wireOf(outgoing.content));
    const given = underneath.next(number, false);
    assert.equal(outgoing.sizeBytes, message.length);
    assert.deepEqual([parseStamp(message)?.number, parseStamp(message)?.isWarmup], [number, number === 0]);
    const { subject, from, 'message-id': id } = headersOf(message);
    assert.deepEqual(
      [subject, from, id],
      [
        `n ${number}`,
        `bounce-${number}@sender.example.test`,
        `<${String(number).padStart(10, '0')}.run-1@mailbench.example>`,
      ],
    );
    assert.equal(bodyOf(message).toString(), `to ${given.to.join()} from ${given.from}\r\n`);
    assert.deepEqual([outgoing.from, outgoing.to, outgoing.envid], [given.from, given.to, given.envid]);
  }
});

test('a made envelope replaces the patterns, and the mix goes on to make the messages', async () => {
  const to = ['ada@a.example.test', 'bob@b.example.test'];
  const { source } = await madeSource({
    envelope: (number) => ({ from: number === 1 ? '' : 'me@c.example.test', to, expect: null }),
  });
  const { from, to: recipients, sizeBytes, isUtf8 } = source.next(1, false);
  assert.deepEqual([from, recipients, sizeBytes, isUtf8], ['', to, 1024, false]);
  assert.equal(source.next(2, false).from, 'me@c.example.test');
});

test('an address or a header beyond ASCII needs SMTPUTF8, a body only 8BITMIME', async () => {
  const kinds = async (makes: Makes) => {
    const { isUtf8, is8bit } = (await madeSource(makes)).source.next(0, false);
    return [isUtf8, is8bit];
  };
  const to = (address: string) => ({
    envelope: () => ({ from: 'a@a.example.test', to: [address], expect: null }),
  });
  assert.deepEqual(await kinds(to('ä@a.example.test')), [true, false]);
  assert.deepEqual(await kinds(to('a@a.example.test')), [false, false]);
  assert.deepEqual(await kinds({ message: () => ({ raw: Buffer.from('A: ä\n\nx'), expect: null }) }), [
    true,
    true,
  ]);
  assert.deepEqual(await kinds({ message: () => parts({ text: 'ä', encoding: '8bit' }) }), [false, true]);
});

test('sizes are exact, and messages of one size share what they have in common', async () => {
  const { source } = await madeSource({
    message: (number) => ({ sizeBytes: 600 + (number % 100), expect: null }),
  });
  for (let number = 0; number < 200; number++) {
    const outgoing = source.next(number, false);
    assert.equal(outgoing.sizeBytes, 600 + (number % 100));
    assert.equal(parseStamp(unstuff(wireOf(outgoing.content)))?.number, number);
  }
  assert.equal(source.next(3, false).content.tail, source.next(103, false).content.tail);
});

test('whoever sends the sized messages, they come from a fixed address', async () => {
  const { source } = await madeSource({
    envelope: (number) => ({ from: `me${number}@a.example.test`, to: ['x@a.example.test'], expect: null }),
    message: () => ({ sizeBytes: 1000, expect: null }),
  });
  const from = (number: number) => headersOf(unstuff(wireOf(source.next(number, false).content))).from;
  assert.deepEqual([from(0), from(1)], ['sender@example.test', 'sender@example.test']);
});

test('an expectation of the envelope beats that of the message', async () => {
  const envelope = (expect: Expectation | null) => () => ({ from: '', to: ['a@a.example.test'], expect });
  const message = () => parts({ text: 'x' }, REFUSED);
  const both = await madeSource({ envelope: envelope({ ...REFUSED, code: 551 }), message });
  assert.equal(both.source.next(0, false).expect?.code, 551);
  const one = await madeSource({ envelope: envelope(null), message });
  assert.equal(one.source.next(0, false).expect?.code, 550);
});

test('what cannot be composed is refused as a mistake of the code', async () => {
  const cases: [MadeMessage, RegExp][] = [
    [parts({ text: 'x', headers: { 'X-A': 'a\r\nBcc: b@example.test' } }), /MESSAGE_HEADER_UNSAFE/],
    [parts({ text: 'x', headers: { 'Message-ID': '<mine>' } }), /MESSAGE_HEADER_RESERVED/],
    [parts({ text: 'ä', encoding: '7bit' }), /MESSAGE_ENCODING_UNFIT/],
    [{ sizeBytes: 100, expect: null }, /MESSAGE_SIZE_TOO_SMALL/],
    [{ raw: Buffer.from('\0'), expect: null }, /MESSAGE_RAW_UNFIT/],
  ];
  for (const [made, expected] of cases) {
    const { source } = await madeSource({ message: () => made });
    assert.throws(
      () => source.next(0, false),
      (error) => error instanceof CodeError && expected.test(error.message),
    );
  }
});
