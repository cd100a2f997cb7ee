/** Servers that cannot be reached: ports that refuse many users at once, and a listener whose queue is full. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { constantVus, sharedIterations } from '#test/load/rig.js';
import { assertIdentities } from '#test/shard/identities.js';
import { startMailServer } from '#test/shard/mail-server.js';
import { countsOf, runShards, scenarioOf, TIMEOUTS } from '#test/shard/shard-rig.js';
import { turns } from './raw-server.js';
import { createSteadyClock } from './steady-clock.js';

const LIMIT = { timeout: 60_000 };

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  server.close();
  await once(server, 'close');
  return port;
}

test(
  'a port that refuses fifty users is asked at the pace of reconnectDelay, not as fast as they can',
  LIMIT,
  async () => {
    const port = await unusedPort();
    const users = 50;
    // Doubling from 50 ms: each user tries at 0, 50, 150, 350, 750 ms and so on.
    const client = { reconnectDelayMs: { first: 50, max: 5_000 } };
    const scenario = scenarioOf({ a: constantVus({ vus: users, durationMs: 700 }) }, { port, client });
    const { snapshots, reports } = await runShards(scenario, 1, () => {}, createSteadyClock);
    assertIdentities(snapshots);
    const { begun, failed } = countsOf(snapshots);
    assert.equal(failed, begun);
    assert.ok(begun >= users, `${begun} tries of ${users} users`);
    // However slow the machine, timers come late and never early: four tries, and one that was due at the end.
    assert.ok(begun <= users * 5, `${begun} tries of ${users} users in 700 ms: a storm`);
    for (const { phase, cause, class: klass } of reports)
      assert.equal(`${phase} ${cause} ${klass}`, 'connect refused network');
  },
);

test('a port that refuses at first is used as soon as it listens', LIMIT, async (t) => {
  const port = await unusedPort();
  const scenario = scenarioOf(
    { a: sharedIterations({ vus: 20, iterations: 2_000 }) },
    { port, client: { reconnectDelayMs: { first: 1, max: 50 } } },
  );
  let server: Awaited<ReturnType<typeof startMailServer>> | null = null;
  const { snapshots } = await runShards(scenario, 1, () => {
    void sleep(150).then(async () => {
      server = await startMailServer(t, () => null, { port });
    });
  });
  assertIdentities(snapshots);
  const { accepted, failed } = countsOf(snapshots);
  assert.ok(failed >= 20, 'every user was refused at least once');
  assert.ok(accepted > 0, 'nobody came back');
  assert.equal(accepted + failed, 2_000);
  assert.equal((server as unknown as { taken: unknown[] }).taken.length, accepted);
});

/** Listens with a queue of one, and is stopped before it takes anybody from it. */
const STOPPED_SERVER = `
  const server = require('node:net').createServer((socket) => {
    socket.on('error', () => {});
    socket.write('220 hi\\r\\n');
    let isContent = false;
    socket.on('data', (data) => {
      const text = data.toString('latin1');
      if (isContent) {
        if (!text.endsWith('\\r\\n.\\r\\n')) return;
        isContent = false;
        return socket.write('250 taken\\r\\n');
      }
      if (text.startsWith('QUIT')) return socket.end('221 bye\\r\\n');
      isContent = text.startsWith('DATA');
      socket.write(isContent ? '354 go\\r\\n' : '250 ok\\r\\n');
    });
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));
`;

test(
  'a listener that takes no connection times out in the connect phase, and is used when it wakes',
  LIMIT,
  async (t) => {
    const child = spawn(process.execPath, ['-e', STOPPED_SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    const [printed] = (await once(child.stdout, 'data')) as [Buffer];
    const port = Number(printed.toString());
    child.kill('SIGSTOP');
    const fillers = await fillQueue(port);
    t.after(() => {
      for (const socket of fillers) socket.destroy();
    });
    const scenario = scenarioOf(
      { a: sharedIterations({ vus: 1, iterations: 3 }) },
      {
        port,
        client: {
          timeouts: { ...TIMEOUTS, connectMs: 300, greetingMs: 30_000 },
          reconnectDelayMs: { first: 1, max: 1 },
        },
      },
    );
    const { snapshots, reports } = await runShards(scenario, 1, () => {}, createSteadyClock);
    const ends = [...reports]
      .sort((a, b) => a.number - b.number)
      .map(({ phase, cause }) => `${phase} ${cause}`);
    assert.deepEqual(ends, Array(3).fill('connect timeout'));
    assert.equal(countsOf(snapshots).failed, 3);
    for (const socket of fillers) socket.destroy();
    child.kill('SIGCONT');
    const later = await runShards({ ...scenario, client: { ...scenario.client, timeouts: TIMEOUTS } });
    assert.equal(countsOf(later.snapshots).accepted, 3);
  },
);

/** Connects until nobody is let in any more. */
async function fillQueue(port: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let isIn = true; isIn && sockets.length < 20; ) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
    await Promise.race([once(socket, 'connect'), sleep(200)]);
    // Where this process was held up, the timer comes first though the connection is there.
    await turns(2);
    isIn = !socket.connecting;
  }
  return sockets;
}
