/** What dialogs cannot say about set-up: bytes that are no text, and which wishes need EHLO. The rest is in test/dialogs/. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailParameters } from '#src/scenario/scenario.js';
import { Session } from '#src/smtp/session.js';
import type { SessionIdentity, SessionOptions } from '#src/smtp/session-options.js';
import { MemoryWorld } from './memory-transport.js';
import { NO_PARAMETERS, sessionOptions } from './options.js';
import { RecordingOwner } from './recording-owner.js';

function connect(options: Partial<SessionOptions>, identity: Partial<SessionIdentity> = {}) {
  const world = new MemoryWorld();
  const owner = new RecordingOwner({ queue: [], sends: false, quits: false, takesOffers: false });
  const session = new Session(
    sessionOptions(options),
    { ...world.identity, ...identity },
    world.context,
    owner,
  );
  world.last.connect();
  return { world, session };
}

test('a PROXY header of version 2 goes out octet by octet, before anything else', () => {
  const { world } = connect({}, { proxy: { version: 2, isLocal: false, source: null, destination: null } });
  const [header, ...rest] = world.last.writes;
  assert.equal(
    Buffer.from(header ?? '', 'latin1').toString('hex'),
    '0d0a0d0a000d0a515549540a2111000c7f0000017f0000029c400019',
  );
  assert.deepEqual(rest, []);
});

test('every parameter that HELO has no place for keeps from falling back to it', () => {
  const wishes: Partial<MailParameters>[] = [
    { body: '8bitmime' },
    { body: 'binarymime' },
    { smtputf8: 'force' },
    { dsn: { notify: [], ret: 'full', envid: null, orcpt: false } },
    { requireTls: true },
    { deliverBy: { seconds: 1, mode: 'return', trace: false } },
    { priority: 0 },
    { prdr: true },
    { mail: ['AUTH=<>'] },
    { rcpt: ['X=Y'] },
  ];
  for (const wish of wishes) {
    const { world, session } = connect({ parameters: { ...NO_PARAMETERS, ...wish } });
    world.last.say('220 hi\r\n');
    world.last.say('502 what\r\n');
    assert.deepEqual([session.fault?.phase, session.fault?.code], ['EHLO', 502], JSON.stringify(wish));
  }
});

test('attributes, AUTH, STARTTLS and chunking do so too, and nothing else does', () => {
  const after502 = (options: Partial<SessionOptions>, identity: Partial<SessionIdentity> = {}) => {
    const { world } = connect(options, identity);
    world.last.say('220 hi\r\n');
    world.nowUs += 10;
    world.last.say('502 what\r\n');
    return world.last.writes.at(-1);
  };
  const plain = { method: 'plain', initialResponse: true, allowPlaintext: true } as const;
  assert.equal(after502({}, { xclient: { NAME: 'a' } }), 'EHLO client.example.test\r\n');
  assert.equal(after502({}, { xforward: { NAME: 'a' } }), 'EHLO client.example.test\r\n');
  assert.equal(after502({ auth: plain }), 'EHLO client.example.test\r\n');
  assert.equal(after502({ chunkBytes: 1 }), 'EHLO client.example.test\r\n');
  assert.equal(after502({ pipelining: 'coalesced', window: 1 }), 'HELO client.example.test\r\n');
  const sevenBit = { ...NO_PARAMETERS, body: '7bit' } as const;
  assert.equal(after502({ parameters: sevenBit }), 'HELO client.example.test\r\n');
});
