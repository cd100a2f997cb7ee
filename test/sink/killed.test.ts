import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stampLayout, writeStamp } from '#src/message/stamp.js';
import { temporaryDir } from '#test/tmp.js';
import { dial } from './dialog.js';
import { LIMIT, readReceipts, send } from './open-sink.js';

const RUN = 'killed';
const CLIENTS = 8;

async function startSink(t: TestContext, path: string) {
  const script = fileURLToPath(new URL('./receipts-main.js', import.meta.url));
  const child = fork(script, [path], { execArgv: [] });
  t.after(() => child.kill('SIGKILL'));
  const [port] = (await once(child, 'message')) as [number];
  return { child, port };
}

function stamped(number: number): string {
  const line = Buffer.alloc(stampLayout(RUN).lengthBytes);
  writeStamp(line, 0, { run: RUN, number, isWarmup: false, sentAtUs: 1, bodyDigest: '0'.repeat(16) });
  return `${line.toString('latin1')}\r\nx\r\n`;
}

/** Sends until the sink is gone; `onAccepted` is told every number that got a 250. */
async function sendUntilGone(port: number, take: () => number, onAccepted: (number: number) => void) {
  const client = dial(port);
  try {
    await client.reply();
    await client.ask('EHLO client.example.test');
    for (;;) {
      const number = take();
      const { code } = await send(client, stamped(number));
      if (code === 250) onAccepted(number);
    }
  } catch (error) {
    if (!/ended before a reply/.test(String(error))) throw error;
  }
}

test('a sink that is killed under load has a receipt for all it accepted', LIMIT, async (t) => {
  const path = join(await temporaryDir(t), 'receipts.ndjson');
  const accepted = new Set<number>();
  let next = 0;
  for (const killAfter of [1, 137, 500]) {
    const { child, port } = await startSink(t, path);
    const before = accepted.size;
    const take = () => next++;
    const onAccepted = (number: number) => {
      accepted.add(number);
      if (accepted.size === before + killAfter) child.kill('SIGKILL');
    };
    await Promise.all(Array.from({ length: CLIENTS }, () => sendUntilGone(port, take, onAccepted)));
  }
  const { receipts, acks, torn } = readReceipts(path);
  const numbers = new Set(receipts.map(({ number }) => number));
  assert.deepEqual(
    [...accepted].filter((number) => !numbers.has(number)),
    [],
  );
  assert.ok(accepted.size >= 638);
  assert.equal(numbers.size, receipts.length);
  assert.ok(torn <= 2);
  // Acknowledged is only what a client may have seen.
  const ids = new Set(receipts.map(({ id }) => id));
  assert.ok(acks.every((ack) => ids.has(ack)));
});
