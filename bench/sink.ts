/**
 * The sink beside Postfix's smtp-sink: the same `smtp-source -d -s 20`, by turns, the same stamped message.
 *
 * Ours writes a receipt for each message, with its stamp read and its body digested. CPU is that of the receiving
 * processes alone. Ratios are taken round by round, because a shared machine drifts.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bodyDigest, stampLayout, writeStamp } from '#src/message/stamp.js';
import { startSmtpSink } from '#test/servers/smtp-sink.js';
import { timeProcess } from './process-timing.js';
import { cpuSecondsOfTree } from './process-tree.js';
import { startSink } from './start-sink.js';
import { type Row, renderTable } from './table.js';

const SESSIONS = 20;
const SIZE_BYTES = 1024;

interface Receiver {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

interface Sample {
  readonly perSec: number;
  readonly cpuUs: number;
}

export interface SinkBenchOptions {
  readonly rounds?: number;
  readonly messages?: number;
}

export async function benchSink({ rounds = 5, messages = 100_000 }: SinkBenchOptions = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'mailbench-bench-'));
  const file = join(folder, 'message.eml');
  writeFileSync(file, stampedMessage());
  const samples = new Map<string, Sample[]>();
  try {
    for (let round = 0; round < rounds; round++) {
      for (const start of receivers(join(folder, `receipts-${round}`))) {
        const receiver = await start();
        const sample = await measure(receiver, file, messages);
        samples.set(receiver.name, [...(samples.get(receiver.name) ?? []), sample]);
        await receiver.stop();
      }
    }
    checkReceipts(join(folder, 'receipts-0-one'), messages);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return render(samples, messages);
}

/** A new one for each measurement: what an earlier one left behind costs nobody anything. */
function receivers(receipts: string): readonly (() => Promise<Receiver>)[] {
  const ours = (name: string, flags: readonly string[]) => async () => ({
    name,
    ...(await startSink(flags)),
  });
  return [
    async () => ({ name: 'smtp-sink', ...(await startSmtpSink()) }),
    ours('sink, receipts', ['--receipts', `${receipts}-one`]),
    ours('sink, receipts, 2 workers', ['--receipts', `${receipts}-two`, '--workers', '2']),
    ours('sink, no receipts', []),
  ];
}

async function measure({ port, pid }: Receiver, file: string, messages: number): Promise<Sample> {
  const command = ['smtp-source', '-d', '-s', String(SESSIONS), '-F', file, '-m', String(messages)];
  // The first messages find code that has not been compiled yet.
  await timeProcess([
    'smtp-source',
    '-d',
    '-s',
    String(SESSIONS),
    '-F',
    file,
    '-m',
    '5000',
    `127.0.0.1:${port}`,
  ]);
  const beforeSeconds = cpuSecondsOfTree(pid);
  const { wallSeconds } = await timeProcess([...command, `127.0.0.1:${port}`]);
  const cpuSeconds = cpuSecondsOfTree(pid) - beforeSeconds;
  return { perSec: messages / wallSeconds, cpuUs: (cpuSeconds * 1e6) / messages };
}

/** A figure for a sink that lost receipts would be worth nothing. */
function checkReceipts(path: string, messages: number): void {
  const receipts = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"intact":true'));
  if (receipts.length !== messages + 5000)
    throw new Error(`${receipts.length} receipts of whole messages for ${messages + 5000}`);
}

function stampedMessage(): Buffer {
  const run = 'benchmark';
  const headers = 'From: <a@sender.example.test>\r\nTo: <b@rcpt.example.test>\r\nSubject: benchmark\r\n\r\n';
  const { lengthBytes } = stampLayout(run);
  const line = `${'x'.repeat(62)}\r\n`;
  const body = Buffer.from(line.repeat(Math.ceil((SIZE_BYTES - lengthBytes - headers.length) / line.length)));
  const stamp = Buffer.alloc(lengthBytes);
  writeStamp(stamp, 0, {
    run,
    number: 1,
    isWarmup: false,
    sentAtUs: 1_700_000_000_000_000,
    bodyDigest: bodyDigest(body),
  });
  // smtp-source wants lines as Unix has them.
  return Buffer.from(
    Buffer.concat([stamp, Buffer.from(headers), body])
      .toString('latin1')
      .replaceAll('\r\n', '\n'),
  );
}

function render(samples: ReadonlyMap<string, readonly Sample[]>, messages: number): string {
  const of = (name: string): readonly Sample[] => samples.get(name) ?? [];
  const names = [...samples.keys()];
  const rows = (unit: string, read: (sample: Sample) => number): Row[] =>
    names.map((name) => ({ name, unit, samples: of(name).map(read) }));
  const ratio = (
    name: string,
    what: string,
    read: (sample: Sample) => number,
    target?: Row['target'],
  ): Row => ({
    name: `${name} / smtp-sink, ${what}`,
    unit: '×',
    samples: of(name).map((sample, i) => read(sample) / read(of('smtp-sink')[i] as Sample)),
    ...(target && { target }),
  });
  const speed = ({ perSec }: Sample) => perSec;
  const cpu = ({ cpuUs }: Sample) => cpuUs;
  const setting = `smtp-source -d, ${SESSIONS} sessions, about ${SIZE_BYTES} bytes, ${messages.toLocaleString('en-US')} messages a run`;
  return [
    renderTable(`Messages received per second (${setting})`, rows('/s', speed)),
    renderTable('CPU per message of the receiver', rows('µs', cpu)),
    renderTable('Ratios, round by round', [
      ratio('sink, receipts', 'messages per second', speed, {
        text: '≥ 0.35',
        isMet: (value) => value >= 0.35,
      }),
      ratio('sink, receipts', 'CPU per message', cpu),
      ratio('sink, receipts, 2 workers', 'messages per second', speed),
      ratio('sink, no receipts', 'messages per second', speed),
    ]),
  ].join('');
}
