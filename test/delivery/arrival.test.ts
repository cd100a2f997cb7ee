import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { examineArrival } from '#src/delivery/arrival.js';
import { bodyDigest, writeStamp } from '#src/message/stamp.js';
import { fixture } from './fixture.js';

const HEAD = 'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n';

test('a message that came as it was sent is intact', () => {
  const message = stamped('plain text\r\n', 'plain text\r\n');
  const { digest, ...arrival } = examineArrival(message);
  assert.deepEqual(arrival, {
    run: 'r1',
    number: 7,
    warmup: true,
    sent: 1_700_000_000_000_000,
    bytes: message.length,
    intact: true,
  });
  assert.equal(digest, bodyDigest(Buffer.from('plain text\r\n')));
});

test('a body with another word in it is corrupted, not reencoded', () => {
  const arrival = examineArrival(stamped('plain text\r\n', 'plain test\r\n'));
  assert.deepEqual([arrival.intact, arrival.reencoded], [false, undefined]);
});

test('what a relay converted is not intact, and reencoded', () => {
  const arrival = examineArrival(fixture('arrivals/plain-8bit.eml'));
  assert.deepEqual([arrival.intact, arrival.reencoded], [false, true]);
});

test('mail without a stamp says nothing about a message of ours', () => {
  const { run, number, warmup, sent, intact, dsn } = examineArrival(
    Buffer.from('Subject: x\r\n\r\nhello\r\n'),
  );
  assert.deepEqual([run, number, warmup, sent, intact, dsn], [null, null, null, null, null, undefined]);
});

test('a notification without a stamp of its own tells what it is about', () => {
  const { number, dsn } = examineArrival(fixture('notifications/postfix-failed.eml'));
  assert.equal(number, null);
  assert.equal(dsn?.number, 1);
});

test('whatever bytes arrive, examining them throws nothing', () => {
  const start = Buffer.from('Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, isReport) => {
      const message = isReport ? Buffer.concat([start, bytes]) : Buffer.from(bytes);
      assert.equal(examineArrival(message).bytes, message.length);
    }),
  );
});

function stamped(sent: string, arrived: string): Buffer {
  const stamp = Buffer.alloc(200);
  const length = writeStamp(stamp, 0, {
    run: 'r1',
    number: 7,
    isWarmup: true,
    sentAtUs: 1_700_000_000_000_000,
    bodyDigest: bodyDigest(Buffer.from(sent)),
  });
  return Buffer.concat([stamp.subarray(0, length), Buffer.from(`${HEAD}\r\n${arrived}`)]);
}
