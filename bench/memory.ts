/**
 * Memory over a long run: resident set of the whole process after 200,000 and after 1,000,000 messages. It should
 * not have grown: everything that is kept per message must be of constant size.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSmtpSink } from '#test/servers/smtp-sink.js';
import { residentMib } from './resident-memory.js';
import { median, renderTable } from './table.js';

const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const EARLY = 200_000;
const LATE = 1_000_000;
const SAMPLE_EVERY_MS = 200;

export async function benchMemory(): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'mailbench-bench-'));
  const sink = await startSmtpSink();
  try {
    const samples = await residentSets(`smtp://${sink.host}:${sink.port}`, out);
    // The garbage collector makes single readings jump; a band of messages gives a level.
    const level = (from: number, to: number) =>
      median(samples.filter(({ messages }) => messages >= from && messages < to).map(({ mib }) => mib));
    const early = level(EARLY, EARLY * 2);
    const late = level(LATE - EARLY, LATE + EARLY);
    return renderTable('Resident memory of a run (coalesced, 20 VUs)', [
      { name: 'after 200,000 messages', unit: 'MiB', samples: [early] },
      { name: 'after 1,000,000 messages', unit: 'MiB', samples: [late] },
      {
        name: 'growth',
        unit: '×',
        samples: [late / early],
        target: { text: '≤ 1.1', isMet: (ratio) => ratio <= 1.1 },
      },
    ]);
  } finally {
    await sink.stop();
    rmSync(out, { recursive: true, force: true });
  }
}

async function residentSets(target: string, out: string): Promise<{ messages: number; mib: number }[]> {
  const flags = ['--pipelining', 'coalesced', '--vus', '20', '--size', '1024', '--quiet', '--out', out];
  const child = spawn(process.execPath, [
    CLI,
    'run',
    '--target',
    target,
    '--iterations',
    String(LATE * 1.2),
    ...flags,
  ]);
  const samples: { messages: number; mib: number }[] = [];
  const timer = setInterval(() => {
    const mib = residentMib(child.pid ?? 0);
    if (mib !== null) samples.push({ messages: acceptedIn(out), mib });
  }, SAMPLE_EVERY_MS);
  await new Promise((resolve) => child.once('close', resolve));
  clearInterval(timer);
  return samples;
}

/** What the journal tells so far. */
function acceptedIn(out: string): number {
  const run = readdirSync(out).find((name) => name !== 'latest');
  const path = join(out, run ?? '', 'journal.ndjson');
  if (run === undefined || !existsSync(path)) return 0;
  const journal = readFileSync(path, 'latin1');
  return [...journal.matchAll(/"begun":\d+,"accepted":(\d+)/g)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
}
