import assert from 'node:assert/strict';
import { test } from 'node:test';
import { md4 } from '#src/smtp/sasl/md4.js';

test('the test suite of RFC 1320 (appendix A.5) holds', () => {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz';
  const digests: Readonly<Record<string, string>> = {
    '': '31d6cfe0d16ae931b73c59d7e0c089c0',
    a: 'bde52cb31de33e46245e05fbdbd6fb24',
    abc: 'a448017aaf21d8525fc10ae87aa6729d',
    'message digest': 'd9130a8164549fe818874806e1c7014b',
    [alphabet]: 'd79e1c308aa5bbcdeea8ed63df412da9',
    [`${alphabet.toUpperCase()}${alphabet}0123456789`]: '043f8582f241db351ce627e153e7f0e4',
    ['1234567890'.repeat(8)]: 'e33b4ddc9c38f2199c3e7b164fcc0536',
  };
  for (const [text, digest] of Object.entries(digests)) {
    assert.equal(md4(Buffer.from(text)).toString('hex'), digest, text);
  }
});

test('a length that leaves no room for itself takes another block', () => {
  const digests = [55, 56, 63, 64].map((length) => md4(Buffer.alloc(length, 'a')).toString('hex'));
  assert.equal(new Set(digests).size, 4);
  // NTOWFv1 of MS-NLMP §4.2.2.1.2.
  assert.equal(md4(Buffer.from('Password', 'utf16le')).toString('hex'), 'a4f49c406510bdcab6824ee7c30fd852');
});
