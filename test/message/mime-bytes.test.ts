import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import MailComposer, { type MailComposerOptions } from 'nodemailer/lib/mail-composer';
import { mimeBytes } from '#src/message/mime-bytes.js';

/** What nodemailer would not write twice alike by itself. */
const FIXED = {
  from: 'a@sender.example.test',
  messageId: '<1@sender.example.test>',
  date: 'Thu, 01 Jan 1970 00:00:00 +0000',
  baseBoundary: 'fixed',
};

/** But for soft line breaks: where quoted-printable is broken depends on how its stream was fed (RFC 2045 §6.7, rule 5). */
function assertAsNodemailer(built: Buffer, mail: MailComposerOptions): void {
  const ours = mimeBytes(mail).toString('latin1');
  assert.equal(withoutSoftBreaks(ours), withoutSoftBreaks(built.toString('latin1')));
  for (const line of ours.split('\r\n')) assert.ok(!line.endsWith('=') || line.length <= 76, line);
}

function withoutSoftBreaks(text: string): string {
  return text.replaceAll('=\r\n', '');
}

const build = (mail: MailComposerOptions) =>
  new MailComposer({ ...mail, newline: 'win', disableFileAccess: true }).compile().build();

test('messages are byte for byte those of nodemailer, but for soft line breaks', async () => {
  const text = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc
      .array(fc.constantFrom('word ', '=', 'ä', '\r\n', 'x'.repeat(90), ' \r\n', '\t'), { maxLength: 30 })
      .map((a) => a.join('')),
  );
  const line = fc.string({ unit: 'grapheme', maxLength: 120 }).map((s) => s.replace(/[\r\n\0]/g, ''));
  const attachment = fc.record({
    filename: fc.constantFrom('a.pdf', 'a.txt', 'Zeugnis über alles.pdf', 'mail.eml', 'a b;c.png'),
    content: fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
      fc.constant(Buffer.from('From: a@example.test\nSubject: x\n\nold\n')),
    ),
  });
  const mails = fc.record({
    subject: line,
    text: fc.option(text, { nil: undefined }),
    html: fc.option(text, { nil: undefined }),
    attachments: fc.array(attachment, { maxLength: 3 }),
    encoding: fc.constantFrom(undefined, 'base64', 'quoted-printable'),
  });
  await fc.assert(
    fc.asyncProperty(mails, async ({ encoding, text: plain, html, ...rest }) => {
      const mail = {
        ...FIXED,
        ...rest,
        ...(plain === undefined ? {} : { text: plain.replace(/\r\n?|\n/g, '\r\n') }),
        ...(html === undefined ? {} : { html: html.replace(/\r\n?|\n/g, '\r\n') }),
        ...(encoding === undefined ? {} : { encoding }),
      };
      assertAsNodemailer(await build(mail), mail);
    }),
    { numRuns: 300 },
  );
});

test('inline images stand beside the html that shows them, as nodemailer puts them', async () => {
  const mail = {
    ...FIXED,
    subject: 'with a logo',
    text: 'plain',
    html: '<img src="cid:logo">',
    attachments: [
      { filename: 'logo.png', content: Buffer.alloc(5_000, 1), cid: 'logo' },
      { filename: 'terms.pdf', content: Buffer.alloc(300, 2) },
    ],
  };
  assertAsNodemailer(await build(mail), mail);
});

test('a file that a mail names is not opened', () => {
  const mail = { ...FIXED, subject: 'x', attachments: [{ filename: 'passwd', path: '/etc/passwd' }] };
  assert.throws(() => mimeBytes(mail));
});
