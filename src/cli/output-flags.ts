/**
 * The flags by which every command that shows a result says how: summary, quiet, colour.
 */
import process from 'node:process';
import type { Argv } from 'yargs';
import { renderSummary, type SummaryOptions } from '../report/console-summary.js';
import type { Result } from '../result/result.js';
import { isColored, tell, widthOf } from './terminal.js';

/** `disabled`, as in k6: no summary; progress and complaints as ever. */
export type SummaryMode = 'compact' | 'full' | 'disabled';

export interface OutputFlags {
  'summary-mode': SummaryMode;
  quiet: boolean;
  /** undefined: as the terminal and its environment say. */
  color: boolean | undefined;
}

const GROUP = 'Output:';

export function addQuietFlag<A>(yargs: Argv<A>) {
  return yargs.option('quiet', {
    type: 'boolean',
    default: false,
    describe: 'Print nothing but errors',
    group: GROUP,
  });
}

export function addColorFlag<A>(yargs: Argv<A>) {
  return yargs.option('color', {
    type: 'boolean',
    describe: 'Colour, or --no-color (default: on terminals, unless NO_COLOR is set)',
    group: GROUP,
  });
}

export function addSummaryFlags<A>(yargs: Argv<A>) {
  const withMode = yargs.option('summary-mode', {
    choices: ['compact', 'full', 'disabled'] as const,
    default: 'compact' as const,
    describe: 'What is printed at the end; full has every tagged metric too',
    group: GROUP,
  });
  return addColorFlag(addQuietFlag(withMode));
}

/** Prints the summary, unless it is not wanted. @param to stderr where stdout holds something else */
export function printSummary(
  result: Result,
  flags: OutputFlags,
  summary: Pick<SummaryOptions, 'paths' | 'exitCode' | 'details'>,
  to: NodeJS.WriteStream = process.stdout,
): void {
  const mode = flags['summary-mode'];
  if (flags.quiet || mode === 'disabled') return;
  const text = renderSummary(result, {
    ...summary,
    mode,
    color: isColored(to, flags.color),
    width: widthOf(to),
  });
  if (to === process.stderr) tell(text);
  else to.write(text);
}
