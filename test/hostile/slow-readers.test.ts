/**
 * Servers that do not read, read slowly, or say more than anybody can keep: what that costs in memory.
 *
 * One after the other in a process of their own, because they look at the memory of the process. The server in it keeps
 * nothing of what it reads.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Client } from '#src/scenario/client-options.js';
import { sharedIterations } from '#test/load/rig.js';
import { assertIdentities } from '#test/shard/identities.js';
import { countsOf, runShards, scenarioOf, TIMEOUTS } from '#test/shard/shard-rig.js';
import { type Peer, type Script, startRawServer, turn } from './raw-server.js';
import { createSteadyClock } from './steady-clock.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const MIB = 1024 * 1024;
const CONTENT_BYTES = 8 * MIB;
const USERS = 8;

interface Load {
  readonly script: Script;
  readonly messageBytes?: number;
  readonly timeouts?: Partial<Client['timeouts']>;
  readonly users?: number;
  readonly iterations?: number;
}

/** What a run reports, and by how many bytes the process grew at most while it went on. */
async function run(t: Parameters<typeof startRawServer>[0], load: Load) {
  const { script, messageBytes = 1_000, timeouts = {}, users = USERS, iterations = users } = load;
  const server = await startRawServer(t, script);
  const scenario = scenarioOf(
    { a: sharedIterations({ vus: users, iterations }) },
    {
      port: server.port,
      client: { timeouts: { ...TIMEOUTS, ...timeouts }, reconnectDelayMs: { first: 1, max: 1 } },
    },
  );
  const messages = [{ kind: 'size', weight: 1, sizeBytes: messageBytes, dkim: [], expect: null }] as const;
  let before = 0;
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, usedBytes());
  }, 20);
  const start = () => {
    before = usedBytes();
  };
  const result = await runShards({ ...scenario, messages }, 1, start, createSteadyClock);
  clearInterval(look);
  assertIdentities(result.snapshots);
  assert.deepEqual(server.errors, []);
  return { ...result, server, grownBytes: Math.max(0, most - before) };
}

function usedBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Up to the 354, after which `then` reads, or not. The first connections do that, as many as `bad`; the rest are good. */
function upToContent(bad: number, then: (peer: Peer) => Promise<void>): Script {
  return async (peer) => {
    peer.say('220 hi\r\n');
    for (;;) {
      const [verb] = (await peer.line()).split(' ');
      if (verb === 'EHLO') peer.say('250 hi\r\n');
      else if (verb === 'QUIT') return peer.fin();
      else if (verb !== 'DATA') peer.say('250 ok\r\n');
      else {
        peer.say('354 go\r\n');
        if (peer.index < bad) await then(peer);
        await swallow(peer);
        peer.say('250 taken\r\n');
      }
    }
  };
}

/** Reads a content and keeps none of it. */
async function swallow(peer: Peer): Promise<void> {
  for (let end = ''; !end.endsWith('\r\n.\r\n'); ) end = (end + (await peer.some())).slice(-5);
}

describe('a server that takes contents of 8 MiB', () => {
  test('and never reads: the block times out, and no copy of a content is kept', async (t) => {
    const { reports, snapshots, grownBytes, server } = await run(t, {
      messageBytes: CONTENT_BYTES,
      timeouts: { dataBlockMs: 300 },
      iterations: 2 * USERS,
      script: upToContent(USERS, async (peer) => {
        peer.pause();
        await peer.closedSoon();
      }),
    });
    const failed = reports.filter(({ outcome }) => outcome === 'failed');
    assert.equal(failed.length, USERS);
    for (const { phase, cause } of failed) assert.equal(`${phase} ${cause}`, 'CONTENT timeout');
    // Not in doubt: the last byte never left.
    assert.equal(countsOf(snapshots).inDoubt, 0);
    assert.equal(countsOf(snapshots).accepted, USERS);
    assert.ok(server.connections >= 2 * USERS);
    // A copy for each would be 64 MiB; a collection of garbage may come late.
    assert.ok(grownBytes < 32 * MIB, `${grownBytes} bytes for ${USERS} stalled contents of ${CONTENT_BYTES}`);
  });

  test('and reads in small bites: it gets all of it, as long as each block goes out in time', async (t) => {
    const { snapshots, grownBytes } = await run(t, {
      messageBytes: CONTENT_BYTES,
      script: upToContent(USERS, async (peer) => {
        for (let bites = 0; bites < 20; bites++) {
          peer.pause();
          await turn();
          peer.resume();
          await peer.some();
        }
      }),
    });
    assert.equal(countsOf(snapshots).accepted, USERS);
    // A copy for each would be 64 MiB; the one content and what the server has read and not swallowed yet are in it.
    assert.ok(grownBytes < 32 * MIB, `${grownBytes} bytes for ${USERS} contents of ${CONTENT_BYTES}`);
  });
});

/** Says a megabyte at a time, for as long as the client is there. */
const flood =
  (text: string): Script =>
  async (peer) => {
    if (peer.index >= USERS) return good(peer);
    const megabyte = Buffer.from(text.repeat(Math.ceil(MIB / text.length)), 'latin1');
    while (!peer.isClosed) {
      peer.say(megabyte);
      await peer.drained();
    }
  };

const good = upToContent(0, async () => {});

describe('a server that talks without end', () => {
  for (const [title, text] of [
    ['in one line', 'x'],
    ['in a greeting of lines that all say there is more', '220-more\r\n'],
    ['in lines that are no SMTP', 'no\r\n'],
    ['in NULs', '\0'],
  ] as const) {
    test(`${title}: at most 64 KiB of it are kept`, async (t) => {
      const { snapshots, grownBytes } = await run(t, { script: flood(text), iterations: 2 * USERS });
      const { failed, accepted } = countsOf(snapshots);
      assert.deepEqual({ failed, accepted }, { failed: USERS, accepted: USERS });
      // The server's own megabyte, which is said to all, and what the sockets hold.
      assert.ok(grownBytes < USERS * 2 * MIB, `${grownBytes} bytes`);
    });
  }

  test('in refusals of 60 KiB, each to a message of its own: of each 500 characters are kept', async (t) => {
    const refusal = `550 ${'no'.repeat(30_000)}\r\n`;
    const { reports } = await run(t, {
      iterations: 200,
      script: async (peer) => {
        peer.say('220 hi\r\n');
        for (;;) {
          const [verb] = (await peer.line()).split(' ');
          if (verb === 'QUIT') return peer.fin();
          peer.say(verb === 'MAIL' ? refusal : '250 ok\r\n');
        }
      },
    });
    assert.equal(reports.length, 200);
    for (const { reply } of reports) assert.equal(reply.length, 500);
  });
});
