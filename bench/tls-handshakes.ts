/**
 * TLS handshakes per second, one at a time, against openssl's own client: the same `openssl s_server` with the same key, by
 * turns. Resumption is compared at TLS 1.2 only, because there `s_time -reuse` really resumes.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '#test/free-port.js';
import { timeProcess } from './process-timing.js';
import { type Row, renderTable } from './table.js';

const CLIENT = fileURLToPath(new URL('./tls-client.js', import.meta.url));
const run = promisify(execFile);

const CASES = [
  { version: 'TLSv1.2', flag: '-tls1_2', kind: 'full', target: 0.8 },
  { version: 'TLSv1.3', flag: '-tls1_3', kind: 'full', target: 0.8 },
  { version: 'TLSv1.2', flag: '-tls1_2', kind: 'resumed', target: null },
] as const;

export async function benchTlsHandshakes({ rounds = 5, seconds = 4 } = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'mailbench-bench-'));
  const server = await startServer(folder);
  const rates: Row[] = [];
  const ratios: Row[] = [];
  try {
    for (const { version, flag, kind, target } of CASES) {
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = 0; round < rounds; round++) {
        theirs.push(await openssl(server.port, flag, kind, seconds));
        const { stdout } = await run(process.execPath, [
          CLIENT,
          String(server.port),
          version,
          kind,
          String(seconds),
        ]);
        ours.push(Number(stdout));
      }
      const name = `${version}, ${kind}`;
      rates.push({ name: `openssl s_time, ${name}`, unit: '/s', samples: theirs });
      rates.push({ name: `mailbench, ${name}`, unit: '/s', samples: ours });
      ratios.push({
        name: `mailbench / s_time, ${name}`,
        unit: '×',
        samples: ours.map((rate, i) => rate / (theirs[i] as number)),
        ...(target !== null && {
          target: { text: `≥ ${target}`, isMet: (ratio: number) => ratio >= target },
        }),
      });
    }
  } finally {
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return renderTable('TLS handshakes, one at a time', rates) + renderTable('Ratios, round by round', ratios);
}

/** s_time counts whole seconds; what the clock says is exact. */
async function openssl(port: number, flag: string, kind: string, seconds: number): Promise<number> {
  const reuse = kind === 'resumed' ? '-reuse' : '-new';
  const command = [
    'openssl',
    's_time',
    '-connect',
    `127.0.0.1:${port}`,
    reuse,
    flag,
    '-time',
    String(seconds),
  ];
  const { wallSeconds, output } = await timeProcess(command);
  const count = /(\d+) connections in \d+ real seconds/.exec(output)?.[1];
  if (count === undefined) throw new Error(`s_time printed no count:\n${output.slice(-500)}`);
  return Number(count) / wallSeconds;
}

async function startServer(folder: string): Promise<{ readonly port: number; stop(): void }> {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync(
    'openssl',
    ['req', '-x509', ...curve, '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost'],
    { stdio: 'ignore' },
  );
  const port = await freePort();
  const child = spawn(
    'openssl',
    ['s_server', '-accept', `127.0.0.1:${port}`, '-cert', cert, '-key', key, '-quiet'],
    // It ends when its standard input does.
    { stdio: ['pipe', 'ignore', 'ignore'] },
  );
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);
  await untilListening(port);
  return { port, stop };
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      socket.destroy();
    }
  }
  throw new Error('openssl s_server does not listen');
}
