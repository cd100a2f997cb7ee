import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeMessage } from '#src/message/compose.js';
import { bodyDigest, parseStamp } from '#src/message/stamp.js';
import { leavesOf, type MimePart, mimeTree, shapeOf } from './mime-tree.js';
import { attachment, bodyOf, headersOf, template, wireOf } from './wire.js';

const OPTIONS = {
  run: 'run-1',
  from: 'sender@a.example.test',
  // As with BDAT, so that binary comes through.
  encode: (message: Buffer) => message,
  signedAtMs: 0,
};

async function composed(parts: Parameters<typeof template>[0]): Promise<{ bytes: Buffer; tree: MimePart }> {
  const variant = await composeMessage(template(parts), OPTIONS);
  const bytes = wireOf(variant.content(7, false));
  assert.equal(bytes.length, variant.sizeBytes);
  assert.equal(parseStamp(bytes)?.bodyDigest, bodyDigest(bodyOf(bytes)));
  return { bytes, tree: mimeTree(bytes) };
}

const bytesOf = (length: number) => Buffer.from(Array.from({ length }, (_, index) => (index * 37) % 256));

test('texts are alternatives, what html shows is related to it, attachments are mixed with both', async () => {
  const file = attachment({ filename: 'a.pdf', contentBase64: bytesOf(300).toString('base64') });
  const logo = attachment({
    filename: 'logo.png',
    cid: 'logo',
    contentBase64: bytesOf(200).toString('base64'),
  });
  const shape = async (parts: Parameters<typeof template>[0]) => shapeOf((await composed(parts)).tree);
  const [text, html] = ['Hello {{seq}}', '<img src="cid:logo">{{seq}}'];
  assert.equal(await shape({ text }), 'text/plain');
  assert.equal(await shape({ text, html }), 'multipart/alternative(text/plain, text/html)');
  assert.equal(await shape({ html, attachments: [logo] }), 'multipart/related(text/html, image/png)');
  assert.equal(
    await shape({ attachments: [file, file] }),
    'multipart/mixed(application/pdf, application/pdf)',
  );
  const all = await composed({ text, html, attachments: [file, logo] });
  assert.equal(
    shapeOf(all.tree),
    'multipart/mixed(multipart/alternative(text/plain, multipart/related(text/html, image/png)), application/pdf)',
  );
  const [, , image, pdf] = leavesOf(all.tree) as [MimePart, MimePart, MimePart, MimePart];
  assert.equal(image.headers['content-id'], '<logo>');
  assert.match(image.headers['content-disposition'] ?? '', /^inline/);
  assert.deepEqual(image.content, bytesOf(200));
  assert.match(pdf.headers['content-disposition'] ?? '', /^attachment; filename=a\.pdf/);
  assert.deepEqual(pdf.content, bytesOf(300));
});

test('every encoding of texts decodes to what was written', async () => {
  const text = 'Grüße an alle\n.\nFrom here\n中文\n';
  const crlf = text.replaceAll('\n', '\r\n');
  for (const encoding of ['auto', '8bit', 'binary', 'quoted-printable', 'base64'] as const) {
    const { tree } = await composed({ text, html: `<p>${text}</p>`, encoding });
    const [plain, html] = leavesOf(tree) as [MimePart, MimePart];
    if (encoding !== 'auto') assert.deepEqual([plain.encoding, html.encoding], [encoding, encoding]);
    assert.equal(plain.content.toString(), crlf, encoding);
    assert.equal(html.content.toString().trimEnd(), `<p>${crlf}</p>`, encoding);
  }
  const ascii = await composed({ text: 'Only ASCII', encoding: '7bit' });
  assert.deepEqual([ascii.tree.encoding, ascii.tree.content.toString().trim()], ['7bit', 'Only ASCII']);
});

test('every encoding of attachments decodes to the file, with CRLF where it is sent as lines', async () => {
  const text = 'Grüße,\nüber alles\n';
  const cases = [
    ['auto', 'a.pdf', bytesOf(1_000), 'base64'],
    ['auto', 'a.csv', Buffer.from(text), 'base64'],
    ['base64', 'a.csv', Buffer.from(text), 'base64'],
    ['quoted-printable', 'a.csv', Buffer.from(text), 'quoted-printable'],
    ['8bit', 'a.csv', Buffer.from(text), '8bit'],
    ['7bit', 'a.csv', Buffer.from('a,b\n1,2\n'), '7bit'],
    ['binary', 'a.pdf', bytesOf(1_000), 'binary'],
    ['8bit', 'a.eml', Buffer.from(`Subject: x\n\n${text}`), '8bit'],
  ] as const;
  for (const [encoding, filename, content, sentAs] of cases) {
    const one = attachment({ filename, encoding, contentBase64: content.toString('base64') });
    const { tree } = await composed({ text: 'See', attachments: [one] });
    const part = leavesOf(tree)[1] as MimePart;
    assert.equal(part.encoding, sentAs, `${encoding} ${filename}`);
    const isLines = sentAs === '8bit' || sentAs === '7bit' || sentAs === 'quoted-printable';
    const wanted = isLines ? Buffer.from(content.toString().replaceAll('\n', '\r\n')) : content;
    assert.deepEqual(part.content, wanted, `${encoding} ${filename}`);
  }
});

test('an attachment that does not fit the encoding asked for is refused', async () => {
  const refused = (one: Parameters<typeof attachment>[0], content: Buffer) =>
    assert.rejects(
      composed({
        text: 'x',
        attachments: [attachment({ ...one, contentBase64: content.toString('base64') })],
      }),
      { code: 'MESSAGE_ENCODING_UNFIT' },
    );
  await refused({ filename: 'a.csv', encoding: '7bit' }, Buffer.from('ü'));
  await refused({ filename: 'a.csv', encoding: '8bit' }, Buffer.from(`${'x'.repeat(999)}\n`));
  await refused({ filename: 'a.bin', encoding: '8bit' }, Buffer.from('a\0b'));
  await refused({ filename: 'a.bin', encoding: '8bit' }, Buffer.from('a\rb'));
  await refused({ filename: 'a.pdf', encoding: 'quoted-printable' }, Buffer.from('%PDF'));
  await refused({ filename: 'a.eml', encoding: 'base64' }, Buffer.from('A: b\n\nc\n'));
});

test('generated texts have exactly the size and the lines asked for, up to 998 characters', async () => {
  for (const lineLength of [72, 76, 77, 998]) {
    const { bytes, tree } = await composed({
      text: { sizeBytes: 20_000, lineLength },
      html: { sizeBytes: 30_001, lineLength },
    });
    const [text, html] = leavesOf(tree) as [MimePart, MimePart];
    assert.deepEqual([text.content.length, html.content.length], [20_000, 30_001]);
    assert.deepEqual([text.encoding, html.encoding], ['7bit', '7bit']);
    assert.match(html.content.toString(), /^<!DOCTYPE html>\r\n<html>.*<\/html>\r\n$/s);
    const longest = Math.max(
      ...bytes
        .toString('latin1')
        .split('\r\n')
        .map((line) => line.length),
    );
    assert.ok(longest >= lineLength && longest <= Math.max(lineLength, 120), `${longest} for ${lineLength}`);
  }
  const encoded = await composed({ text: { sizeBytes: 5_000, lineLength: 998 }, encoding: 'base64' });
  assert.deepEqual([encoded.tree.encoding, encoded.tree.content.length], ['base64', 5_000]);
});

test('generated attachments have exactly the size asked for: bytes, or text where that is wanted', async () => {
  const generated = async (parts: Parameters<typeof attachment>[0]) => {
    const { contentBase64: _, ...rest } = attachment(parts) as { contentBase64: string } & ReturnType<
      typeof attachment
    >;
    const { tree } = await composed({ text: 'x', attachments: [{ ...rest, sizeBytes: 10_000 }] });
    return leavesOf(tree)[1] as MimePart;
  };
  const bytes = await generated({ filename: 'a.pdf' });
  assert.equal(bytes.content.length, 10_000);
  assert.ok(bytes.content.some((byte) => byte > 127));
  for (const one of [
    { filename: 'a.txt' },
    { filename: 'a.bin', encoding: '7bit' },
    { filename: 'a.csv', encoding: 'quoted-printable' },
  ] as const) {
    const text = await generated(one);
    assert.equal(text.content.length, 10_000);
    assert.match(text.content.toString('latin1'), /^[A-Za-z \r\n]+$/);
  }
});

test('headers beyond ASCII are encoded words, or raw UTF-8 that only SMTPUTF8 allows', async () => {
  const parts = {
    subject: 'Grüße an {{seq}}',
    text: 'x',
    headers: { 'X-Case': 'Größe {{seq}}', From: 'Jörg <joerg@a.example.test>' },
  };
  const encoded = await composed(parts);
  assert.ok(!(await composeMessage(template(parts), OPTIONS)).hasUtf8Headers);
  assert.match(encoded.tree.headers.subject ?? '', /=\?UTF-8\?Q\?/);
  const raw = { ...parts, headerEncoding: 'utf8' } as const;
  const { tree, bytes } = await composed(raw);
  assert.equal(tree.headers.subject, 'Grüße an 0000000007');
  assert.equal(tree.headers['x-case'], 'Größe 0000000007');
  assert.equal(tree.headers.from, 'Jörg <joerg@a.example.test>');
  assert.equal(bytes.toString().match(/^(From|Subject):/gm)?.length, 2);
  const variant = await composeMessage(template(raw), OPTIONS);
  assert.ok(variant.hasUtf8Headers && variant.is8bit);
});

test('long raw headers are folded', async () => {
  const subject = 'größer '.repeat(60).trim();
  const { tree, bytes } = await composed({ subject, text: 'x', headerEncoding: 'utf8' });
  assert.equal(tree.headers.subject, subject);
  assert.ok(
    bytes
      .toString()
      .split('\r\n')
      .every((line) => line.length <= 100),
  );
});

test('a raw header that cannot be folded within 998 bytes is refused', async () => {
  const word = (bytes: number) =>
    composed({ subject: 'ü'.repeat(bytes / 2), text: 'x', headerEncoding: 'utf8' });
  await assert.rejects(word(1_000), { code: 'MESSAGE_ENCODING_UNFIT' });
  await word(980);
});

test('the From field is one for all messages, also where the reverse-path names the recipient (VERP)', async () => {
  for (const [from, field] of [
    ['bounce+{{verp}}@sender.example.test', 'sender@sender.example.test'],
    ['bounce+{{seq}}@sender.example.test', 'sender@sender.example.test'],
    ['alice@corp.example.test', 'alice@corp.example.test'],
  ] as const) {
    const variant = await composeMessage(template({ text: 'x' }), { ...OPTIONS, from });
    const header = headersOf(wireOf(variant.content(7, false)));
    assert.equal(header.from, field);
  }
});
