/** Each fault of `socket`, from the YAML to the bytes that a client gets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { openJudgedSink } from '../judged-sink.js';

const LIMIT = { timeout: 30_000 };
const OK = '250 2.0.0 OK\r\n';

interface Raw {
  readonly socket: Socket;
  readonly segments: Buffer[];
  readonly errors: string[];
}

/** Past the greeting. */
async function dialRaw(port: number): Promise<Raw> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const raw: Raw = { socket, segments: [], errors: [] };
  socket.on('error', (error: NodeJS.ErrnoException) => raw.errors.push(error.code ?? ''));
  await once(socket, 'data');
  socket.on('data', (segment: Buffer) => raw.segments.push(segment));
  return raw;
}

function said({ segments }: Raw): string {
  return Buffer.concat(segments).toString('latin1');
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** What one NOOP brings. */
async function noop(t: Parameters<typeof openJudgedSink>[0], fault: string): Promise<Raw> {
  const { port } = await openJudgedSink(t, { yaml: `  - { when: { verb: NOOP }, socket: ${fault} }` });
  const raw = await dialRaw(port);
  t.after(() => raw.socket.destroy());
  raw.socket.write('NOOP\r\n');
  return raw;
}

test('split and pause: a reply comes in pieces', LIMIT, async (t) => {
  const raw = await noop(t, '{ split: 3B, pause: 20ms }');
  await until(() => said(raw).length === OK.length);
  assert.equal(said(raw), OK);
  assert.deepEqual([...new Set(raw.segments.slice(0, -1).map(({ length }) => length % 3))], [0]);
  assert.ok(raw.segments.length > 1);
});

test('repeat: a reply comes twice', LIMIT, async (t) => {
  const raw = await noop(t, '{ repeat: 2 }');
  await until(() => said(raw).length >= 2 * OK.length);
  assert.equal(said(raw), OK + OK);
});

// Where a reset comes together with bytes, Node reports an end and no error: so none come before it.
for (const [how, after, errors] of [
  ['close', 5, []],
  ['reset', 0, ['ECONNRESET']],
] as const) {
  test(`cut: a reply stops after ${after} octets, with a ${how}`, LIMIT, async (t) => {
    const raw = await noop(t, `{ cut: { after: ${after}, how: ${how} } }`);
    await until(() => raw.socket.closed);
    assert.equal(said(raw), OK.slice(0, after));
    assert.deepEqual(raw.errors, errors);
  });
}

test('garbage: so many bytes come before the reply, printable where asked for', LIMIT, async (t) => {
  const binary = await noop(t, '{ garbage: 16B }');
  await until(() => said(binary).length >= 16 + OK.length);
  assert.equal(said(binary).slice(16), OK);
  const printable = await noop(t, '{ garbage: { bytes: 16B, text: true } }');
  await until(() => said(printable).length >= 16 + OK.length);
  assert.match(said(printable).slice(0, 16), /^[\x20-\x7e]{16}$/);
  assert.notEqual(said(printable).slice(0, 16), said(binary).slice(0, 16));
});

test(
  'stall: this client hears nothing, the next one does, and after the stall the reply comes',
  LIMIT,
  async (t) => {
    const yaml = '  - { when: { verb: NOOP, helo: slow.test }, socket: { stall: 400ms } }';
    const { port } = await openJudgedSink(t, { yaml });
    const slow = await dialRaw(port);
    slow.socket.write('HELO slow.test\r\n');
    await until(() => slow.segments.length === 1);
    slow.socket.write('NOOP\r\nNOOP\r\n');
    const quick = await dialRaw(port);
    quick.socket.write('NOOP\r\n');
    await until(() => said(quick) === OK);
    assert.equal(slow.segments.length, 1);
    await until(() => said(slow).endsWith(OK + OK));
    slow.socket.destroy();
    quick.socket.destroy();
  },
);

test('stall: forever is until the client leaves', LIMIT, async (t) => {
  const yaml = '  - { when: { verb: NOOP }, socket: { stall: forever } }';
  const { port, sink } = await openJudgedSink(t, { yaml });
  const stalled = await dialRaw(port);
  stalled.socket.write('NOOP\r\n');
  await until(() => Object.values(sink.counts().behaviours).includes(1));
  assert.equal(said(stalled), '');
  stalled.socket.destroy();
  await until(() => sink.counts().ended === 1);
});

test('rate: a message is read no faster, and whole', LIMIT, async (t) => {
  const yaml = '  - { when: { verb: CONNECT }, socket: { rate: 200KiB/s } }';
  const { port, receipts } = await openJudgedSink(t, { yaml });
  const raw = await dialRaw(port);
  const body = `${'x'.repeat(70)}\r\n`.repeat(1000);
  raw.socket.write('HELO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<a@a.test>\r\nDATA\r\n');
  await until(() => /^354 /m.test(said(raw)));
  const startedMs = performance.now();
  raw.socket.write(`${body}.\r\n`);
  await until(() => /^354 .*\r\n250 /m.test(said(raw)));
  // 70 KiB at 200 KiB/s, of which a tenth of a second may be saved up: a lower bound, however slow the machine is.
  assert.ok(performance.now() - startedMs > 150);
  assert.equal(receipts()[0]?.bytes, body.length);
  raw.socket.destroy();
});
