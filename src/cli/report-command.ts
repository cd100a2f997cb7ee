/**
 * `mailbench report DIR…`: folds the journal of a run again, writes result.json and renders its reports. For runs that
 * crashed, for results made by hand-editing worse, and for reports from an older mailbench.
 */
import { availableParallelism } from 'node:os';
import process from 'node:process';
import pLimit from 'p-limit';
import type { Argv, CommandModule } from 'yargs';
import { renderSummary } from '../report/console-summary.js';
import { ExitCode } from './exit-codes.js';
import { rebuildRun } from './rebuild-run.js';
import { isColored, widthOf } from './terminal.js';

interface ReportArguments {
  dir: string[];
  'summary-mode': 'compact' | 'full';
  quiet: boolean;
  color: boolean;
}

export const reportCommand: CommandModule<object, ReportArguments> = {
  command: 'report <dir..>',
  describe: 'Fold the journal of a run again and render its report',
  builder: describeFlags,
  handler: (flags) => report(flags),
};

function describeFlags(yargs: Argv<object>): Argv<ReportArguments> {
  return yargs
    .positional('dir', { type: 'string', array: true, demandOption: true, describe: 'Run directories' })
    .option('summary-mode', {
      choices: ['compact', 'full'] as const,
      default: 'compact' as const,
      describe: 'full: every tagged metric too',
    })
    .option('quiet', { type: 'boolean', default: false, describe: 'Print nothing but errors' })
    .option('color', { type: 'boolean', default: true, describe: '--no-color prints plain text' })
    .example('$0 report reports/latest', 'Render the last run again')
    .example('$0 report reports/2026*', 'All runs of that year');
}

async function report(flags: ReportArguments): Promise<void> {
  // Folding and rendering a long run takes seconds of CPU and some memory: a few at a time.
  const limit = pLimit(availableParallelism());
  const rebuilt = await Promise.all(flags.dir.map((dir) => limit(() => rebuildRun(dir))));
  if (flags.quiet) return;
  for (const { directory, result, details } of rebuilt) {
    const options = {
      color: isColored(process.stdout, flags.color),
      width: widthOf(process.stdout),
      mode: flags['summary-mode'],
      paths: { report: `${directory}/report.html` },
      exitCode: ExitCode.OK,
      details,
    };
    process.stdout.write(renderSummary(result, options));
  }
}
