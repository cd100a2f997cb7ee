import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientChallengeOf, ntlm, ntlmV2 } from '#src/smtp/sasl/ntlm.js';

// MS-NLMP §4.2.1 and §4.2.4. Its time is 0, which is 1601 in FILETIME.
const EPOCH_MS = -11_644_473_600_000;
const options = { clientChallenge: Buffer.alloc(8, 0xaa), nowMs: EPOCH_MS };
const serverChallenge = Buffer.from('0123456789abcdef', 'hex');
const targetInfo = avPairs([2, utf16('Domain')], [1, utf16('Server')], [0, Buffer.alloc(0)]);
const UNICODE = 1;

test('the example of MS-NLMP §4.2.4 is answered as it is there', () => {
  const identity = { domain: 'Domain', user: 'User', pass: 'Password' };
  const { lm, nt } = ntlmV2(identity, { serverChallenge, targetInfo }, options);
  assert.equal(lm.toString('hex'), '86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa');
  assert.equal(nt.subarray(0, 16).toString('hex'), '68cd0ab851e51c96aabc927bebef6a1c');
  assert.equal(
    nt.subarray(16).toString('hex'),
    `0101000000000000${'00'.repeat(8)}aaaaaaaaaaaaaaaa00000000${targetInfo.toString('hex')}00000000`,
  );
});

test('an exchange begins with NEGOTIATE and ends with AUTHENTICATE, fields where they point to', () => {
  const mechanism = ntlm({ user: 'Domain\\User', pass: 'Password', authzid: '' }, options);
  const first = mechanism.first as Buffer;
  assert.equal(first.subarray(0, 12).toString('latin1'), 'NTLMSSP\0\x01\0\0\0');
  assert.equal(first.length, 32);
  const message = mechanism.respond(challenge({ targetInfo })) as Buffer;
  assert.equal(message.subarray(0, 12).toString('latin1'), 'NTLMSSP\0\x03\0\0\0');
  const [lm, nt, domain, user, workstation, key] = [12, 20, 28, 36, 44, 52].map((at) => field(message, at));
  assert.equal(lm?.toString('hex'), '86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa');
  assert.equal(nt?.subarray(0, 16).toString('hex'), '68cd0ab851e51c96aabc927bebef6a1c');
  assert.deepEqual(
    [domain, user].map((bytes) => bytes?.toString('utf16le')),
    ['Domain', 'User'],
  );
  assert.deepEqual([workstation?.length, key?.length], [0, 0]);
  assert.equal(mechanism.respond(challenge({ targetInfo })), null, 'there is one challenge');
});

test('without a backslash the domain is empty, and names are Latin-1 where the server has no Unicode', () => {
  const mechanism = ntlm({ user: 'jürg@example.test', pass: 'p', authzid: '' }, options);
  const message = mechanism.respond(challenge({ flags: 0x202 })) as Buffer;
  assert.equal(field(message, 28).length, 0);
  assert.equal(field(message, 36).toString('latin1'), 'jürg@example.test');
  assert.equal(message.readUInt32LE(60) & UNICODE, 0);
});

test('a server that tells the time gets it back, and no LM response', () => {
  const time = Buffer.from('0102030405060708', 'hex');
  const identity = { domain: '', user: 'u', pass: 'p' };
  const timed = avPairs([2, utf16('D')], [7, time], [0, Buffer.alloc(0)]);
  const { lm, nt } = ntlmV2(identity, { serverChallenge, targetInfo: timed }, options);
  assert.deepEqual(lm, Buffer.alloc(24));
  assert.deepEqual(nt.subarray(24, 32), time);
});

test('a challenge that makes no sense is not answered', () => {
  const good = challenge({ targetInfo });
  const wrong = [
    null,
    Buffer.alloc(0),
    good.subarray(0, 31),
    Buffer.concat([Buffer.from('X'), good.subarray(1)]),
    with32(good, 8, 3),
    // Target information that would lie beyond its end.
    with32(good, 44, good.length),
    with32(good, 44, 0xffff_ffff),
  ];
  for (const bytes of wrong) {
    assert.equal(ntlm({ user: 'u', pass: 'p', authzid: '' }, options).respond(bytes), null);
  }
});

test('target information cut short anywhere is read without harm', () => {
  for (let length = 0; length <= targetInfo.length; length++) {
    const cut = targetInfo.subarray(0, length);
    assert.notEqual(
      ntlm({ user: 'u', pass: 'p', authzid: '' }, options).respond(challenge({ targetInfo: cut })),
      null,
    );
  }
});

test('a client challenge is eight bytes of any nonce', () => {
  assert.equal(clientChallengeOf('a').length, 8);
  assert.notDeepEqual(clientChallengeOf('a'), clientChallengeOf('b'));
});

function challenge(facts: { readonly flags?: number; readonly targetInfo?: Buffer } = {}): Buffer {
  const { flags = 0x201, targetInfo = Buffer.alloc(0) } = facts;
  const message = Buffer.alloc(48);
  message.write('NTLMSSP\0', 'latin1');
  message.writeUInt32LE(2, 8);
  message.writeUInt32LE(flags, 20);
  serverChallenge.copy(message, 24);
  message.writeUInt16LE(targetInfo.length, 40);
  message.writeUInt32LE(48, 44);
  return Buffer.concat([message, targetInfo]);
}

function field(message: Buffer, at: number): Buffer {
  const offset = message.readUInt32LE(at + 4);
  return message.subarray(offset, offset + message.readUInt16LE(at));
}

function with32(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(value, at);
  return copy;
}

function avPairs(...pairs: readonly (readonly [number, Buffer])[]): Buffer {
  return Buffer.concat(
    pairs.flatMap(([id, value]) => {
      const head = Buffer.alloc(4);
      head.writeUInt16LE(id, 0);
      head.writeUInt16LE(value.length, 2);
      return [head, value];
    }),
  );
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}
