import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { resetSocket } from '#src/sink/socket/reset-socket.js';

const LIMIT = { timeout: 20_000 };

/** What a client sees of a connection that `treat` ends. */
async function watch(
  t: TestContext,
  path: string | null,
  treat: (socket: Socket) => void,
): Promise<string[]> {
  const server = createServer().listen(path === null ? { port: 0, host: '127.0.0.1' } : { path });
  await once(server, 'listening');
  t.after(() => server.close());
  const client = connect(
    path === null ? { port: Object(server.address()).port, host: '127.0.0.1' } : { path },
  );
  const seen: string[] = [];
  client.on('end', () => seen.push('end')).resume();
  client.on('error', (error: NodeJS.ErrnoException) => seen.push(error.code ?? ''));
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [Socket],
    [],
  ];
  treat(socket);
  await new Promise<void>((resolve) => client.once('close', () => resolve()));
  assert.equal(socket.destroyed, true);
  return seen;
}

test('a client sees a reset and no end', LIMIT, async (t) => {
  for (let i = 0; i < 20; i++) assert.deepEqual(await watch(t, null, resetSocket), ['ECONNRESET']);
});

test('a connection that is being shut down is closed all the same', LIMIT, async (t) => {
  const seen = await watch(t, null, (socket) => {
    socket.end();
    resetSocket(socket);
  });
  assert.ok(seen.length <= 1, String(seen));
});

test('a Unix socket is closed', LIMIT, async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'mailbench-reset-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  assert.deepEqual(await watch(t, join(dir, 'socket'), resetSocket), ['end']);
});
