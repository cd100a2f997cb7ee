import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  bodyDigest,
  bodyOffset,
  isStampRun,
  MAX_NUMBER,
  parseStamp,
  type Stamp,
  stampLayout,
  writeDigits,
  writeStamp,
} from '#src/message/stamp.js';

const LINE = 'X-Mailbench: v=1; r=run-1; n=0000000042; w=1; t=1764000000123456; b=0123456789abcdef';
const STAMP: Stamp = {
  run: 'run-1',
  number: 42,
  isWarmup: true,
  sentAtUs: 1_764_000_000_123_456,
  bodyDigest: '0123456789abcdef',
};

const anyStamp: fc.Arbitrary<Stamp> = fc.record({
  run: fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/),
  number: fc.integer({ min: 0, max: MAX_NUMBER }),
  isWarmup: fc.boolean(),
  sentAtUs: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  bodyDigest: fc.stringMatching(/^[0-9a-f]{16}$/),
});

function lineOf(stamp: Stamp): string {
  const line = Buffer.alloc(stampLayout(stamp.run).lengthBytes);
  assert.equal(writeStamp(line, 0, stamp), line.length);
  return line.toString('latin1');
}

test('a stamp is written as one line of the grammar', () => {
  assert.equal(lineOf(STAMP), `${LINE}\r\n`);
});

test('every stamp reads back as it was written', () => {
  fc.assert(fc.property(anyStamp, (stamp) => assert.deepEqual(parseStamp(lineOf(stamp)), { ...stamp })));
});

test('a stamp is found below the lines of relays, with LF line ends, folded and in another case', () => {
  const received = 'Received: from a by b;\r\n\tMon, 24 Nov 2025 16:00:00 +0000\r\n';
  const folded = LINE.replace('; t=', ';\r\n t=').replace('X-Mailbench', 'x-MAILBENCH');
  for (const block of [
    `${received}${LINE}\r\nFrom: a\r\n`,
    `Received: x\n${LINE}\nFrom: a\n`,
    received + folded,
  ]) {
    assert.deepEqual(parseStamp(block), STAMP);
    assert.deepEqual(parseStamp(Buffer.from(block)), STAMP);
  }
});

test('the first stamp that parses counts', () => {
  const second = LINE.replace('n=0000000042', 'n=0000000043');
  assert.deepEqual(parseStamp(`${LINE}\r\n${second}\r\n`), STAMP);
  assert.deepEqual(parseStamp(`${LINE.replace('v=1', 'v=2')}\r\n${LINE}\r\n`), STAMP);
});

test('a stamp in the body is not a stamp', () => {
  assert.equal(parseStamp(`From: a\r\n\r\n${LINE}\r\n`), null);
  assert.equal(parseStamp(Buffer.from(`From: a\n\n${LINE}\n`)), null);
  assert.equal(parseStamp(`\r\n${LINE}\r\n`), null);
  assert.equal(parseStamp(Buffer.from(`\n${LINE}\n`)), null);
});

test('a line that deviates in any one character of its grammar is no stamp', () => {
  const digitAt = new Set([...LINE].flatMap((character, at) => (/[0-9a-f]/.test(character) ? [at] : [])));
  for (let at = 'X-Mailbench'.length; at < LINE.length; at++) {
    const wrong = `${LINE.slice(0, at)}%${LINE.slice(at + 1)}`;
    assert.equal(parseStamp(wrong), null, wrong);
    const shorter = LINE.slice(0, at) + LINE.slice(at + 1);
    if (digitAt.has(at) && at > LINE.indexOf('; n=')) assert.equal(parseStamp(shorter), null, shorter);
  }
  assert.equal(parseStamp(`${LINE} `), null);
  assert.equal(parseStamp(`${LINE}0`), null);
  assert.equal(parseStamp(LINE.replace('t=1764000000123456', 't=9999999999999999')), null);
});

test('no text makes the reader throw', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\r\n', '\n', '\r', LINE, 'X-Mailbench:'),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), (pieces) => {
      const stamp = parseStamp(pieces.join(''));
      assert.deepEqual(parseStamp(Buffer.from(pieces.join(''))), stamp);
      if (stamp !== null) assert.deepEqual(stamp, STAMP);
    }),
  );
});

test('a run token is 1 to 32 letters, digits, underscores and hyphens', () => {
  for (const run of ['a', '20261122-160141-a1b2c3', 'A_b-9', 'x'.repeat(32)]) assert.ok(isStampRun(run), run);
  for (const run of ['', 'x'.repeat(33), 'a.b', 'a b', 'a;b', 'a\r\nb', 'ü', '{{seq}}']) {
    assert.ok(!isStampRun(run), run);
  }
});

test('digits fill their width exactly, whatever stood there before', () => {
  const width = fc.integer({ min: 1, max: 16 });
  fc.assert(
    fc.property(width, fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (digits, value) => {
      const target = Buffer.alloc(20, '#');
      const fitting = value % 10 ** digits;
      writeDigits(target, 2, fitting, digits);
      assert.equal(target.toString('latin1'), `##${String(fitting).padStart(digits, '0')}`.padEnd(20, '#'));
    }),
  );
});

test('the digest is SHA-256 of the body with its trailing empty lines removed', () => {
  const sha = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);
  const cases = [
    ['', '\r\n'],
    ['\r\n', '\r\n'],
    ['\r\n\r\n\n', '\r\n'],
    ['a', 'a\r\n'],
    ['a\r\n', 'a\r\n'],
    ['a\r\n\r\n\r\n', 'a\r\n'],
    ['a\n\nb\n', 'a\r\n\r\nb\r\n'],
    ['a\nb\r\n', 'a\r\nb\r\n'],
    ['\na\r\n', '\r\na\r\n'],
    ['a \r\n', 'a \r\n'],
    ['\r\na\r\n', '\r\na\r\n'],
    ['a\rb\r\n', 'a\rb\r\n'],
  ] as const;
  for (const [body, canonical] of cases) {
    assert.equal(bodyDigest(Buffer.from(body)), sha(canonical), JSON.stringify(body));
  }
});

test('a body stored with LF, or with more empty lines at its end, digests alike', () => {
  const line = fc.string({ unit: fc.constantFrom('a', ' ', '.', '\t', 'é') });
  fc.assert(
    fc.property(fc.array(line), fc.nat({ max: 3 }), (lines, extra) => {
      const body = lines.map((text) => `${text}\r\n`).join('');
      const stored = body.replaceAll('\r\n', '\n') + '\n'.repeat(extra);
      assert.equal(bodyDigest(Buffer.from(stored)), bodyDigest(Buffer.from(body)));
    }),
  );
});

test('a body that differs in one byte digests differently', () => {
  const body = Buffer.from('one\r\ntwo\r\n');
  for (let at = 0; at < body.length; at++) {
    const changed = Buffer.from(body);
    changed[at] = 'x'.charCodeAt(0);
    if (!changed.equals(body)) assert.notEqual(bodyDigest(changed), bodyDigest(body), `byte ${at}`);
  }
});

test('the body begins behind the first empty line', () => {
  assert.equal(bodyOffset(Buffer.from('A: b\r\n\r\nbody\r\n\r\nmore')), 8);
  assert.equal(bodyOffset(Buffer.from('A: b\n\nbody\n\n')), 6);
  assert.equal(bodyOffset(Buffer.from('\r\nbody')), 2);
  assert.equal(bodyOffset(Buffer.from('\nbody')), 1);
  assert.equal(bodyOffset(Buffer.from('A: b\r\n')), 6);
});
