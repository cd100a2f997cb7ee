import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Judge } from '#src/sink/judge.js';
import { createSink } from '#src/sink/sink-server.js';
import { temporaryDir } from '#test/tmp.js';
import { Dialog, dial, dialTls } from '../dialog.js';
import { type Decisions, greeted, judgeOf, LIMIT, openSink, send, treatment } from '../open-sink.js';

function meddling(decisions: Decisions): Judge {
  return { ...judgeOf(decisions), usesSocketFaults: true };
}

test('what a behaviour does to the socket begins with its verb', LIMIT, async (t) => {
  const split = treatment({ socket: { splitBytes: 5, pieceDelayMs: 1 } });
  const { port } = await openSink(t, {}, { judge: meddling({ EHLO: () => split }) });
  const client = dial(port);
  const segments = client.countSegments();
  await client.reply();
  assert.equal(segments(), 1);
  assert.equal((await client.ask('EHLO client.example.test')).lines.at(-1), 'SIZE 67108864');
  assert.ok(segments() > 5);
});

test('faults lie under TLS, and the session in it is whole', LIMIT, async (t) => {
  const split = treatment({ socket: { splitBytes: 100 }, readBytesPerSec: 1_000_000 });
  const cut = treatment({ socket: { cutAfterBytes: 10 } });
  const judge = meddling({ CONNECT: () => split, MAIL: () => split, QUIT: () => cut });
  const opportunistic = await openSink(t, {}, { judge });
  const client = await greeted(opportunistic.port);
  assert.equal((await client.ask('STARTTLS')).code, 220);
  await client.startTls();
  assert.equal((await client.ask('EHLO client.example.test')).code, 250);
  assert.equal((await send(client, `${'x'.repeat(5000)}\r\n`)).code, 250);
  assert.equal((await send(client, 'y\r\n')).code, 250);
  assert.equal(opportunistic.sink.counts().bytes, 5005);

  const implicit = await openSink(t, { tlsMode: 'implicit' }, { judge });
  const secure = await dialTls(implicit.port);
  assert.equal((await secure.reply()).code, 220);
  assert.equal((await secure.ask('EHLO client.example.test')).code, 250);
  assert.equal((await send(secure, 'y\r\n')).code, 250);
  // Ten bytes of a TLS record are no reply.
  await assert.rejects(secure.ask('QUIT'), /ended before a reply/);
  assert.equal(implicit.sink.counts().messages, 1);
});

test('a reset goes through TLS', LIMIT, async (t) => {
  const judge = judgeOf({ NOOP: () => treatment({ drop: 'before', isReset: true }) });
  for (const usesSocketFaults of [false, true]) {
    const { port } = await openSink(t, { tlsMode: 'implicit' }, { judge: { ...judge, usesSocketFaults } });
    const client = await dialTls(port);
    await client.reply();
    await client.ask('EHLO client.example.test');
    const errors = client.watchErrors();
    client.write('NOOP\r\n');
    await client.end();
    assert.deepEqual(errors(), ['ECONNRESET'], `${usesSocketFaults}`);
  }
});

test('another judge decides from the next event on', LIMIT, async (t) => {
  const { sink, port } = await openSink(t);
  const client = await greeted(port);
  sink.judgeWith(
    judgeOf({ NOOP: () => treatment({ behaviour: 'b', reply: { code: 450, enhanced: '', lines: ['no'] } }) }),
  );
  assert.equal((await client.ask('NOOP')).code, 450);
  sink.judgeWith(null);
  assert.equal((await client.ask('NOOP')).code, 250);
  assert.deepEqual(sink.counts().behaviours, { b: 1 });
});

test('a sink may listen on a Unix socket, which is gone when it is closed', LIMIT, async (t) => {
  const path = join(await temporaryDir(t), 'sink.sock');
  const sink = createSink({ host: `unix:${path}`, port: 0, protocol: 'lmtp' });
  assert.deepEqual(await sink.listen(), { host: `unix:${path}`, port: 0 });
  const client = new Dialog(connect(path));
  assert.equal((await client.reply()).code, 220);
  assert.equal((await client.ask('LHLO client.example.test')).code, 250);
  assert.equal((await send(client, 'x\r\n')).code, 250);
  client.destroy();
  await sink.close();
  assert.equal(existsSync(path), false);
});
