import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodedContent, findField, mimeText, parseMime, walk } from '#src/delivery/mime.js';

test('parts lie between their delimiters, preamble and epilogue in none', () => {
  const text = [
    'Content-Type: multipart/mixed;',
    ' boundary="a b"',
    '',
    'preamble',
    '--a bc',
    'x--a b',
    '--a b',
    'Content-Type: TEXT/html; charset=utf-8',
    '',
    'one',
    '--a b  ',
    '',
    'two',
    '--a b--',
    'epilogue',
  ].join('\r\n');
  const { type, parts } = parseMime(text);
  assert.equal(type, 'multipart/mixed');
  assert.deepEqual(
    parts.map((part) => [part.type, decodedContent(text, part)]),
    [
      ['text/html', 'one'],
      ['text/plain', 'two'],
    ],
  );
});

test('a message in a message is a part, unless it is encoded', () => {
  const inner = 'Subject: x\r\nContent-Type: text/html\r\n\r\nhi';
  const plain = parseMime(`Content-Type: message/rfc822\r\n\r\n${inner}`);
  assert.equal(plain.parts[0]?.type, 'text/html');
  const encoded = parseMime(
    `Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n${inner}`,
  );
  assert.deepEqual(encoded.parts, []);
});

test('quoted-printable is undone, and what is malformed stays', () => {
  const text = 'Content-Transfer-Encoding: quoted-printable\r\n\r\na=C3=a4=3D= \t\r\nb=\r\n=zz=4 = x=';
  assert.equal(decodedContent(text, parseMime(text)), 'a\xc3\xa4=b=zz=4 = x=');
});

test('every octet can be written as quoted-printable, in digits of either case', () => {
  const octets = Array.from({ length: 256 }, (_, octet) => octet);
  for (const digitsOf of [(hex: string) => hex, (hex: string) => hex.toUpperCase()]) {
    const encoded = octets.map((octet) => `=${digitsOf(octet.toString(16).padStart(2, '0'))}`).join('');
    const text = `Content-Transfer-Encoding: quoted-printable\r\n\r\n${encoded}`;
    assert.equal(decodedContent(text, parseMime(text)), String.fromCharCode(...octets));
  }
});

test('a part that is not closed goes to the end', () => {
  const text = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nopen';
  assert.deepEqual(
    parseMime(text).parts.map((part) => decodedContent(text, part)),
    ['open'],
  );
});

test('a folded field is read as one line, and its place is told', () => {
  const text = 'A: 1\r\nLong: x\r\n\ty\r\nB: 2\r\n\r\nLong: not this\r\n';
  const field = findField(text, parseMime(text), 'long');
  assert.deepEqual(field, { start: 6, end: 19, value: 'x\ty' });
});

test('lone line feeds become line ends', () => {
  assert.equal(mimeText(Buffer.from('a\nb\r\nc\rd')), 'a\r\nb\r\nc\rd');
});

test('depth and number of parts are bounded, whatever comes', () => {
  const nested = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n'.repeat(1_000);
  const many = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(10_000)}`;
  for (const text of [nested, many]) assert.ok([...walk(parseMime(text))].length <= 200);
});

test('whatever the bytes, parts lie within their whole and in order', () => {
  const piece = fc.constantFrom(
    'Content-Type: multipart/mixed; boundary=b',
    '--b',
    '--b--',
    '\r\n',
    '\r\n\r\n',
    'x',
    'Content-Type: message/rfc822',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const text = pieces.join('');
      for (const entity of walk(parseMime(text))) {
        assert.ok(entity.start <= entity.bodyStart && entity.bodyStart <= entity.end);
        let from = entity.bodyStart;
        for (const part of entity.parts) {
          assert.ok(part.start >= from && part.end <= entity.end, text);
          from = part.end;
        }
      }
    }),
    { numRuns: 2_000 },
  );
});
