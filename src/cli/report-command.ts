/**
 * `mailbench report DIR…`: folds the journal of a run again, writes result.json and renders its reports. For runs that
 * crashed, for results made by hand-editing worse, and for reports from an older mailbench. Of an experiment or a search it renders the pages.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { Argv, CommandModule } from 'yargs';
import { CAPACITY_FILE, readCapacity } from '../result/capacity.js';
import { COMPARISON_FILE } from '../result/comparison.js';
import { leaveCapacity } from './capacity-output.js';
import { leaveComparisonAgain } from './comparison-output.js';
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
    describe: 'Run directories; of experiments and searches, too',
  });
  return addSummaryFlags(described)
    .example('$0 report reports/latest', 'Render the last run again')
    .example('$0 report reports/2026*', 'All runs of that year');
}

async function report(flags: ReportArguments): Promise<void> {
  const directories = flags.dir.map((dir) => ({ dir, kind: kindOf(dir) }));
  for (const { dir, kind } of directories) if (kind !== 'run') renderMany(dir, kind, flags);
  const runs = directories.flatMap(({ dir, kind }) => (kind === 'run' ? [dir] : []));
  // Folding and rendering a long run takes seconds of CPU and some memory: a few at a time.
  const limit = pLimit(availableParallelism());
  const rebuilt = await Promise.all(runs.map((dir) => limit(() => rebuildRun(dir))));
  for (const { directory, result, details } of rebuilt) {
    const paths = { report: `${directory}/report.html` };
    printSummary(result, flags, { paths, exitCode: ExitCode.OK, details });
  }
}

type Kind = 'run' | 'comparison' | 'capacity';

function kindOf(dir: string): Kind {
  if (existsSync(join(dir, COMPARISON_FILE))) return 'comparison';
  return existsSync(join(dir, CAPACITY_FILE)) ? 'capacity' : 'run';
}

/** It is rendered, whatever it said. */
function renderMany(dir: string, kind: Exclude<Kind, 'run'>, flags: ReportArguments): void {
  if (kind === 'capacity') leaveCapacity(dir, readCapacity(dir), { leastPerSec: null, flags });
  else leaveComparisonAgain(dir, { ...flags, 'fail-on': undefined });
}
