import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Session } from '#src/smtp/session.js';
import type { SessionOptions } from '#src/smtp/session-options.js';
import { type MemoryTransport, MemoryWorld } from './memory-transport.js';
import { sessionOptions } from './options.js';
import { type Done, RecordingOwner, type Wait } from './recording-owner.js';
import { testMessage } from './test-message.js';

const RECIPIENTS = ['a@example.test', 'b@example.test'];
const GROUP = 2 + RECIPIENTS.length;

interface Run {
  readonly done: readonly Done[];
  readonly waits: readonly Wait[];
  readonly contents: readonly { readonly fromUs: number; readonly atUs: number }[];
}

/** Three messages to a server that takes `delays` (µs, in turn) for each reply and for taking each content. */
function run(pipelining: SessionOptions['pipelining'], delays: readonly number[], stalls: boolean): Run {
  const world = new MemoryWorld();
  world.writeCostUs = 0;
  const queue = [1, 2, 3].map((number) => testMessage(number, RECIPIENTS, 70_000 * (number - 1)));
  const owner = new RecordingOwner({ queue, sends: true, quits: true, takesOffers: true });
  const options = sessionOptions({ ehlo: 'x', pipelining });
  owner.sendNext(new Session(options, world.identity, world.context, owner));
  const server = new Server(world, delays, stalls);
  server.serve();
  return owner;
}

/** Answers line by line, each reply in a chunk of its own. */
class Server {
  readonly #world: MemoryWorld;
  readonly #delays: readonly number[];
  readonly #stalls: boolean;
  #turn = 0;
  #isContent = false;
  #text = '';

  constructor(world: MemoryWorld, delays: readonly number[], stalls: boolean) {
    this.#world = world;
    this.#delays = delays;
    this.#stalls = stalls;
  }

  serve(): void {
    const connection = this.#world.last;
    connection.connect();
    connection.say('220 hi\r\n');
    while (!connection.isEnded) {
      this.#takeWrites(connection);
      const end = this.#text.indexOf(this.#isContent ? '\r\n.\r\n' : '\r\n');
      assert.ok(end >= 0, `the client waits, having said ${JSON.stringify(this.#text)}`);
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + (this.#isContent ? 5 : 2));
      this.#wait();
      this.#answer(connection, line);
    }
    connection.fin();
    this.#world.settle();
  }

  #takeWrites(connection: MemoryTransport): void {
    while (connection.writes.length > 0) {
      this.#text += connection.writes.splice(0).join('');
      if (connection.isStalled) this.#wait();
      connection.flush();
      connection.isStalled = this.#stalls;
    }
  }

  #wait(): void {
    this.#world.nowUs += this.#delays[this.#turn++ % this.#delays.length] as number;
  }

  #answer(connection: MemoryTransport, line: string): void {
    if (this.#isContent) {
      this.#isContent = false;
      connection.say('250 queued\r\n');
    } else if (line === 'DATA') {
      this.#isContent = true;
      connection.say('354 go\r\n');
    } else connection.say(line.startsWith('EHLO') ? '250-hi\r\n250 PIPELINING\r\n' : '250 ok\r\n');
  }
}

for (const pipelining of ['off', 'auto', 'coalesced'] as const) {
  describe(`in ${pipelining}`, () => {
    const delays = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 17 });

    test('the phases of every transaction add up to it exactly', () => {
      fc.assert(
        fc.property(delays, fc.boolean(), (us, stalls) => {
          const { done, waits, contents } = run(pipelining, us, stalls);
          assert.deepEqual(
            done.map(({ outcome }) => outcome),
            ['accepted', 'accepted', 'accepted'],
          );
          const commands = waits.filter(({ command }) => /MAIL|RCPT|DATA|CONTENT/.test(command));
          for (const [i, { startedAtUs, endedAtUs }] of done.entries()) {
            const mine = commands.slice(i * (GROUP + 1), (i + 1) * (GROUP + 1));
            const sending = contents[i] as { fromUs: number; atUs: number };
            assert.equal(length(mine) + length([sending]), endedAtUs - startedAtUs);
          }
        }),
        { numRuns: 200 },
      );
    });

    test('no two phases of a session overlap', () => {
      fc.assert(
        fc.property(delays, fc.boolean(), (us, stalls) => {
          const { waits, contents } = run(pipelining, us, stalls);
          const phases = [...waits, ...contents].sort((a, b) => a.fromUs - b.fromUs || a.atUs - b.atUs);
          for (const [i, phase] of phases.entries()) {
            const next = phases[i + 1];
            if (next !== undefined) assert.ok(phase.atUs <= next.fromUs, 'overlap');
          }
        }),
        { numRuns: 200 },
      );
    });

    test('transactions of a session do not overlap', () => {
      const { done } = run(pipelining, [100, 7, 31], false);
      for (const [i, { endedAtUs }] of done.entries()) {
        const next = done[i + 1];
        if (next !== undefined) assert.ok(endedAtUs <= next.startedAtUs);
      }
    });
  });
}

function length(phases: readonly { readonly fromUs: number; readonly atUs: number }[]): number {
  return phases.reduce((sum, { fromUs, atUs }) => sum + atUs - fromUs, 0);
}
