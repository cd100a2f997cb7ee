/**
 * The health verdict on a real machine: a generator that shares its only core with three busy loops is declared
 * invalid, and one that merely polls is not, although polling fills its loop just as well.
 *
 * Needs a machine that is quiet otherwise, which is why a round that other work has disturbed is repeated.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { HealthVerdict } from '#src/metrics/health.js';
import type { SourceHealth } from '#src/metrics/health-windows.js';
import { requireProgram } from '#test/servers/require-program.js';
import { startBusyLoops } from '../busy-loops.js';
import { startMailServer } from './mail-server.js';

interface Judged extends SourceHealth {
  readonly verdict: HealthVerdict;
  readonly reasons: readonly string[];
}

const CHILD = fileURLToPath(new URL('./starved-child.js', import.meta.url));
const ROUNDS = 3;

/** The generator on core 0 alone. */
async function judge(port: number, ratePerSec: number, seconds: number): Promise<Judged> {
  const args = ['-c', '0', process.execPath, CHILD, `${port}`, `${ratePerSec}`, `${seconds}`];
  const child = spawn('taskset', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0);
  return JSON.parse(text) as Judged;
}

/** The first round that is as it should be, or else the last. */
async function bestOf(rounds: number, run: () => Promise<Judged>, isGood: (judged: Judged) => boolean) {
  for (let round = 1; ; round++) {
    const judged = await run();
    if (isGood(judged) || round === rounds) return judged;
  }
}

test('a generator that merely polls is not invalid', async (t) => {
  if (requireProgram(t, 'taskset') === undefined) return;
  const server = await startMailServer(t);
  const judged = await bestOf(
    ROUNDS,
    () => judge(server.port, 500, 4),
    ({ verdict }) => verdict !== 'invalid',
  );
  assert.notEqual(judged.verdict, 'invalid', JSON.stringify(judged));
});

test('a generator that shares its only core with three busy loops is invalid', async (t) => {
  if (requireProgram(t, 'taskset') === undefined) return;
  // On a single core the loops would starve the server as well.
  if (availableParallelism() < 2) return t.skip('needs two cores');
  const server = await startMailServer(t);
  startBusyLoops(t, 3);
  const judged = await bestOf(
    ROUNDS,
    () => judge(server.port, 200, 6),
    ({ verdict }) => verdict === 'invalid',
  );
  assert.equal(judged.verdict, 'invalid', JSON.stringify(judged));
  assert.ok(judged.cpuWait.p95 > 0.25, JSON.stringify(judged));
  assert.match(judged.reasons.join('\n'), /for a CPU/);
});
