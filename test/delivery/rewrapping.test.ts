/** Bodies that are encoded as before, in other lines. The messages are our own, as runs send them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { examineArrival } from '#src/delivery/arrival.js';
import { composeMessage } from '#src/message/compose.js';
import type { TemplateMessage } from '#src/scenario/scenario.js';
import { dotStuff, template, unstuff, wireOf } from '../message/wire.js';

const WORDS = fc.array(fc.constantFrom('Grüße', 'plain', 'a=b', '東京', '{{seq}}', '.', 'x'.repeat(90)), {
  minLength: 20,
  maxLength: 60,
});

test('quoted-printable with other soft line breaks is the same', async () => {
  await fc.assert(
    fc.asyncProperty(WORDS, fc.integer({ min: 20, max: 75 }), async (words, width) => {
      const message = await sent({
        text: `${words.join(' ')}\n${words.join(' ')}\n`,
        encoding: 'quoted-printable',
      });
      const arrived = withBody(message, (body) => requoted(body, width));
      assert.deepEqual(verdictOf(arrived), { intact: false, reencoded: true });
    }),
    { numRuns: 60 },
  );
});

test('base64 in shorter lines is the same, in one part of several too', async () => {
  const message = await sent({
    text: 'Grüße '.repeat(50),
    html: `<p>${'über '.repeat(50)}</p>`,
    encoding: 'base64',
  });
  const arrived = withBody(message, (body) =>
    body.replace(/^[A-Za-z0-9+/=]{61,76}$/gm, (line) => line.replace(/.{60}/, '$&\r\n')),
  );
  assert.notEqual(arrived.length, message.length);
  assert.deepEqual(verdictOf(arrived), { intact: false, reencoded: true });
});

test('with one letter changed it is not', async () => {
  const message = await sent({ text: 'Grüße und mehr '.repeat(20), encoding: 'quoted-printable' });
  const arrived = withBody(message, (body) => requoted(body, 60).replace('mehr', 'Mehr'));
  assert.deepEqual(verdictOf(arrived), { intact: false, reencoded: undefined });
});

test('over 1 MiB it is not tried', async () => {
  const message = await sent({ text: 'Grüße '.repeat(100_000), encoding: 'quoted-printable' });
  const arrived = withBody(message, (body) => requoted(body, 60));
  assert.deepEqual(verdictOf(arrived), { intact: false, reencoded: undefined });
});

async function sent(words: Partial<TemplateMessage>): Promise<Buffer> {
  const options = {
    run: '20261122-160141-a1b2c3',
    from: 'sender@a.example.test',
    encode: dotStuff,
    signedAtMs: 0,
  };
  const variant = await composeMessage(template(words), options);
  return unstuff(wireOf(variant.content(17, false)));
}

function withBody(message: Buffer, change: (body: string) => string): Buffer {
  const text = message.toString('latin1');
  const at = text.indexOf('\r\n\r\n') + 4;
  return Buffer.from(text.slice(0, at) + change(text.slice(at)), 'latin1');
}

/** As a filter does it that knows nothing of words: soft line breaks taken out, and put in where a line is full. */
function requoted(body: string, width: number): string {
  return body
    .replaceAll('=\r\n', '')
    .split('\r\n')
    .map((line) =>
      line.replace(new RegExp(`((?:=[0-9A-F]{2}|[^=]){${Math.floor(width / 3)}})(?=.)`, 'g'), '$1=\r\n'),
    )
    .join('\r\n');
}

function verdictOf(message: Buffer): { intact: boolean | null; reencoded: boolean | undefined } {
  const { intact, reencoded } = examineArrival(message);
  return { intact, reencoded };
}
