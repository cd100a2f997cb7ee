/**
 * How long `mailbench --help` takes, as a whole process.
 */
import { fileURLToPath } from 'node:url';
import { timeProcess } from './process-timing.js';
import { renderTable } from './table.js';

const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const RUNS = 10;

export async function benchStartUp(): Promise<string> {
  const samples: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    samples.push((await timeProcess([process.execPath, CLI, '--help'])).wallSeconds * 1000);
  }
  return renderTable('Start-up', [
    {
      name: 'mailbench --help',
      unit: 'ms',
      samples,
      target: { text: '< 200 ms', isMet: (ms) => ms < 200 },
    },
  ]);
}
