import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReturnedFault, readEnvelope, readMessage, readPacing } from '#src/code/returned.js';
import type { Attachment } from '#src/scenario/scenario.js';

function faultOf(read: unknown): string {
  assert.ok(read instanceof ReturnedFault, JSON.stringify(read));
  return read.what;
}

test('parts may name encodings, and what html shows', () => {
  const attachments = [{ filename: 'a.png', content: 'abc', cid: 'logo', encoding: 'base64' }];
  const made = readMessage({ html: 'x', headerEncoding: 'utf8', attachments });
  assert.ok('parts' in made);
  assert.equal(made.parts.headerEncoding, 'utf8');
  const [{ cid, encoding, probability }] = made.parts.attachments as [Attachment];
  assert.deepEqual([cid, encoding, probability], ['logo', 'base64', 1]);
  const refused = readMessage({ text: 'x', headerEncoding: 'latin1' });
  assert.match(faultOf(refused), /headerEncoding must be/);
});

test('parts, a size and raw bytes are messages', () => {
  assert.deepEqual(readMessage({ size: '2KiB' }), { sizeBytes: 2048, expect: null });
  assert.deepEqual(readMessage({ raw: new Uint8Array([65, 66]) }), { raw: Buffer.from('AB'), expect: null });
  const attachments = [{ filename: 'a.txt', content: 'abc' }];
  const made = readMessage({ text: 'x', attachments, expect: { code: 550 } });
  assert.ok('parts' in made && 'expect' in made);
  const { subject, text, html, attachments: attached } = made.parts;
  assert.deepEqual([subject, text, html], ['mailbench {{seq}}', 'x', null]);
  assert.deepEqual(
    attached.map((one) => [one.filename, 'contentBase64' in one && one.contentBase64, one.cid]),
    [['a.txt', 'YWJj', null]],
  );
  assert.deepEqual(made.expect, {
    outcome: 'rejected',
    code: 550,
    enhanced: null,
    class: null,
    ifOffered: false,
  });
});

test('a wrong shape is named by the path of its key', () => {
  const cases: [unknown, RegExp][] = [
    [undefined, /^it returned nothing$/],
    ['text', /^it must be a map, found "text"$/],
    [{ text: 5 }, /^text must be text, found 5$/],
    [{ text: 'x', txet: 'y' }, /^txet is not a key that exists here$/],
    [{ text: 'x', headers: { 'X-A': 1 } }, /^headers\.X-A must be text, found 1$/],
    [{ attachments: [{ content: 'x' }] }, /^attachments\[0\]\.filename is missing$/],
    [{ size: '4 parsecs' }, /^size must be a size/],
    [{ subject: 'alone' }, /exactly one of raw, size, and text, html or attachments/],
    [{ text: 'x', size: 2000 }, /exactly one of/],
    [{ raw: 'x', html: 'y' }, /exactly one of/],
    [{ text: 'x', expect: 'acepted' }, /^expect must be/],
  ];
  for (const [returned, expected] of cases) assert.match(faultOf(readMessage(returned)), expected);
});

test('an envelope has one recipient or several, and may have no sender', () => {
  assert.deepEqual(readEnvelope({ from: '', to: 'a@a.example.test' }, false), {
    from: '',
    to: ['a@a.example.test'],
    expect: null,
  });
  const to = ['a@a.example.test', 'b@a.example.test'];
  assert.deepEqual(readEnvelope({ from: 'x@y.test', to, expect: 'rejected' }, false), {
    from: 'x@y.test',
    to,
    expect: { outcome: 'rejected', code: null, enhanced: null, class: null, ifOffered: false },
  });
});

test('addresses that cannot be sent to, or must not, are refused', () => {
  const cases: [unknown, RegExp][] = [
    [{ from: 'a@b.test', to: [] }, /^to must hold at least one entry/],
    [{ from: 'a@b.test' }, /^to is missing$/],
    [{ from: 'a@b.test', to: 'a@b.test\r\nRSET' }, /holds a control character/],
    [{ from: 'a@b.test>\r\nDATA', to: 'a@b.test' }, /holds a control character/],
    [{ from: 'a@b.test', to: 'nobody' }, /has no `@`/],
    [{ from: 'a@b.test', to: ['A@b.test', 'a@B.TEST'] }, /holds a recipient twice/],
    [{ from: 'a@b.test', to: 'someone@gmail.com' }, /leads to gmail\.com, a domain somebody may own/],
    [{ from: 'someone@gmail.com', to: 'a@b.test' }, /leads to gmail\.com/],
  ];
  for (const [returned, expected] of cases) assert.match(faultOf(readEnvelope(returned, false)), expected);
  assert.ok(!(readEnvelope({ from: 'me@gmail.com', to: 'you@gmail.com' }, true) instanceof ReturnedFault));
});

test('a pause is a number of milliseconds up to a day', () => {
  assert.deepEqual([0, 0.5, 86_400_000].map(readPacing), [0, 0.5, 86_400_000]);
  for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY, 86_400_001, '5s', undefined]) {
    assert.match(faultOf(readPacing(wrong)), /must be a number of milliseconds from 0 to 86400000, found /);
  }
});
