/**
 * `mailbench experiment FILE`: two or more configurations of a server in rounds, in an order of chance, and a verdict.
 *
 * Every finished round is on disk; Ctrl-C, a command that fails and a full disk leave them there, and --resume goes on.
 */
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Argv, CommandModule } from 'yargs';
import { UsageError } from '../errors.js';
import type { Experiment } from '../experiment/experiment.js';
import { openExperiment } from '../experiment/open-experiment.js';
import { ROUND_LOG_FILE, roundLog } from '../experiment/round-log.js';
import { finishedRounds, runExperiment } from '../experiment/run-experiment.js';
import { addComparisonFlags, type ComparisonFlags } from './comparison-output.js';
import { EXIT_CODE_HELP, ExitCode } from './exit-codes.js';
import { leaveExperiment } from './experiment-output.js';
import { DEFAULT_OUT, findRun } from './find-run.js';
import { addManyRunsFlags, ManyRuns, type ManyRunsFlags, manyRunsFolder } from './many-runs.js';
import { tell } from './terminal.js';

interface ExperimentArguments extends ComparisonFlags, ManyRunsFlags {
  file: string;
  rounds: number | undefined;
  seed: number | undefined;
  out: string | undefined;
  set: string[] | undefined;
  authorized: boolean | undefined;
  resume: string | undefined;
  aa: boolean;
}

export const experimentCommand: CommandModule<object, ExperimentArguments> = {
  command: 'experiment <file>',
  describe: 'Compare server configurations: rounds in an order of chance, and a verdict',
  builder: describeFlags,
  handler: (flags) => experiment(flags),
};

function describeFlags(yargs: Argv<object>): Argv<ExperimentArguments> {
  const described = addManyRunsFlags(yargs)
    .positional('file', { type: 'string', demandOption: true, describe: 'Experiment file: YAML or JSON' })
    .option('rounds', {
      type: 'number',
      requiresArg: true,
      describe: 'Runs of each variant (default: those of the file, or 10)',
    })
    .option('seed', { type: 'number', requiresArg: true, describe: 'Of the orders and of all draws' })
    .option('out', {
      type: 'string',
      requiresArg: true,
      describe: `Folder in which its own is made (default: ${DEFAULT_OUT})`,
    })
    .option('set', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'PATH=VALUE: override any value of the scenario, for all variants',
    })
    .option('authorized', {
      type: 'boolean',
      describe: 'You may load a target off loopback, or real domains',
    })
    .option('aa', {
      type: 'boolean',
      default: false,
      describe:
        'Compare the baseline with itself: the noise floor of this host, which later ones quote; takes a scenario too',
    })
    .option('resume', {
      type: 'string',
      requiresArg: true,
      describe: 'Folder of an experiment that was ended: go on with it; or latest',
    });
  return addComparisonFlags(described)
    .example('$0 experiment filter.yaml', 'Ten rounds of each variant, and a verdict')
    .example('$0 experiment filter.yaml --fail-on worse', 'In CI: exit 121 when a variant is worse')
    .example('$0 experiment filter.yaml --resume latest', 'Go on after Ctrl-C')
    .example('$0 experiment load.yaml --aa', 'What this machine can tell apart at all')
    .epilogue(EXIT_CODE_HELP);
}

async function experiment(flags: ExperimentArguments): Promise<void> {
  checkNumbers(flags);
  const resumed = flags.resume === undefined ? null : resumable(flags.resume);
  const opened = await openExperiment({
    file: flags.file,
    env: process.env,
    isAgainstItself: flags.aa,
    drawSeed: () => seedOf(resumed) ?? randomInt(2 ** 32),
    flags: { ...flags, seed: flags.seed ?? seedOf(resumed) },
  });
  if (!flags.quiet) for (const warning of opened.warnings) tell(`warning: ${warning}\n`);
  const startedAt = new Date();
  const runs = new ManyRuns(flags);
  const directory = manyRunsFolder(resumed, flags.out, startedAt);
  try {
    const finished = await runExperiment(opened, {
      directory,
      isResumed: resumed !== null,
      startedAt: startedAt.toISOString(),
      perform: (loaded) => runs.perform(loaded, { directory, folder: opened.folder }),
      isStopped: () => runs.isStopped,
      untilIdle: () => runs.untilIdle(),
      onNote: (sentence) => runs.say(sentence),
      onRun: (round, variant) => runs.say(`round ${round} of ${opened.rounds}: ${variant}`),
    });
    if (finished.rounds.length > 0) process.exitCode = leaveExperiment(directory, opened, finished, flags);
    else
      runs.say(`no round came to its end; mailbench experiment ${flags.file} --resume ${directory} goes on`);
  } catch (error) {
    leaveWhatThereIs(directory, opened, flags);
    throw error;
  } finally {
    runs.release();
  }
  if (runs.isStopped) process.exitCode = ExitCode.ABORTED;
}

/** @throws UsageError */
function checkNumbers({ rounds, seed }: ExperimentArguments): void {
  const isWhole = (value: number | undefined, least: number, most: number) =>
    value === undefined || (Number.isInteger(value) && value >= least && value <= most);
  const wrong = [
    isWhole(rounds, 1, 200) ? '' : '--rounds must be a whole number between 1 and 200',
    isWhole(seed, 0, 2 ** 32 - 1) ? '' : '--seed must be a whole number between 0 and 4294967295',
  ].filter((problem) => problem !== '');
  if (wrong.length > 0) throw new UsageError('EXPERIMENT_OPTION', wrong.join(', and '));
}

/** @throws UsageError */
function resumable(name: string): string {
  const directory = findRun(name);
  if (existsSync(join(directory, ROUND_LOG_FILE))) return directory;
  throw new UsageError('EXPERIMENT_NOT_FOUND', `${directory} is not the folder of an experiment`, {
    hint: 'Name the folder that holds experiment.ndjson.',
  });
}

function seedOf(directory: string | null): number | undefined {
  if (directory === null) return undefined;
  const [head] = roundLog(directory).read();
  return head?.type === 'experiment' ? head.seed : undefined;
}

/** After an error: the finished rounds, if there are any. */
function leaveWhatThereIs(directory: string, opened: Experiment, flags: ExperimentArguments): void {
  try {
    const finished = finishedRounds(directory);
    if (finished.rounds.length > 0) leaveExperiment(directory, opened, finished, { ...flags, 'fail-on': [] });
  } catch {
    // What broke the experiment is what must be told.
  }
}
