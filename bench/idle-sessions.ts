/**
 * Sessions held open: resident memory of the whole process, per session, and whether all of them still answer.
 *
 * Two runs against the same server, one with few sessions and one with 10,000 more; the difference of their memory, when all
 * are open, is theirs. The server is a process of its own.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { residentMib } from './resident-memory.js';
import { startNullServer } from './start-null-server.js';
import { median, renderTable } from './table.js';

const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const FEW = 10;
const SESSIONS = 10_000;
const SECONDS = 45;
const NOOP_EVERY_SECONDS = 10;

interface Held {
  readonly mib: number;
  readonly noops: number;
}

export async function benchIdleSessions(): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'mailbench-bench-'));
  const server = await startNullServer();
  try {
    const few = await hold(FEW, server.port, out);
    const many = await hold(FEW + SESSIONS, server.port, out);
    return renderTable(`${SESSIONS.toLocaleString('en-US')} sessions held open on one shard`, [
      {
        name: 'resident memory per session',
        unit: 'KiB',
        samples: [((many.mib - few.mib) * 1024) / SESSIONS],
        target: { text: '≤ 12', isMet: (kib) => kib <= 12 },
      },
      {
        name: `NOOPs answered per session, one every ${NOOP_EVERY_SECONDS} s`,
        unit: '',
        samples: [many.noops / (FEW + SESSIONS)],
        target: { text: '≥ 1', isMet: (noops) => noops >= 1 },
      },
    ]);
  } finally {
    await server.stop();
    rmSync(out, { recursive: true, force: true });
  }
}

async function hold(sessions: number, port: number, out: string): Promise<Held> {
  const child = spawn(
    process.execPath,
    [
      ...[CLI, 'run', '--target', `smtp://127.0.0.1:${port}`, '--quiet', '--out', out, '--workers', '1'],
      ...['--vus', '1', '--duration', `${SECONDS}s`, '--set', 'client.thinkTime=100ms'],
      ...['--set', 'client.chunking=true', '--set', `client.idle.sessions=${sessions}`],
      ...['--set', `client.idle.noopEvery=${NOOP_EVERY_SECONDS}s`],
    ],
    { stdio: 'inherit' },
  );
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(residentMib(child.pid ?? 0) ?? 0), 200);
  await new Promise((resolve) => child.once('close', resolve));
  clearInterval(timer);
  // The last fifth of the run, less its very end.
  const settled = samples.slice(Math.floor(samples.length * 0.75), Math.floor(samples.length * 0.95));
  return { mib: median(settled), noops: noopsIn(out) };
}

/** What the result of the last run counts as answered with 250. */
function noopsIn(out: string): number {
  const { metrics } = JSON.parse(readFileSync(join(out, 'latest', 'result.json'), 'utf8')) as {
    readonly metrics: Readonly<Record<string, { readonly values: { readonly count?: number } }>>;
  };
  const keys = Object.keys(metrics).filter((key) => /^smtp_replies\{.*code:250,command:NOOP/.test(key));
  return keys.reduce((sum, key) => sum + (metrics[key]?.values.count ?? 0), 0);
}
