/** `mailbench trend [NAME]`: the runs of a scenario over time, and where they changed. */
import { join } from 'node:path';
import process from 'node:process';
import type { Argv, CommandModule } from 'yargs';
import { defaultPrimaries } from '../compare/comparison.js';
import { type Measure, parseMeasure } from '../compare/measure.js';
import { trendOf } from '../compare/trend.js';
import { UsageError } from '../errors.js';
import { renderTrend } from '../report/trend/console.js';
import { renderTrendHtml } from '../report/trend/html.js';
import { writeAtomically } from '../result/atomic-file.js';
import type { Result } from '../result/result.js';
import { runsIn } from '../result/run-list.js';
import { DEFAULT_OUT } from './find-run.js';
import { addColorFlag, addQuietFlag, type OutputFlags } from './output-flags.js';
import { isColored, tell, widthOf } from './terminal.js';
import { mailbenchVersion } from './version.js';

interface TrendArguments extends Pick<OutputFlags, 'quiet' | 'color'> {
  name: string | undefined;
  out: string | undefined;
  last: number;
  measure: string[] | undefined;
}

export const TREND_PAGE = 'trend.html';

export const trendCommand: CommandModule<object, TrendArguments> = {
  command: 'trend [name]',
  describe: 'The runs of a scenario over time, and where they changed',
  builder: describeFlags,
  handler: (flags) => trend(flags),
};

function describeFlags(yargs: Argv<object>): Argv<TrendArguments> {
  const described = yargs
    .positional('name', { type: 'string', describe: 'Name of the scenario (default: that of the last run)' })
    .option('last', { type: 'number', default: 100, requiresArg: true, describe: 'How many runs at most' })
    .option('measure', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'Metric and value, such as "smtp_message_duration p(95)"; may be given several times',
    })
    .option('out', {
      type: 'string',
      requiresArg: true,
      describe: `Folder with the runs; ${TREND_PAGE} is written there (default: ${DEFAULT_OUT})`,
    });
  return addColorFlag(addQuietFlag(described))
    .example('$0 trend', 'The scenario that was run last')
    .example(
      '$0 trend nightly --last 30 --measure "smtp_message_duration p(99)"',
      'One measure of the last 30 runs',
    );
}

function trend({ name, last, measure, out = DEFAULT_OUT, quiet, color }: TrendArguments): void {
  if (!Number.isInteger(last) || last < 1)
    throw new UsageError('TREND_OPTION', '--last must be a whole number above 0');
  const measures = measure === undefined ? defaultPrimaries() : measure.map(measureOfWord);
  const { results, unreadable } = readRuns(out, name, last);
  if (results.length === 0) {
    throw new UsageError(
      'TREND_NO_RUNS',
      `there are no runs${name === undefined ? '' : ` of ${JSON.stringify(name)}`} in ${out}`,
      {
        hint: 'Make some with `mailbench run`, or name another folder with --out.',
      },
    );
  }
  for (const problem of unreadable) tell(`warning: left out: ${problem}\n`);
  const found = trendOf(results, measures, 1);
  const report = join(out, TREND_PAGE);
  writeAtomically(report, renderTrendHtml(found, mailbenchVersion()));
  const to = process.stdout;
  if (!quiet) to.write(renderTrend(found, { color: isColored(to, color), width: widthOf(to), report }));
}

function measureOfWord(text: string): Measure {
  const measure = parseMeasure(text);
  if ('problem' in measure) throw new UsageError('TREND_OPTION', `--measure: ${measure.problem}`);
  return measure;
}

interface Runs {
  /** Oldest first. */
  readonly results: readonly Result[];
  readonly unreadable: readonly string[];
}

function readRuns(out: string, name: string | undefined, most: number): Runs {
  const results: Result[] = [];
  const unreadable: string[] = [];
  let wanted = name;
  for (const listed of runsIn(out)) {
    if ('unreadable' in listed) unreadable.push(listed.unreadable);
    else {
      wanted ??= listed.result.run.name;
      if (listed.result.run.name === wanted) results.push(listed.result);
    }
    if (results.length === most) break;
  }
  return { results: results.reverse(), unreadable };
}
