/** What several sessions of one shard share. What one of them says is in test/dialogs/. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Session } from '#src/smtp/session.js';
import type { SessionOptions } from '#src/smtp/session-options.js';
import { type MemoryTransport, MemoryWorld } from './memory-transport.js';
import { sessionOptions } from './options.js';
import { RecordingOwner } from './recording-owner.js';
import { type TestMessage, testMessage } from './test-message.js';

/** Up to its 354, at which its content is written. */
function sendUntilContent(
  world: MemoryWorld,
  pipelining: SessionOptions['pipelining'],
  messages: readonly TestMessage[],
): MemoryTransport {
  const owner = new RecordingOwner({ queue: [...messages], sends: true, quits: false, takesOffers: true });
  const options = sessionOptions({ ehlo: 'x', pipelining });
  owner.sendNext(new Session(options, world.identity, world.context, owner));
  const connection = world.last;
  connection.connect();
  for (const reply of ['220 hi', '250-hi\r\n250 PIPELINING', '250 ok', '250 ok']) {
    connection.say(`${reply}\r\n`);
  }
  connection.isStalled = true;
  connection.say('354 go\r\n');
  return connection;
}

const held = ({ held: data }: MemoryTransport) => data.toString('latin1');

for (const [title, pipelining, count] of [
  ['a content', 'off', 1],
  ['a content with the next envelope', 'coalesced', 2],
] as const) {
  describe(`the bytes of ${title}`, () => {
    const messagesFrom = (first: number) =>
      Array.from({ length: count }, (_, i) => testMessage(first + i, ['a@example.test'], 500));

    test('that are not out yet are left alone by other sessions', () => {
      const world = new MemoryWorld();
      const messages = messagesFrom(1);
      const first = sendUntilContent(world, pipelining, messages);
      const before = held(first);
      assert.ok(before.startsWith((messages[0] as TestMessage).wire));
      for (let i = 0; i < 5; i++) sendUntilContent(world, pipelining, messagesFrom(100 + i)).flush();
      assert.equal(held(first), before);
    });

    test('that are out make room for others', () => {
      const world = new MemoryWorld();
      const first = sendUntilContent(world, pipelining, messagesFrom(1));
      first.flush();
      const others = Array.from({ length: 2 }, () => sendUntilContent(world, pipelining, messagesFrom(7)));
      const buffers = [first, ...others].map((connection) => (connection.held as Buffer).buffer);
      assert.equal(new Set(buffers).size, 2);
    });
  });
}

test('the rest of a long content is out before others, who share the buffer, are asked for more', () => {
  const world = new MemoryWorld();
  const other = new RecordingOwner({ queue: [chunked(1, 500)], ...PASSIVE });
  const otherSession = openSession(world, other);
  const message = chunked(2, 100_000);
  const owner = new RecordingOwner({ queue: [message], ...PASSIVE });
  const session = openSession(world, owner);
  const connection = world.last;
  connection.writes.length = 0;
  connection.isStalled = true;
  owner.sendNext(session);
  // As load does, which gives what is due to a free VU first.
  owner.onOffer = () => other.sendNext(otherSession);
  connection.flush();
  assert.equal(other.inFlight.size, 1);
  assert.ok(connection.writes.join('').endsWith(message.wire));
});

const PASSIVE = { sends: false, quits: false, takesOffers: false } as const;

function chunked(number: number, sizeBytes: number): TestMessage {
  return testMessage(number, ['a@example.test'], sizeBytes, { isChunked: true });
}

/** With a window, up to where it can take transactions. */
function openSession(world: MemoryWorld, owner: RecordingOwner): Session {
  const chunkBytes = Number.MAX_SAFE_INTEGER;
  const options = sessionOptions({ ehlo: 'x', pipelining: 'auto', chunkBytes, window: 4 });
  const session = new Session(options, world.identity, world.context, owner);
  world.last.connect();
  for (const reply of ['220 hi', '250-hi\r\n250-CHUNKING\r\n250 PIPELINING']) world.last.say(`${reply}\r\n`);
  return session;
}
