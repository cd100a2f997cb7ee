/**
 * What a comparison leaves: comparison.json, comparison.html, summary.md and junit.xml in its folder, the table on the terminal, and in
 * GitHub Actions the summary of the job. Shared by `experiment` and `compare`.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import type { Argv } from 'yargs';
import { renderComparison } from '../report/comparison/console.js';
import { renderComparisonHtml } from '../report/comparison/html.js';
import { renderComparisonJunit } from '../report/comparison/junit.js';
import { renderComparisonMarkdown } from '../report/comparison/markdown.js';
import { writeAtomically } from '../result/atomic-file.js';
import { type Comparison, readComparison, writeComparison } from '../result/comparison.js';
import type { Result } from '../result/result.js';
import { RUN_FILES, readResult } from '../result/run-directory.js';
import { exitCodeOfComparison, type FailOn } from './exit-codes.js';
import { addSummaryFlags, type OutputFlags } from './output-flags.js';
import { appendStepSummary } from './step-summary.js';
import { isColored, widthOf } from './terminal.js';

export interface ComparisonFlags extends OutputFlags {
  'fail-on': FailOn[] | undefined;
}

export const COMPARISON_PAGE = 'comparison.html';

export function addComparisonFlags<A>(yargs: Argv<A>) {
  const described = yargs.option('fail-on', {
    choices: ['worse', 'inconclusive'] as const,
    array: true,
    nargs: 1,
    describe: 'Exit 121 when a variant is worse, 122 when something is inconclusive; may be given twice',
  });
  return addSummaryFlags(described);
}

/** Returns the exit code. @throws EnvironmentError when a file cannot be written */
export function leaveComparison(
  directory: string,
  comparison: Comparison,
  {
    results,
    flags,
  }: { readonly results: Readonly<Record<string, readonly Result[]>>; readonly flags: ComparisonFlags },
): number {
  const exitCode = exitCodeOfComparison(comparison, flags['fail-on'] ?? []);
  const summary = renderComparisonMarkdown(comparison);
  writeComparison(directory, comparison);
  writeAtomically(join(directory, RUN_FILES.summary), summary);
  writeAtomically(
    join(directory, RUN_FILES.junit),
    renderComparisonJunit(comparison, flags['fail-on'] ?? []),
  );
  writeAtomically(join(directory, COMPARISON_PAGE), renderComparisonHtml(comparison, results));
  appendStepSummary(summary);
  printComparison(comparison, { exitCode, report: join(directory, COMPARISON_PAGE), flags });
  return exitCode;
}

/** Rendered anew from what is on disk; its runs are read where they are still there. Returns the exit code. @throws UsageError, EnvironmentError */
export function leaveComparisonAgain(directory: string, flags: ComparisonFlags): number {
  const comparison = readComparison(directory);
  const results: Record<string, Result[]> = {};
  for (const { variant, run } of comparison.runs) {
    const place = resolve(directory, run);
    if (existsSync(place)) results[variant] = [...(results[variant] ?? []), readResult(place)];
  }
  return leaveComparison(directory, comparison, { results, flags });
}

function printComparison(
  comparison: Comparison,
  {
    exitCode,
    report,
    flags,
  }: { readonly exitCode: number; readonly report: string; readonly flags: ComparisonFlags },
): void {
  const mode = flags['summary-mode'];
  if (flags.quiet || mode === 'disabled') return;
  const to = process.stdout;
  to.write(
    renderComparison(comparison, {
      color: isColored(to, flags.color),
      width: widthOf(to),
      isFull: mode === 'full',
      ...{ exitCode, report },
    }),
  );
}
