import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSignedOverMessageId, obstacleOf, toWireForm } from '#src/message/wire-form.js';

function wireFormOf(raw: string, isMbox = false): string {
  return toWireForm(Buffer.from(raw, 'latin1'), isMbox).toString('latin1');
}

function obstacle(raw: string, allowLongLines = false): string | null {
  return obstacleOf(Buffer.from(raw, 'latin1'), allowLongLines);
}

test('line ends become CRLF, and the last one is added', () => {
  assert.equal(wireFormOf('A: 1\n\nx\n\ny'), 'A: 1\r\n\r\nx\r\n\r\ny\r\n');
  assert.equal(wireFormOf('A: 1\r\n\nx\r\n'), 'A: 1\r\n\r\nx\r\n');
  assert.equal(wireFormOf('\n\n'), '\r\n\r\n');
  assert.equal(wireFormOf('A: 1'), 'A: 1\r\n');
});

test('what is in wire form already is not even copied', () => {
  const message = Buffer.from('A: 1\r\n\r\n.x \xe9\r\n', 'latin1');
  assert.equal(toWireForm(message, false), message);
  assert.equal(toWireForm(message, true), message);
});

test('in an mbox one > of a quoted From is taken away, and elsewhere none', () => {
  const raw = 'A: 1\n\n>From x\n>>From y\n> From z\nsee >From w\n>Frome\n';
  assert.equal(
    wireFormOf(raw, true),
    'A: 1\r\n\r\nFrom x\r\n>From y\r\n> From z\r\nsee >From w\r\n>Frome\r\n',
  );
  assert.ok(wireFormOf(raw).includes('\r\n>From x\r\n'));
});

test('what SMTP does not let through is told', () => {
  assert.equal(obstacle('A: 1\r\n\r\nx\r\n'), null);
  assert.equal(obstacle('A: 1\n\nx'), null);
  assert.match(obstacle('A: 1\n\nx\0y') ?? '', /NUL/);
  assert.match(obstacle('A: 1\n\nx\ry') ?? '', /CR/);
  assert.match(obstacle('A: 1\n\nx\r') ?? '', /CR/);
  assert.match(obstacle('') ?? '', /no message/);
  assert.match(obstacle('\nA: 1\n') ?? '', /no message/);
  assert.match(obstacle('Hello there: x\n') ?? '', /no message/);
  assert.match(obstacle('\x89PNG: x\n') ?? '', /no message/);
});

test('lines have 998 octets at most, whatever ends them, unless longer ones are allowed', () => {
  for (const eol of ['\n', '\r\n', '']) {
    assert.equal(obstacle(`A: 1\n\n${'x'.repeat(998)}${eol}`), null);
    assert.match(obstacle(`A: 1\n\n${'x'.repeat(999)}${eol}`) ?? '', /998/);
    assert.equal(obstacle(`A: 1\n\n${'x'.repeat(5_000)}${eol}`, true), null);
  }
  assert.match(obstacle(`A: ${'x'.repeat(1_000)}\n\n`) ?? '', /998/);
});

test('a signature over the Message-ID is known by its h=, folded or not, in any case', () => {
  const signed = (field: string) =>
    isSignedOverMessageId(Buffer.from(`A: 1\r\n${field}\r\n\r\nh=message-id\r\n`));
  assert.ok(signed('DKIM-Signature: v=1; a=rsa-sha256; h=From:Message-ID:To; b=x'));
  assert.ok(signed('dkim-signature: v=1;\r\n\th=from:\r\n\tmessage-id; b=x'));
  assert.ok(!signed('DKIM-Signature: v=1; h=From:To; bh=message-id; b=x'));
  assert.ok(!signed('X-Signature: h=message-id'));
});
