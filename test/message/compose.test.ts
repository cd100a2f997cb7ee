import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { composeMessage, MIN_SIZE_BYTES } from '#src/message/compose.js';
import { chooseMarker } from '#src/message/placeholder.js';
import { bodyDigest, parseStamp } from '#src/message/stamp.js';
import type { ComposedEntry } from '#src/scenario/scenario.js';
import {
  attachment,
  bodyOf,
  decodeQuotedPrintable,
  decodeWords,
  dotStuff,
  headersOf,
  partsOf,
  SENT_AT_US,
  sized,
  template,
  unstuff,
  wireOf,
} from './wire.js';

const OPTIONS = {
  run: '20261122-160141-a1b2c3',
  from: 'sender@a.example.test',
  encode: dotStuff,
  signedAtMs: 0,
};

async function composed(entry: ComposedEntry, number: number, from = OPTIONS.from): Promise<Buffer> {
  const variant = await composeMessage(entry, { ...OPTIONS, from });
  const message = unstuff(wireOf(variant.content(number, false)));
  assert.equal(message.length, variant.sizeBytes);
  return message;
}

/** What every message must be, whatever it is made from. */
function requireSound(message: Buffer, number: number): void {
  const stamp = parseStamp(message);
  const digest = bodyDigest(bodyOf(message));
  assert.deepEqual(stamp, {
    run: OPTIONS.run,
    number,
    isWarmup: false,
    sentAtUs: SENT_AT_US,
    bodyDigest: digest,
  });
  const text = message.toString('latin1');
  assert.ok(text.startsWith('X-Mailbench: '));
  assert.doesNotMatch(text, /[^\r]\n|\r[^\n]|\0/);
  assert.ok(text.split('\r\n').every((line) => line.length <= 998));
  assert.doesNotMatch(text, /\{\{seq\}\}|zqx7k/);
}

test('a sized message is exactly as long as asked, and sound, from 512 bytes up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: MIN_SIZE_BYTES, max: 100_000 }), fc.nat(), async (size, number) => {
      const message = await composed(sized(size), number);
      assert.equal(message.length, size);
      requireSound(message, number);
      const lines = message.toString('latin1').split('\r\n');
      assert.ok(lines.slice(1).every((line) => line.length <= 76));
    }),
    { numRuns: 60 },
  );
});

test('a message over 128 KiB, where nodemailer would change its encoding, is exact too', async () => {
  const message = await composed(sized(300_001), 1);
  assert.equal(message.length, 300_001);
  assert.equal(headersOf(message)['content-transfer-encoding'], '7bit');
});

test('a sized message has the headers of a real one', async () => {
  const headers = headersOf(await composed(sized(1024), 7));
  assert.equal(headers.from, 'sender@a.example.test');
  assert.equal(headers.to, 'recipients@example.test');
  assert.equal(headers.subject, 'Load test message 0000000007');
  assert.equal(headers['message-id'], '<0000000007.20261122-160141-a1b2c3@mailbench.example>');
  assert.equal(headers.date, 'Mon, 24 Nov 2025 16:00:00 +0000');
  assert.equal(headers['mime-version'], '1.0');
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(headers['content-transfer-encoding'], '7bit');
});

test('a size that has no room for its headers is refused with the least that has', async () => {
  await assert.rejects(composeMessage(sized(511), OPTIONS), {
    code: 'MESSAGE_SIZE_TOO_SMALL',
    hint: /512 bytes/,
  });
  const from = `${'x'.repeat(200)}@example.test`;
  const error = await composeMessage(sized(512), { ...OPTIONS, from }).catch((reason) => reason);
  assert.equal(error.code, 'MESSAGE_SIZE_TOO_SMALL');
  const least = Number(/\d+/.exec(error.hint)?.[0]);
  assert.ok(least > 512);
  assert.equal((await composeMessage(sized(least), { ...OPTIONS, from })).sizeBytes, least);
  await assert.rejects(composeMessage(sized(least - 1), { ...OPTIONS, from }), {
    code: 'MESSAGE_SIZE_TOO_SMALL',
  });
});

test('the longest run token still fits the smallest message, on unfolded lines', async () => {
  const run = 'r'.repeat(32);
  const variant = await composeMessage(sized(512), { ...OPTIONS, run });
  const message = unstuff(wireOf(variant.content(3, false)));
  assert.equal(parseStamp(message)?.run, run);
  assert.match(message.toString('latin1'), /\r\nMessage-ID: <0000000003\.r{32}@mailbench\.example>\r\n/);
});

test('a run token that fits no stamp is a bug', async () => {
  await assert.rejects(composeMessage(sized(1024), { ...OPTIONS, run: 'a b' }), { code: 'BUG' });
});

test('From follows a fixed sender, keeps the domain of a varying one, and is never empty', async () => {
  const from = async (pattern: string) => headersOf(await composed(sized(1024), 1, pattern)).from;
  assert.equal(await from('bounce-{{seq}}@b.example.test'), 'sender@b.example.test');
  assert.equal(await from('b@{{seq}}.example.test'), 'sender@example.test');
  assert.equal(await from(''), 'sender@example.test');
});

test('placeholders come through in subject, text, html and headers', async () => {
  const entry = template({
    subject: 'Invoice {{seq}}',
    text: 'Number {{seq}}\nand {{seq}}',
    html: '<b>{{seq}}</b>',
    headers: { 'X-Case': 'c-{{seq}}', 'Reply-To': 'Ann <r{{seq}}@{{seq}}.Example.test>' },
  });
  const message = await composed(entry, 42);
  requireSound(message, 42);
  const headers = headersOf(message);
  assert.equal(headers.subject, 'Invoice 0000000042');
  assert.equal(headers['x-case'], 'c-0000000042');
  assert.equal(headers['reply-to'], 'Ann <r0000000042@0000000042.example.test>');
  const [text, html] = partsOf(message);
  assert.equal(text?.body.trimEnd(), 'Number 0000000042\r\nand 0000000042');
  assert.equal(html?.body.trimEnd(), '<b>0000000042</b>');
});

test('a template in any script decodes to itself, with its numbers, wherever lines break', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '{{seq}}',
      '\n',
      '\r',
      '\n.',
      ' ',
      'x'.repeat(60),
      'Grüße',
      'Привет',
      '日本',
      '=',
      '"quoted"',
      '\t',
    ),
    fc.string({ maxLength: 20, unit: fc.constantFrom('a', '.', ' ', 'ж') }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 30 }), async (pieces) => {
      const text = `${pieces.join('')}|`;
      const subject = `${pieces.join('').replaceAll(/[\r\n\t]/g, '')}|{{seq}}`;
      const message = await composed(template({ text, subject }), 9_876_543_210);
      requireSound(message, 9_876_543_210);
      const filled = (source: string) => source.replaceAll('{{seq}}', '9876543210');
      const headers = headersOf(message);
      const body = bodyOf(message).toString('latin1');
      const isPlain = headers['content-transfer-encoding'] === '7bit';
      if (text.includes('{{seq}}') || isPlain) {
        const decoded = isPlain ? body : decodeQuotedPrintable(body);
        assert.equal(decoded.trimEnd(), filled(text).replaceAll(/\r\n?|\n/g, '\r\n'));
      }
      assert.ok(
        body.split('\r\n').every((line) => line.length <= 76),
        body,
      );
      // White space at a fold may come out as one space or many; words must not.
      const squeeze = (value: string) => value.replaceAll(/\s+/g, ' ').trim();
      assert.equal(squeeze(decodeWords(headers.subject ?? '')), squeeze(filled(subject)));
    }),
    { numRuns: 150 },
  );
});

test('attachments arrive byte for byte, under their names', async () => {
  const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 31) % 256));
  const attachments = [
    attachment({ filename: 'bytes.bin', contentBase64: bytes.toString('base64') }),
    attachment({
      filename: 'Größe.txt',
      contentType: 'text/plain',
      contentBase64: Buffer.from('.\nü {{seq}}\n').toString('base64'),
    }),
  ];
  const message = await composed(template({ text: 'See {{seq}}', attachments }), 1);
  requireSound(message, 1);
  const [, first, second] = partsOf(message);
  assert.match(first?.head ?? '', /filename=bytes\.bin/);
  assert.deepEqual(Buffer.from(first?.body ?? '', 'base64'), bytes);
  assert.match(second?.head ?? '', /^Content-Type: text\/plain/m);
  assert.equal(Buffer.from(second?.body ?? '', 'base64').toString(), '.\nü {{seq}}\n');
});

test('everything composed is 7bit, but an attached message is passed on as it is and said to be 8bit', async () => {
  const text = await composeMessage(template({ text: 'Grüße {{seq}}', subject: 'Grüße' }), OPTIONS);
  assert.ok(!text.is8bit && !text.hasUtf8Headers);
  const attached = attachment({
    filename: 'm.eml',
    contentType: 'message/rfc822',
    contentBase64: Buffer.from('A: b\n\nü\n').toString('base64'),
  });
  const nested = await composeMessage(template({ text: 'x', attachments: [attached] }), OPTIONS);
  assert.ok(nested.is8bit && !nested.hasUtf8Headers);
  const utf8 = await composeMessage(sized(1024), { ...OPTIONS, from: 'jürgen@x.example.test' });
  assert.ok(utf8.is8bit && utf8.hasUtf8Headers);
});

test('the same entry composes to the same bytes, boundaries included', async () => {
  const entry = template({ text: 'a', html: 'b', attachments: [] });
  assert.deepEqual(await composed(entry, 5), await composed(entry, 5));
});

test('headers of the entry may name From and To', async () => {
  const headers = { from: 'Ann <ann@b.example.test>', To: 'list@b.example.test' };
  const message = await composed(template({ text: 'x', headers }), 1);
  assert.equal(headersOf(message).from, 'Ann <ann@b.example.test>');
  assert.equal(headersOf(message).to, 'list@b.example.test');
  assert.equal(message.toString().match(/^(From|To):/gim)?.length, 2);
});

test('line breaks and NUL in headers, subjects and attachment names are refused', async () => {
  for (const bad of ['a\r\nBcc: x@y.test', 'a\nb', 'a\rb', 'a\0b']) {
    const entries = [
      template({ subject: bad }),
      template({ headers: { 'X-A': bad } }),
      template({ headers: { [bad]: 'x' } }),
      template({ attachments: [attachment({ filename: bad })] }),
      template({ attachments: [attachment({ contentType: bad })] }),
    ];
    for (const entry of entries) {
      await assert.rejects(composeMessage(entry, OPTIONS), { code: 'MESSAGE_HEADER_UNSAFE' });
    }
  }
});

test('headers that mailbench writes itself are refused, in any case', async () => {
  for (const name of ['X-Mailbench', 'date', 'MESSAGE-ID', 'Content-Type', 'subject', 'Bcc']) {
    const entry = template({ headers: { [name]: 'x' } });
    await assert.rejects(composeMessage(entry, OPTIONS), { code: 'MESSAGE_HEADER_RESERVED' });
  }
});

test('a placeholder that composing would tear apart is refused', async () => {
  const headers = { 'Reply-To': `Ü${'x'.repeat(30)}{{seq}} <a@b.example.test>` };
  await assert.rejects(composeMessage(template({ headers }), OPTIONS), { code: 'MESSAGE_PLACEHOLDER_LOST' });
});

test('an attachment that happens to hold the marker is left alone', async () => {
  const first = chooseMarker([], 0);
  // 12 base64 characters that spell the marker: ten of it and two more.
  const content = Buffer.from(`${first}aa`, 'base64');
  const attachments = [attachment({ filename: 'x.bin', contentBase64: content.toString('base64') })];
  const message = await composed(template({ text: '{{seq}}', attachments }), 77);
  requireSoundBut(message, first);
  assert.deepEqual(Buffer.from(partsOf(message)[1]?.body ?? '', 'base64'), content);
});

function requireSoundBut(message: Buffer, allowed: string): void {
  const text = message.toString('latin1');
  assert.equal(text.split(allowed).length - 1, 1);
  assert.match(text, /\r\nMessage-ID: <0000000077\./);
  assert.equal(partsOf(message)[0]?.body.trimEnd(), '0000000077');
}

test('an 8bit template goes out as it stands, needs 8BITMIME, and its numbers are filled in', async () => {
  const entry = template({
    encoding: '8bit',
    text: 'Gr\u00fc\u00dfe {{seq}}\n.dot',
    html: '<p>\u4e2d {{seq}}</p>',
    attachments: [attachment({ filename: 'a.txt', contentType: 'text/plain', contentBase64: 'YQ==' })],
  });
  const message = await composed(entry, 12);
  requireSound(message, 12);
  const text = message.toString('utf8');
  assert.match(text, /Content-Transfer-Encoding: 8bit\r\n\r\nGr\u00fc\u00dfe 0000000012\r\n\.dot\r\n/);
  assert.match(text, /Content-Transfer-Encoding: 8bit\r\n\r\n<p>\u4e2d 0000000012<\/p>\r\n/);
  assert.equal((await composeMessage(entry, OPTIONS)).is8bit, true);
  assert.doesNotMatch(text, /text-[0-9a-f]{16}|html-[0-9a-f]{16}/);
});

test('quoted-printable and base64 are used where a template asks for them, and auto leaves ASCII alone', async () => {
  const encodingOf = async (parts: Parameters<typeof template>[0]) => {
    const message = await composed(template({ text: 'plain', ...parts }), 1);
    requireSound(message, 1);
    return [headersOf(message)['content-transfer-encoding'], bodyOf(message).toString('latin1').trim()];
  };
  assert.deepEqual(await encodingOf({}), ['7bit', 'plain']);
  assert.deepEqual(await encodingOf({ encoding: '7bit' }), ['7bit', 'plain']);
  assert.deepEqual(await encodingOf({ encoding: '8bit' }), ['8bit', 'plain']);
  assert.deepEqual(await encodingOf({ encoding: 'quoted-printable' }), ['quoted-printable', 'plain']);
  assert.deepEqual(await encodingOf({ encoding: 'base64' }), ['base64', 'cGxhaW4=']);
});

test('a text that does not fit the encoding asked for is refused', async () => {
  const refused = (parts: Parameters<typeof template>[0], code = 'MESSAGE_ENCODING_UNFIT') =>
    assert.rejects(composeMessage(template(parts), OPTIONS), { code });
  await refused({ encoding: '7bit', text: 'Gr\u00fc\u00dfe' });
  await refused({ encoding: '8bit', html: '\u4e2d'.repeat(333) });
  await refused({ encoding: '8bit', text: 'a\0b' });
  await refused({ encoding: 'base64', text: '{{seq}}' }, 'MESSAGE_PLACEHOLDER_LOST');
  await composeMessage(template({ encoding: '8bit', text: '\u4e2d'.repeat(332) }), OPTIONS);
});
