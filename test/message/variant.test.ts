import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeMessage } from '#src/message/compose.js';
import { MessageVariant } from '#src/message/variant.js';
import { dotStuff, SENT_AT_US, sized, template, unstuff, wireOf } from './wire.js';

const OPTIONS = { run: 'run-1', from: 'sender@a.example.test', encode: dotStuff, signedAtMs: 0 };

/** Lines of two messages that differ, and how. */
function differences(one: Buffer, other: Buffer): string[] {
  const lines = one.toString('latin1').split('\r\n');
  const others = other.toString('latin1').split('\r\n');
  assert.equal(lines.length, others.length);
  return lines.flatMap((line, index) => (line === others[index] ? [] : [line]));
}

test('two messages of a variant differ in stamp, subject, Message-ID and Date, and nowhere else', async () => {
  const variant = await composeMessage(sized(2048), OPTIONS);
  const one = wireOf(variant.content(1, false), SENT_AT_US);
  const other = wireOf(variant.content(9_999_999_999, true), SENT_AT_US + 5e6);
  assert.deepEqual(
    differences(one, other).map((line) => line.split(':')[0]),
    ['X-Mailbench', 'Subject', 'Message-ID', 'Date'],
  );
});

test('the stamp of messages without placeholders in the body differs in n, w and t alone', async () => {
  const variant = await composeMessage(sized(1024), OPTIONS);
  const fieldsOf = (wire: Buffer) => wire.toString('latin1').split('\r\n')[0]?.split('; ') ?? [];
  const one = fieldsOf(wireOf(variant.content(1, false), SENT_AT_US));
  const other = fieldsOf(wireOf(variant.content(2, true), SENT_AT_US + 1));
  const changed = one.filter((field, index) => field !== other[index]);
  assert.deepEqual(changed, ['n=0000000001', 'w=0', `t=${SENT_AT_US}`]);
});

test('placeholders in the body change the digest of each message', async () => {
  const variant = await composeMessage(template({ text: '.{{seq}}\n..\n' }), OPTIONS);
  const digests = [1, 2, 1].map(
    (number) => /b=(\w+)/.exec(wireOf(variant.content(number, false)).toString())?.[1],
  );
  assert.notEqual(digests[0], digests[1]);
  assert.equal(digests[0], digests[2]);
});

test('the head goes where it is told and not a byte further, the time rounded down', async () => {
  const variant = await composeMessage(sized(1024), OPTIONS);
  const content = variant.content(3, false);
  const target = Buffer.alloc(content.headBytes + 20, '#');
  content.writeHead(target, 10, SENT_AT_US + 0.75);
  assert.equal(target.toString('latin1', 0, 10), '#'.repeat(10));
  assert.equal(target.toString('latin1', 10 + content.headBytes), '#'.repeat(10));
  assert.deepEqual(target.subarray(10, -10), wireOf(content).subarray(0, content.headBytes));
});

test('head and tail together are the encoded message with its terminator', async () => {
  const text = '.\n..dots\n.{{seq}}\nlast';
  const variant = await composeMessage(template({ text }), OPTIONS);
  const content = variant.content(5, false);
  assert.equal(content.headBytes + content.tail.length, content.lengthBytes);
  const wire = wireOf(content);
  assert.ok(wire.toString('latin1').endsWith('\r\n..\r\n...dots\r\n..0000000005\r\nlast\r\n.\r\n'));
  // Three stuffed dots and the terminator are on the wire, not in the size.
  assert.equal(wire.length - variant.sizeBytes, 3 + 3);
  assert.equal(unstuff(wire).length, variant.sizeBytes);
});

test('the head ends with the last byte that differs, so large bodies are shared', async () => {
  const variant = await composeMessage(sized(100_000), OPTIONS);
  assert.ok(variant.headBytes < 400, `${variant.headBytes}`);
  assert.equal(variant.content(1, false).tail, variant.content(2, true).tail);
});

test('messages written in turn do not leave traces in one another', async () => {
  const variant = await composeMessage(template({ text: '{{seq}} {{seq}}', html: '{{seq}}' }), OPTIONS);
  const contents = [1, 22, 333].map((number) => variant.content(number, number === 22));
  const first = contents.map((content) => wireOf(content));
  const again = contents
    .toReversed()
    .map((content) => wireOf(content))
    .toReversed();
  assert.deepEqual(again, first);
});

test('a message without a Date of fixed width is a bug', () => {
  const bytes = Buffer.from('From: a@b.test\r\nDate: today\r\n\r\nx\r\n');
  assert.throws(() => new MessageVariant({ bytes, marker: 'zqx7k028t5' }, OPTIONS), { code: 'BUG' });
});
