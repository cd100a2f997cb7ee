/** Any chunk size, pace and kernel carry the same bytes. What is said around them is in test/dialogs/. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Session } from '#src/smtp/session.js';
import type { SessionOptions } from '#src/smtp/session-options.js';
import { MemoryWorld } from './memory-transport.js';
import { sessionOptions } from './options.js';
import { RecordingOwner } from './recording-owner.js';
import { type TestMessage, testMessage } from './test-message.js';

const GROUP = 'MAIL FROM:<sender@example.test>\r\nRCPT TO:<a@example.test>\r\n';

/** Takes the chunks apart as a server does; asserts that they are announced rightly and end with LAST. */
function contentsOf(said: string, chunkBytes: number): string[] {
  const contents: string[] = [];
  let at = 0;
  while (at < said.length) {
    assert.equal(said.slice(at, at + GROUP.length), GROUP);
    at += GROUP.length;
    let content = '';
    for (let isLast = false; !isLast; ) {
      const [line = '', bytes = '', last] = /^BDAT (\d+)( LAST)?\r\n/.exec(said.slice(at, at + 40)) ?? [];
      assert.notEqual(line, '', 'a chunk is announced');
      assert.ok(Number(bytes) > 0 && Number(bytes) <= chunkBytes);
      at += line.length;
      content += said.slice(at, at + Number(bytes));
      at += Number(bytes);
      isLast = last !== undefined;
    }
    contents.push(content);
  }
  return contents;
}

/** All that is said after EHLO, when the server accepts everything once it has all been written. */
function speak(messages: readonly TestMessage[], options: Partial<SessionOptions>, stalls: boolean): string {
  const world = new MemoryWorld();
  const owner = new RecordingOwner({ queue: [...messages], sends: true, quits: false, takesOffers: true });
  const all = sessionOptions({ pipelining: 'auto', window: messages.length, ...options });
  owner.sendNext(new Session(all, world.identity, world.context, owner));
  const connection = world.last;
  connection.connect();
  connection.say('220 hi\r\n');
  connection.writes.length = 0;
  connection.isStalled = stalls;
  connection.say('250-hi\r\n250-PIPELINING\r\n250 CHUNKING\r\n');
  for (let i = 0; i < 100 && owner.done.length < messages.length; i++) {
    connection.flush();
    connection.isStalled = stalls;
    world.advance(100_000);
  }
  return connection.writes.join('');
}

describe('the bytes of messages sent with BDAT', () => {
  const sizes = fc.array(fc.constantFrom(30, 99, 1_000, 65_450, 65_536, 150_000), {
    minLength: 1,
    maxLength: 3,
  });
  test('are the same in chunks of any size, at any pace, taken at once or piece by piece', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(1_000, 65_536, 70_000)),
        fc.boolean(),
        fc.constantFrom(null, null, 200_000),
        (lengths, smallest, stalls, bodyBytesPerSec) => {
          // Not a thousand chunks of one byte.
          const chunkBytes = Math.max(smallest, Math.floor(Math.max(...lengths) / 200));
          const messages = lengths.map((size, i) =>
            testMessage(i, ['a@example.test'], size, { isChunked: true }),
          );
          const said = speak(messages, { chunkBytes, bodyBytesPerSec }, stalls);
          const contents = contentsOf(said, chunkBytes);
          assert.equal(contents.length, messages.length);
          for (const [i, { wire }] of messages.entries()) assert.ok(contents[i] === wire, `message ${i}`);
        },
      ),
      { numRuns: 150 },
    );
  });
});

test('the head is written for the time of MAIL, or of the first attempt where there was one', () => {
  const stamps: number[] = [];
  const message = testMessage(1, ['a@example.test'], 100, { isChunked: true });
  const stamped = (firstMailAtUs: number): TestMessage => {
    const writeHead = (target: Buffer, at: number, sentAtUs: number) => {
      stamps.push(sentAtUs);
      message.content.writeHead(target, at, sentAtUs);
    };
    return { ...message, firstMailAtUs, content: { ...message.content, writeHead } };
  };
  for (const chunkBytes of [100, 7]) {
    stamps.length = 0;
    speak([stamped(0), stamped(42)], { chunkBytes }, false);
    assert.equal(stamps.length, 2, 'each head is patched once');
    assert.ok(stamps[0]! >= 1_700_000_000_000_000);
    assert.equal(stamps[1], 42);
  }
});
