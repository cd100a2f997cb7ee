import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  chooseMarker,
  countSeq,
  fillHeaderSeq,
  findMarkers,
  unsplitMarkers,
} from '#src/message/placeholder.js';
import { decodeQuotedPrintable, decodeWords } from './wire.js';

const MARKER = chooseMarker([], 0);

test('a marker has the width of a number and occurs in none of the texts', () => {
  const first = chooseMarker(['a text'], 0);
  const second = chooseMarker([`in ${first.toUpperCase()} here`], 0);
  assert.match(first, /^[a-z][a-z0-9]{9}$/);
  assert.equal(second.length, 10);
  assert.notEqual(second, first);
  assert.notEqual(chooseMarker(['a text'], 1), first);
});

test('an ASCII header value is filled as it is', () => {
  assert.equal(fillHeaderSeq('Subject', 'No {{seq}} of {{seq}}', 'M'), 'No M of M');
  assert.equal(countSeq('No {{seq}} of {{seq}}'), 2);
});

test('a header value that needs encoding keeps its markers in words of their own and decodes to itself', () => {
  const piece = fc.oneof(
    fc.constant('{{seq}}'),
    fc.string({ unit: fc.constantFrom('ü', 'a', ' ', '№', '"', '_', '=') }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const value = `ü${pieces.join('')}.`;
      const filled = fillHeaderSeq('Subject', value, MARKER);
      if (!value.includes('{{seq}}')) return;
      assert.equal(findMarkers(Buffer.from(filled), MARKER).length, countSeq(value));
      assert.equal(decodeWords(filled), value.replaceAll('{{seq}}', MARKER));
    }),
  );
});

test('a structured field is left to the composer', () => {
  assert.equal(fillHeaderSeq('Reply-To', '"Ü" <a{{seq}}@b.test>', 'M'), '"Ü" <aM@b.test>');
});

test('a marker split by a soft line break at any place is put together, and the text stays the same', () => {
  for (let cut = 1; cut < MARKER.length; cut++) {
    const split = `before ${MARKER.slice(0, cut)}=\r\n${MARKER.slice(cut)} behind\r\n${MARKER}\r\n`;
    const whole = unsplitMarkers(Buffer.from(split), MARKER);
    assert.equal(findMarkers(whole, MARKER).length, 2);
    assert.equal(decodeQuotedPrintable(whole.toString()), decodeQuotedPrintable(split));
  }
});
