/** What a capacity leaves: capacity.json, capacity.html, summary.md and junit.xml in its folder, and the answer on the terminal. */
import { join } from 'node:path';
import process from 'node:process';
import { renderCapacity } from '../report/capacity/console.js';
import { renderCapacityHtml } from '../report/capacity/html.js';
import { renderCapacityJunit } from '../report/capacity/junit.js';
import { renderCapacityMarkdown } from '../report/capacity/markdown.js';
import { writeAtomically } from '../result/atomic-file.js';
import { type Capacity, writeCapacity } from '../result/capacity.js';
import { RUN_FILES } from '../result/run-directory.js';
import { exitCodeOfCapacity } from './exit-codes.js';
import type { OutputFlags } from './output-flags.js';
import { appendStepSummary } from './step-summary.js';
import { isColored, widthOf } from './terminal.js';

export const CAPACITY_PAGE = 'capacity.html';

/** Returns the exit code. `leastPerSec`: what has to be sustained, if anybody said. @throws EnvironmentError */
export function leaveCapacity(
  directory: string,
  capacity: Capacity,
  { leastPerSec, flags }: { readonly leastPerSec: number | null; readonly flags: OutputFlags },
): number {
  const exitCode = exitCodeOfCapacity(capacity, leastPerSec);
  const summary = renderCapacityMarkdown(capacity);
  writeCapacity(directory, capacity);
  writeAtomically(join(directory, RUN_FILES.summary), summary);
  writeAtomically(join(directory, RUN_FILES.junit), renderCapacityJunit(capacity, leastPerSec));
  writeAtomically(join(directory, CAPACITY_PAGE), renderCapacityHtml(capacity));
  appendStepSummary(summary);
  const mode = flags['summary-mode'];
  const to = process.stdout;
  if (!flags.quiet && mode !== 'disabled')
    to.write(
      renderCapacity(capacity, {
        color: isColored(to, flags.color),
        width: widthOf(to),
        isFull: mode === 'full',
        exitCode,
        report: join(directory, CAPACITY_PAGE),
      }),
    );
  return exitCode;
}
