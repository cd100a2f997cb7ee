import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerFields, putRawFields } from '#src/message/header-fields.js';
import { mimeBytes } from '#src/message/mime-bytes.js';

function composed(fields: Parameters<typeof headerFields>[0]): string {
  const mail = { ...headerFields(fields, 'zqmarker00'), from: 'a@a.example.test', text: 'x' };
  return putRawFields(mimeBytes(mail), fields, 'zqmarker00').toString();
}

const FIELDS = { subject: 'Größe {{seq}}', headers: { 'X-A': 'ä {{seq}}', Cc: 'Jörg <j@a.example.test>' } };

test('encoded words are ASCII, with the marker as it is', () => {
  const text = composed({ ...FIELDS, headerEncoding: 'encoded-word' });
  assert.doesNotMatch(text, /[^\0-\x7f]/);
  assert.equal(text.match(/zqmarker00/g)?.length, 2);
});

test('raw fields stand as they were written, addresses too, each once, and nothing else is left', () => {
  const text = composed({ ...FIELDS, headerEncoding: 'utf8' });
  assert.match(text, /^X-A: ä zqmarker00\r\nCc: Jörg <j@a\.example\.test>\r\nSubject: Größe zqmarker00\r\n/);
  assert.doesNotMatch(text, /X-Raw-Fields|=\?UTF-8/);
  assert.equal(text.match(/^(Subject|Cc|X-A):/gm)?.length, 3);
});
