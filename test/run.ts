/**
 * Runs the compiled tests: `node dist-test/run.js [--real] [name…]`.
 *
 * Daily tests run side by side; tests against real servers (`*.real.test.ts`, only with --real) run after them,
 * one file at a time, because some of them judge how busy the machine is. A name keeps the files whose path
 * contains it. Ends with 1 when a test fails, when a file hangs (see deadline.ts) and when there is nothing to run.
 */
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DEADLINE_VARIABLE } from './deadline.js';
import { selectTests, type TestFile } from './test-files.js';

interface Batch {
  readonly files: readonly TestFile[];
  readonly concurrency: number;
  /** How long one file may take before it counts as hanging. */
  readonly deadlineMs: number;
}

const compiledDir = dirname(fileURLToPath(import.meta.url));
const sourceDir = join(dirname(compiledDir), 'test');

const { values, positionals } = parseArgs({
  options: { real: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const files = selectTests({
  compiled: await listFiles(compiledDir),
  sources: await listFiles(sourceDir),
  names: positionals,
});
const daily = files.filter((file) => !file.isReal);
const real = values.real ? files.filter((file) => file.isReal) : [];

if (daily.length + real.length === 0) {
  console.error(`No test file matches${positionals.map((name) => ` "${name}"`).join('')} in ${compiledDir}`);
  process.exit(1);
}
const codes = [
  await runBatch({ files: daily, concurrency: Math.max(2, availableParallelism()), deadlineMs: 120_000 }),
  await runBatch({ files: real, concurrency: 1, deadlineMs: 600_000 }),
];
process.exit(Math.max(...codes));

async function runBatch({ files, concurrency, deadlineMs }: Batch): Promise<number> {
  if (files.length === 0) return 0;
  const child = spawn(
    process.execPath,
    [
      '--enable-source-maps',
      `--import=${new URL('./deadline.js', import.meta.url)}`,
      '--test',
      '--test-reporter=spec',
      `--test-concurrency=${concurrency}`,
      // Per test on Node 24, per file on Node 20. Longer than the deadline, which says more.
      `--test-timeout=${deadlineMs + 10_000}`,
      ...files.map((file) => join(compiledDir, file.path)),
    ],
    { stdio: 'inherit', env: { ...process.env, [DEADLINE_VARIABLE]: String(deadlineMs) } },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // A runner ended by a signal has no code; that is a failure too.
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Paths of all files below `dir`, relative to it, with forward slashes. */
async function listFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}
