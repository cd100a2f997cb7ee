/**
 * Throughput and CPU per message against smtp-source and nodemailer's pool: the same smtp-sink, by turns, whole
 * processes, start-up and reports included. Ratios are taken round by round, because a shared machine drifts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSmtpSink } from '#test/servers/smtp-sink.js';
import { timeProcess } from './process-timing.js';
import { startNullServer } from './start-null-server.js';
import { type Row, renderTable } from './table.js';

const VUS = 20;
const SIZE_BYTES = 1024;
const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const POOL = fileURLToPath(new URL('./nodemailer-pool.js', import.meta.url));

interface Contender {
  readonly name: string;
  readonly messages: number;
  /** Address of the server and number of messages to a command line. */
  readonly command: (address: string, messages: number) => readonly string[];
  readonly server: 'smtp-sink' | 'null';
}

interface Sample {
  readonly perSec: number;
  readonly cpuUs: number;
}

export interface ThroughputOptions {
  readonly rounds: number;
  /** Per run of a contender that keeps its sessions; slower and faster ones get less and more. */
  readonly messages: number;
}

export async function benchThroughput({ rounds, messages }: ThroughputOptions): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'mailbench-bench-'));
  const sink = await startSmtpSink();
  const nullServer = await startNullServer();
  const addresses = { 'smtp-sink': `${sink.host}:${sink.port}`, null: `127.0.0.1:${nullServer.port}` };
  const contenders = contendersFor(messages, out);
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  try {
    for (let round = 0; round < rounds; round++) {
      for (const contender of contenders)
        samples.get(contender.name)?.push(await measure(contender, addresses[contender.server]));
    }
  } finally {
    await sink.stop();
    await nullServer.stop();
    rmSync(out, { recursive: true, force: true });
  }
  return render(samples, messages);
}

function contendersFor(messages: number, out: string): readonly Contender[] {
  const server = 'smtp-sink';
  const connections = Math.ceil(messages / 10);
  const once = ['--pipelining', 'off', '--messages-per-session', '1'];
  const window = ['--set', 'client.chunking=true', '--set', 'client.window=16'];
  return [
    { name: 'smtp-source -d', messages, server, command: smtpSource('-d') },
    { name: 'mailbench off', messages, server, command: mailbench(out, '--pipelining', 'off') },
    { name: 'mailbench auto', messages, server, command: mailbench(out, '--pipelining', 'auto') },
    { name: 'mailbench coalesced', messages, server, command: mailbench(out, '--pipelining', 'coalesced') },
    {
      name: 'mailbench window 16',
      messages: messages * 4,
      server: 'null',
      command: mailbench(out, ...window),
    },
    {
      name: 'mailbench window 16, 2 workers',
      messages: messages * 4,
      server: 'null',
      command: mailbench(out, ...window, '--workers', '2'),
    },
    { name: 'nodemailer pool', messages: Math.min(messages, 20_000), server, command: nodemailerPool },
    { name: 'smtp-source, a connection each', messages: connections, server, command: smtpSource() },
    {
      name: 'mailbench off, a connection each',
      messages: connections,
      server,
      command: mailbench(out, ...once),
    },
  ];
}

async function measure({ messages, command }: Contender, address: string): Promise<Sample> {
  // A saturated closed run is `degraded: generator-limited`, which is no failure.
  const { wallSeconds, cpuSeconds } = await timeProcess(command(address, messages));
  return { perSec: messages / wallSeconds, cpuUs: (cpuSeconds * 1e6) / messages };
}

function smtpSource(...flags: readonly string[]) {
  const fixed = ['-s', String(VUS), '-l', String(SIZE_BYTES)];
  return (address: string, messages: number): readonly string[] => [
    ...['smtp-source', ...flags, ...fixed, '-m', String(messages), address],
  ];
}

function mailbench(out: string, ...flags: readonly string[]) {
  return (address: string, messages: number): readonly string[] => [
    ...[process.execPath, CLI, 'run', '--target', `smtp://${address}`, '--quiet', ...flags],
    ...['--vus', String(VUS), '--iterations', String(messages), '--size', String(SIZE_BYTES), '--out', out],
  ];
}

function nodemailerPool(address: string, messages: number): readonly string[] {
  return [process.execPath, POOL, address, String(VUS), String(SIZE_BYTES), String(messages)];
}

function render(samples: ReadonlyMap<string, readonly Sample[]>, messages: number): string {
  const of = (name: string): readonly Sample[] => samples.get(name) ?? [];
  const names = [...samples.keys()];
  const rates: Row[] = names.map((name) => ({
    name,
    unit: '/s',
    samples: of(name).map(({ perSec }) => perSec),
  }));
  const cpus: Row[] = names.map((name) => ({
    name,
    unit: 'µs',
    samples: of(name).map(({ cpuUs }) => cpuUs),
  }));
  const ratio = (a: string, b: string, read: (sample: Sample) => number, target?: Row['target']): Row => ({
    name: `${a.replace('mailbench ', '')} / ${b}, ${read === speed ? 'messages per second' : 'CPU per message'}`,
    unit: '×',
    samples: of(a).map((sample, i) => read(sample) / read(of(b)[i] as Sample)),
    ...(target && { target }),
  });
  const kept = 'smtp-source -d';
  const fresh = 'smtp-source, a connection each';
  const ratios: Row[] = [
    ratio('mailbench off', kept, speed, atLeast(1)),
    ratio('mailbench off', kept, cpu, atMost(1)),
    ratio('mailbench auto', kept, speed),
    ratio('mailbench coalesced', kept, speed, atLeast(2.2)),
    ratio('mailbench window 16', kept, speed, atLeast(8)),
    ratio('mailbench window 16, 2 workers', kept, speed, atLeast(8)),
    ratio('mailbench coalesced', 'nodemailer pool', speed, atLeast(10)),
    ratio('mailbench off, a connection each', fresh, speed, atLeast(1)),
    ratio('mailbench off, a connection each', fresh, cpu),
  ];
  const setting = `${VUS} sessions, ${SIZE_BYTES} bytes, ${messages.toLocaleString('en-US')} messages a run; one smtp-sink for all, the window against a null server`;
  return [
    renderTable(`Messages per second (${setting})`, rates),
    renderTable('CPU per message, all threads', cpus),
    renderTable('Ratios, round by round', ratios),
  ].join('');
}

const speed = ({ perSec }: Sample) => perSec;
const cpu = ({ cpuUs }: Sample) => cpuUs;

function atLeast(bound: number): NonNullable<Row['target']> {
  return { text: `≥ ${bound}`, isMet: (value) => value >= bound };
}

function atMost(bound: number): NonNullable<Row['target']> {
  return { text: `≤ ${bound}`, isMet: (value) => value <= bound };
}
