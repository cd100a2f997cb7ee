import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReply, MESSAGE_OK } from '#src/sink/session/reply.js';

test('each line has the code, and the enhanced one where there is one', () => {
  assert.equal(formatReply({ code: 250, enhanced: '', lines: ['a'] }), '250 a\r\n');
  assert.equal(
    formatReply({ code: 550, enhanced: '5.7.1', lines: ['a', 'b', 'c'] }),
    '550-5.7.1 a\r\n550-5.7.1 b\r\n550 5.7.1 c\r\n',
  );
  assert.equal(formatReply({ code: 354, enhanced: '', lines: [] }), '354 \r\n');
});

test('no control character reaches a line: neither a reply of its own nor a terminal', () => {
  const controls = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
  const line = formatReply({ code: 550, enhanced: '5.7.1', lines: [`x\r\n250 ok${controls}`] });
  assert.match(line, /^550 5\.7\.1 x {2}250 ok[^\x00-\x1f\x7f-\x9f]+\r\n$/);
  assert.ok(line.includes('~') && line.includes('é') && !line.includes('\x9b'));
});

test('replies that are said often are there with and without enhanced codes', () => {
  assert.deepEqual(MESSAGE_OK, {
    code: 250,
    plain: '250 OK: message queued\r\n',
    enhanced: '250 2.6.0 OK: message queued\r\n',
  });
});
