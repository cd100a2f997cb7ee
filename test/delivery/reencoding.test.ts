import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isReencoded } from '#src/delivery/reencoding.js';
import { bodyDigest, parseStamp } from '#src/message/stamp.js';
import { fixture, fixtures } from './fixture.js';

const TEXT = 'Content-Type: text/plain; charset=utf-8\r\n';
const EIGHT_BIT = `${TEXT}Content-Transfer-Encoding: 8bit\r\n`;

for (const name of fixtures('arrivals')) {
  test(`what Postfix made of ${name} for a next hop without 8BITMIME is the same once undone`, () => {
    const message = fixture(name);
    assert.equal(isReencoded(message, sentDigest(message)), true);
  });

  test(`${name} with one character changed is not the same`, () => {
    const message = fixture(name);
    const text = message.toString('latin1');
    const at = Math.max(text.lastIndexOf('Gr=C3'), text.lastIndexOf('short'));
    message[at] = 'X'.charCodeAt(0);
    assert.equal(isReencoded(message, sentDigest(fixture(name))), false);
  });
}

test('a text turned into base64 is the same once undone', () => {
  const body = 'Grüße\r\nüber\r\n';
  const encoded = Buffer.from(body).toString('base64');
  const message = `${TEXT}Content-Transfer-Encoding: base64\r\n\r\n${encoded}\r\n`;
  assert.equal(isReencoded(Buffer.from(message), digestOf(body)), true);
});

test('the note that sendmail leaves in the header of a converted part is taken out', () => {
  const sent = `--b\r\n${EIGHT_BIT}\r\nä\r\n--b--\r\n`;
  const note = 'X-MIME-Autoconverted: from 8bit to quoted-printable by mx id 1\r\n';
  const arrived = `--b\r\n${TEXT}Content-Transfer-Encoding: quoted-printable\r\n${note}\r\n=C3=A4\r\n--b--\r\n`;
  const message = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${arrived}`;
  assert.equal(isReencoded(Buffer.from(message), digestOf(sent)), true);
});

test('a message of over 32 MiB is not examined', () => {
  const body = 'ä'.repeat(2_000_000);
  const arrived = (bytes: number) =>
    Buffer.from(`X: ${'x'.repeat(bytes)}\r\n${TEXT}${QUOTED}\r\n${'=C3=A4'.repeat(2_000_000)}`);
  assert.equal(isReencoded(arrived(1), digestOf(body)), true);
  assert.equal(isReencoded(arrived(22_000_000), digestOf(body)), false);
});

test('a copy stored with LF alone is examined alike', () => {
  const message = fixture('arrivals/alternative-8bit.eml');
  const stored = Buffer.from(message.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
  assert.equal(isReencoded(stored, sentDigest(message)), true);
});

test('whichever of up to six encoded parts a relay converted, it is found', () => {
  const part = fc.record({ text: fc.stringMatching(/^[a-zä=]{1,8}$/), isConverted: fc.boolean() });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      const sent = parts.map(({ text, isConverted }) =>
        isConverted ? `${EIGHT_BIT}\r\n${text}` : `${TEXT}${QUOTED}\r\n${quoted(text)}`,
      );
      const arrived = parts.map(({ text }) => `${TEXT}${QUOTED}\r\n${quoted(text)}`);
      fc.pre(parts.some(({ isConverted }) => isConverted));
      const message = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${join(arrived)}`;
      assert.equal(isReencoded(Buffer.from(message), digestOf(join(sent))), true);
    }),
    { numRuns: 100 },
  );
});

test('a message of ever deeper and ever more parts is given up, not followed', () => {
  const nested = '--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'.repeat(20_000);
  const many = `--b\r\n${QUOTED}\r\n=41\r\n`.repeat(20_000);
  for (const body of [nested, many]) {
    const message = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${body}`;
    assert.equal(isReencoded(Buffer.from(message), '0000000000000000'), false);
  }
});

const QUOTED = 'Content-Transfer-Encoding: quoted-printable\r\n';

function quoted(text: string): string {
  return text.replaceAll('=', '=3D').replaceAll('ä', '=C3=A4');
}

function join(parts: readonly string[]): string {
  return `${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`;
}

function sentDigest(message: Buffer): string {
  return parseStamp(message)?.bodyDigest ?? assert.fail('no stamp');
}

function digestOf(body: string): string {
  return bodyDigest(Buffer.from(body));
}
