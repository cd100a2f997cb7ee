import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { originalRecipient, utf8Bytes, xtext } from '#src/smtp/xtext.js';

const decoded = (text: string) =>
  Buffer.from(
    text.replace(/\+([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');

test('plus, equals, blanks and what is no printable ASCII are escaped, and nothing else', () => {
  assert.equal(xtext('a+b=c d~!'), 'a+2Bb+3Dc+20d~!');
  assert.equal(xtext('ü\n'), '+C3+BC+0A');
});

test('what is escaped can be read again, and stands on one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.match(xtext(text), /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/);
      assert.equal(decoded(xtext(text)), text);
    }),
  );
});

test('an original recipient beyond ASCII has a type of its own', () => {
  assert.equal(originalRecipient('a+b@x.test'), 'rfc822;a+2Bb@x.test');
  assert.equal(originalRecipient('ü+=\\ b@x.test'), utf8Bytes('utf-8;ü\\x{2B}\\x{3D}\\x{5C}\\x{20}b@x.test'));
});

test('a command line has one character per byte', () => {
  assert.equal(utf8Bytes('abc'), 'abc');
  assert.equal(utf8Bytes('jü€'), Buffer.from('jü€').toString('latin1'));
});
