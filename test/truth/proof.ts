/**
 * `npm run proof`: what takes too long for every day. Five experiments of a server against itself, and a whole search for a known capacity.
 * About half an hour on an idle machine; ends with 1 when any of it is wrong.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCapacity } from '#src/result/capacity.js';
import { readComparison } from '#src/result/comparison.js';
import { runCli } from '../cli.js';
import { trueCapacity, writeLossSystem } from './loss-system.js';

const EXPERIMENTS = 5;
const LONGEST_MS = 3_600_000;

const STEADY = `scenario:
  scenarios: { a: { executor: constant-arrival-rate, rate: 200, duration: 5s, warmup: 1s, preAllocatedVUs: 50, maxVUs: 500 } }
variants: { a: {}, b: {} }
`;

const folder = mkdtempSync(join(tmpdir(), 'mailbench-proof-'));
try {
  const isSame = await experiments();
  const isFound = await search();
  process.exitCode = isSame && isFound ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function experiments(): Promise<boolean> {
  const file = join(folder, 'aa.yaml');
  writeFileSync(file, STEADY);
  let right = 0;
  for (let seed = 1; seed <= EXPERIMENTS; seed++) {
    const { rows } = readComparison(await run(['experiment', file, '--seed', String(seed)], `aa-${seed}`));
    if (rows.every(({ verdict }) => verdict !== 'better' && verdict !== 'worse')) right++;
    const words = rows.map(
      ({ metric, verdict, changePct }) => `${metric} ${verdict} (${changePct?.toFixed(1)} %)`,
    );
    console.log(`A/A ${seed}: ${words.join(', ')}`);
  }
  console.log(`A/A: ${right} of ${EXPERIMENTS} without a verdict that is false`);
  return right === EXPERIMENTS;
}

async function search(): Promise<boolean> {
  const capacity = readCapacity(await run(['capacity', writeLossSystem(folder), '--seed', '1'], 'capacity'));
  const truth = trueCapacity(capacity);
  const error = (capacity.sustainedPerSec ?? 0) / truth - 1;
  console.log(
    `capacity: ${capacity.sustainedPerSec}/s, in truth ${truth.toFixed(1)}/s: ${(100 * error).toFixed(1)} %, ${capacity.trials.length} trials, ended by ${capacity.endedBy}`,
  );
  return error >= -0.05 && error <= 0.01;
}

/** The folder that it leaves. */
async function run(args: readonly string[], name: string): Promise<string> {
  const out = join(folder, name);
  mkdirSync(out);
  const { code, stdout, stderr } = await runCli([...args, '--out', out], { timeoutMs: LONGEST_MS });
  if (code !== 0) throw new Error(`exit ${code}: ${stdout}${stderr}`);
  return join(out, readdirSync(out).find((entry) => /^\d{8}-/.test(entry)) ?? '');
}
