/**
 * `mailbench report DIR…`: folds the journal of a run again, writes result.json and renders its reports. For runs that
 * crashed, for results made by hand-editing worse, and for reports from an older mailbench.
 */
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import type { Argv, CommandModule } from 'yargs';
import { ExitCode } from './exit-codes.js';
import { addSummaryFlags, type OutputFlags, printSummary } from './output-flags.js';
import { rebuildRun } from './rebuild-run.js';

interface ReportArguments extends OutputFlags {
  dir: string[];
}

export const reportCommand: CommandModule<object, ReportArguments> = {
  command: 'report <dir..>',
  describe: 'Fold the journal of a run again and render its report',
  builder: describeFlags,
  handler: (flags) => report(flags),
};

function describeFlags(yargs: Argv<object>): Argv<ReportArguments> {
  const described = yargs.positional('dir', {
    type: 'string',
    array: true,
    demandOption: true,
    describe: 'Run directories',
  });
  return addSummaryFlags(described)
    .example('$0 report reports/latest', 'Render the last run again')
    .example('$0 report reports/2026*', 'All runs of that year');
}

async function report(flags: ReportArguments): Promise<void> {
  // Folding and rendering a long run takes seconds of CPU and some memory: a few at a time.
  const limit = pLimit(availableParallelism());
  const rebuilt = await Promise.all(flags.dir.map((dir) => limit(() => rebuildRun(dir))));
  for (const { directory, result, details } of rebuilt) {
    const paths = { report: `${directory}/report.html` };
    printSummary(result, flags, { paths, exitCode: ExitCode.OK, details });
  }
}
