/**
 * For the sink's tests: a sink on a free port, a client that was greeted, and judges made of functions.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { isAcknowledgement, parseReceiptLine, type Receipt } from '#src/delivery/receipt.js';
import type { SinkEvent, Verb } from '#src/sink/event.js';
import type { Judge, Treatment } from '#src/sink/judge.js';
import { createSink, type Sink, type SinkOptions, type SinkParts } from '#src/sink/sink-server.js';
import { temporaryDir } from '#test/tmp.js';
import { type Dialog, dial } from './dialog.js';

export const LIMIT = { timeout: 30_000 };

export async function openSink(
  t: TestContext,
  options: Partial<SinkOptions> = {},
  parts: SinkParts = {},
): Promise<{ sink: Sink; port: number }> {
  const sink = createSink({ host: '127.0.0.1', port: 0, protocol: 'smtp', ...options }, parts);
  const { port } = await sink.listen();
  t.after(() => sink.close());
  return { sink, port };
}

/** With receipts in a folder of the test's; `receipts()` reads what is there now. */
export async function openSinkWithReceipts(
  t: TestContext,
  options: Partial<SinkOptions> = {},
  parts: SinkParts = {},
) {
  const folder = await temporaryDir(t);
  const path = join(folder, 'receipts.ndjson');
  const opened = await openSink(t, { ...options, receipts: { path, keepDir: null } }, parts);
  return { ...opened, path, folder, receipts: () => readReceipts(path).receipts };
}

export function readReceipts(path: string): { receipts: Receipt[]; acks: string[]; torn: number } {
  const lines = readFileSync(path, 'utf8').split('\n');
  const read = { receipts: [] as Receipt[], acks: [] as string[], torn: 0 };
  for (const line of lines.slice(0, -1)) {
    const parsed = parseReceiptLine(line);
    if (parsed === null) read.torn++;
    else if (isAcknowledgement(parsed)) read.acks.push(parsed.ack);
    else read.receipts.push(parsed);
  }
  if (lines.at(-1) !== '') read.torn++;
  return read;
}

export async function greeted(port: number, verb = 'EHLO'): Promise<Dialog> {
  const client = dial(port);
  assert.equal((await client.reply()).code, 220);
  assert.equal((await client.ask(`${verb} client.example.test`)).code, 250);
  return client;
}

/** The envelope, its replies, and content that ends with CRLF; returns what is said to it. */
export async function send(client: Dialog, content: string, recipients = ['user@example.test']) {
  const rcpt = recipients.map((recipient) => `RCPT TO:<${recipient}>\r\n`).join('');
  client.write(`MAIL FROM:<sender@example.test>\r\n${rcpt}DATA\r\n`);
  const codes = await client.replies(recipients.length + 2);
  assert.deepEqual(codes, [250, ...recipients.map(() => 250), 354]);
  client.write(`${content}.\r\n`);
  return client.reply();
}

export type Decisions = Partial<
  Record<Verb, (event: SinkEvent) => Treatment | null | Promise<Treatment | null>>
>;

export function judgeOf(decisions: Decisions): Judge {
  return {
    usesSocketFaults: false,
    watches: (verb) => decisions[verb] !== undefined,
    judge: (event) => decisions[event.verb]?.(event) ?? null,
  };
}

export function treatment(part: Partial<Treatment>): Treatment {
  return {
    behaviour: 'tested',
    delayMs: 0,
    reply: null,
    drop: null,
    isReset: false,
    readBytesPerSec: null,
    fate: null,
    socket: null,
    ...part,
  };
}

export function reply(code: number, enhanced: string, ...lines: string[]) {
  return { code, enhanced, lines };
}
