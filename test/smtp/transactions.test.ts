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
