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
import { type Row, renderTable } from './table.js';

const VUS = 20;
const SIZE_BYTES = 1024;
const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const POOL = fileURLToPath(new URL('./nodemailer-pool.js', import.meta.url));

interface Contender {
  readonly name: string;
  readonly messages: number;
  readonly command: (address: string, messages: number) => readonly string[];
}

interface Sample {
  readonly perSec: number;
  readonly cpuUs: number;
}

export interface ThroughputOptions {
  readonly rounds: number;
  readonly messages: number;
}

export async function benchThroughput({ rounds, messages }: ThroughputOptions): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'mailbench-bench-'));
  const sink = await startSmtpSink();
  const address = `${sink.host}:${sink.port}`;
  const contenders: readonly Contender[] = [
    { name: 'smtp-source -d', messages, command: smtpSource },
    { name: 'mailbench off', messages, command: mailbench('off', out) },
    { name: 'mailbench auto', messages, command: mailbench('auto', out) },
    { name: 'mailbench coalesced', messages, command: mailbench('coalesced', out) },
    { name: 'nodemailer pool', messages: Math.min(messages, 20_000), command: nodemailerPool },
  ];
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  try {
    for (let round = 0; round < rounds; round++) {
      for (const contender of contenders)
        samples.get(contender.name)?.push(await measure(contender, address));
    }
  } finally {
    await sink.stop();
    rmSync(out, { recursive: true, force: true });
  }
  return render(samples, messages);
}

async function measure({ messages, command }: Contender, address: string): Promise<Sample> {
  // A saturated closed run is `degraded: generator-limited`, which is no failure.
  const { wallSeconds, cpuSeconds } = await timeProcess(command(address, messages));
  return { perSec: messages / wallSeconds, cpuUs: (cpuSeconds * 1e6) / messages };
}

function smtpSource(address: string, messages: number): readonly string[] {
  return ['smtp-source', '-d', '-s', String(VUS), '-l', String(SIZE_BYTES), '-m', String(messages), address];
}

function mailbench(pipelining: string, out: string) {
  return (address: string, messages: number): readonly string[] => [
    ...[process.execPath, CLI, 'run', '--target', `smtp://${address}`, '--pipelining', pipelining, '--quiet'],
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
  const ratio = (a: string, b: string, read: (sample: Sample) => number) =>
    of(a).map((sample, i) => read(sample) / read(of(b)[i] as Sample));
  const speed = ({ perSec }: Sample) => perSec;
  const cpu = ({ cpuUs }: Sample) => cpuUs;
  const atLeast = (bound: number) => ({ text: `≥ ${bound}`, isMet: (value: number) => value >= bound });
  const atMost = (bound: number) => ({ text: `≤ ${bound}`, isMet: (value: number) => value <= bound });
  const ratios: Row[] = [
    {
      name: 'off / smtp-source, messages per second',
      unit: '×',
      samples: ratio('mailbench off', 'smtp-source -d', speed),
      target: atLeast(0.9),
    },
    {
      name: 'off / smtp-source, CPU per message',
      unit: '×',
      samples: ratio('mailbench off', 'smtp-source -d', cpu),
      target: atMost(1.2),
    },
    {
      name: 'auto / smtp-source, messages per second',
      unit: '×',
      samples: ratio('mailbench auto', 'smtp-source -d', speed),
    },
    {
      name: 'coalesced / smtp-source, messages per second',
      unit: '×',
      samples: ratio('mailbench coalesced', 'smtp-source -d', speed),
      target: atLeast(1.6),
    },
    {
      name: 'coalesced / nodemailer pool, messages per second',
      unit: '×',
      samples: ratio('mailbench coalesced', 'nodemailer pool', speed),
      target: atLeast(10),
    },
  ];
  const setting = `${VUS} sessions kept open, ${SIZE_BYTES} bytes, ${messages.toLocaleString('en-US')} messages a run, one smtp-sink for all`;
  return [
    renderTable(`Messages per second (${setting})`, rates),
    renderTable('CPU per message, all threads', cpus),
    renderTable('Ratios, round by round', ratios),
  ].join('');
}
