/**
 * `mailbench compare A B…`: runs that were made, the first of which is the base: a table, and no verdict, because single runs differ by
 * chance. `mailbench compare EXPERIMENT`: tells again what an experiment came to.
 */
import { existsSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import process from 'node:process';
import type { Argv, CommandModule } from 'yargs';
import { compareRuns } from '../compare/comparison.js';
import { unlikenessOf } from '../compare/differences.js';
import { UsageError } from '../errors.js';
import { baselineFolder, saveBaseline } from '../result/baseline.js';
import { COMPARISON_FILE } from '../result/comparison.js';
import type { Result } from '../result/result.js';
import { readResult } from '../result/run-directory.js';
import {
  addComparisonFlags,
  type ComparisonFlags,
  leaveComparison,
  leaveComparisonAgain,
} from './comparison-output.js';
import { ExitCode } from './exit-codes.js';
import { DEFAULT_OUT, findRun } from './find-run.js';
import { makeRunPlace } from './run-sink.js';
import { tell } from './terminal.js';
import { mailbenchVersion } from './version.js';

interface CompareArguments extends ComparisonFlags {
  dir: string[];
  force: boolean;
  out: string | undefined;
  baseline: string | undefined;
  'save-baseline': string | undefined;
}

export const compareCommand: CommandModule<object, CompareArguments> = {
  command: 'compare <dir..>',
  describe: 'Compare runs that were made, or tell again what an experiment came to',
  builder: describeFlags,
  handler: (flags) => compare(flags),
};

function describeFlags(yargs: Argv<object>): Argv<CompareArguments> {
  const described = yargs
    .positional('dir', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'Run directories, ids or latest; or experiments',
    })
    .option('force', { type: 'boolean', default: false, describe: 'Compare runs that did not send the same' })
    .option('baseline', {
      type: 'string',
      requiresArg: true,
      describe: 'Compare with the run that was saved under this name',
    })
    .option('save-baseline', { type: 'string', requiresArg: true, describe: 'Save the run under this name' })
    .option('out', {
      type: 'string',
      requiresArg: true,
      describe: `Folder in which the comparison's own is made (default: ${DEFAULT_OUT})`,
    });
  return addComparisonFlags(described)
    .example('$0 compare reports/A reports/B', 'Two runs: a table, no verdict')
    .example('$0 compare latest --save-baseline main', 'Keep the last run to compare others with')
    .example('$0 compare latest --baseline main', 'The last run against it')
    .example('$0 compare reports/20261123-101500-ab12', 'An experiment: its verdicts once more');
}

async function compare(flags: CompareArguments): Promise<void> {
  const directories = flags.dir.map(findRun);
  const out = flags.out ?? DEFAULT_OUT;
  if (flags['save-baseline'] !== undefined) return save(directories, flags['save-baseline'], out);
  const experiments = directories.filter((directory) => existsSync(join(directory, COMPARISON_FILE)));
  if (experiments.length > 0) return tellAgain(experiments, directories, flags);
  const base = flags.baseline === undefined ? [] : [baselineFolder(out, flags.baseline)];
  const all = [...base, ...directories];
  if (all.length < 2) {
    throw new UsageError('COMPARE_ONE_RUN', 'one run cannot be compared with nothing', {
      hint: 'Name a second one, --baseline NAME, or the folder of an experiment.',
    });
  }
  const results = named(all, flags.baseline);
  const unlike = unlikenessOf(results).find(({ isOther }) => isOther);
  if (unlike !== undefined && !flags.force) {
    throw new UsageError('COMPARE_UNLIKE', unlike.warning, {
      hint: 'What differs should be the server alone; --force compares them all the same.',
    });
  }
  const place = makeRunPlace(out);
  const runs = Object.keys(results).map((variant, at) => ({
    round: 1,
    variant,
    run: relative(place.directory, all[at] ?? ''),
  }));
  const comparison = compareRuns(results, {
    name: 'compare',
    at: new Date().toISOString(),
    mailbench: mailbenchVersion(),
    runs,
  });
  const single = Object.fromEntries(Object.entries(results).map(([name, result]) => [name, [result]]));
  process.exitCode = leaveComparison(place.directory, comparison, { results: single, flags });
}

/** By the name of the run, or its id where two are called alike. */
function named(
  directories: readonly string[],
  baseline: string | undefined,
): Readonly<Record<string, Result>> {
  const results = directories.map(readResult);
  const names = results.map(({ run }) => run.name);
  const isPlain = new Set(names).size === names.length;
  return Object.fromEntries(
    results.map((result, at) => [
      at === 0 && baseline !== undefined ? baseline : isPlain ? (names[at] as string) : result.run.id,
      result,
    ]),
  );
}

function save(directories: readonly string[], name: string, out: string): void {
  const [run, ...more] = directories;
  if (run === undefined || more.length > 0) {
    throw new UsageError('COMPARE_BASELINE', 'a baseline is one run', {
      hint: 'mailbench compare latest --save-baseline main',
    });
  }
  const folder = saveBaseline(out, name, readResult(run));
  tell(`saved ${basename(run)} as ${name} (${folder})\n`);
}

/** Each experiment has its verdicts already; runs beside them have none to add. */
function tellAgain(
  experiments: readonly string[],
  directories: readonly string[],
  flags: CompareArguments,
): void {
  const run = directories.find((directory) => !experiments.includes(directory));
  if (run !== undefined) {
    throw new UsageError('COMPARE_MIXED', `${run} is a run, and others are experiments`, {
      hint: 'Compare runs with runs: those of an experiment are in its runs/.',
    });
  }
  const codes = experiments.map((experiment) => leaveComparisonAgain(experiment, flags));
  process.exitCode = codes.find((code) => code !== ExitCode.OK) ?? ExitCode.OK;
}
