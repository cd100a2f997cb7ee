/** The flags of `mailbench capacity`, and what their words mean. */
import type { Argv } from 'yargs';
import { UsageError } from '../errors.js';
import type { Demand } from '../result/capacity.js';
import { chance, toShare } from '../yaml/quantity-words.js';
import { durationOf } from './duration-flag.js';
import { EXIT_CODE_HELP } from './exit-codes.js';
import { DEFAULT_OUT } from './find-run.js';
import { addManyRunsFlags, type ManyRunsFlags } from './many-runs.js';
import { addSummaryFlags, type OutputFlags } from './output-flags.js';

export interface CapacityArguments extends OutputFlags, ManyRunsFlags {
  scenario: string;
  executor: string | undefined;
  by: 'rate' | 'vus';
  precision: string;
  'max-time': string;
  trial: string;
  start: number | undefined;
  'min-rate': number | undefined;
  levels: string;
  rounds: number;
  'messages-per-day': number | undefined;
  'peak-factor': number;
  headroom: string;
  drained: string | undefined;
  'drain-within': string;
  seed: number | undefined;
  out: string | undefined;
  set: string[] | undefined;
  authorized: boolean | undefined;
  resume: string | undefined;
}

const text = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const;
const number = (describe: string) => ({ type: 'number', requiresArg: true, describe }) as const;

export function describeCapacityFlags(yargs: Argv<object>): Argv<CapacityArguments> {
  const described = yargs.positional('scenario', {
    type: 'string',
    demandOption: true,
    describe: 'Scenario file; its thresholds say what sustained means',
  });
  return addSummaryFlags(addRunFlags(addPlanFlags(addSearchFlags(described))))
    .example('$0 capacity load.yaml', 'The highest rate that keeps the thresholds of load.yaml')
    .example('$0 capacity load.yaml --min-rate 500', 'In CI: exit 123 when less is sustained')
    .example('$0 capacity load.yaml --messages-per-day 5000000', 'And how many such servers that takes')
    .example('$0 capacity load.yaml --by vus', 'Throughput over concurrent sessions')
    .epilogue(EXIT_CODE_HELP);
}

function addSearchFlags<A>(yargs: Argv<A>) {
  const group = 'Search:';
  return yargs
    .option('by', {
      choices: ['rate', 'vus'] as const,
      default: 'rate' as const,
      describe: 'The highest rate, or throughput over VUs',
      group,
    })
    .option('precision', { ...text('How close to the truth, such as 5%'), default: '5%', group })
    .option('max-time', { ...text('Ends the search'), default: '30m', group })
    .option('trial', {
      ...text('Length of a short trial; those that confirm take four times as long'),
      default: '15s',
      group,
    })
    .option('start', { ...number('First rate, a second (default: that of the scenario, or 20)'), group })
    .option('min-rate', { ...number('Exit 123 when less than this is sustained, a second'), group })
    .option('levels', {
      ...text('With --by vus: VUs, at least six levels for a curve'),
      default: '1,2,4,8,16,32,64',
      group,
    })
    .option('rounds', { ...number('With --by vus: how often each level is measured'), default: 2, group })
    .option('executor', { ...text('Which of several executors of the scenario; others are left out'), group })
    .option('drained', {
      ...text('Shell command that ends with 0 once the server has nothing left to deliver'),
      group,
    })
    .option('drain-within', { ...text('How long that may take'), default: '5m', group });
}

function addPlanFlags<A>(yargs: Argv<A>) {
  const group = 'Plan:';
  return yargs
    .option('messages-per-day', { ...number('How many servers does this take?'), group })
    .option('peak-factor', { ...number('Busiest second over an average one'), default: 4, group })
    .option('headroom', { ...text('What a server is to have left at the peak'), default: '30%', group });
}

function addRunFlags<A>(yargs: Argv<A>) {
  return addManyRunsFlags(yargs)
    .option('seed', number('Of all draws'))
    .option('out', text(`Folder in which its own is made (default: ${DEFAULT_OUT})`))
    .option('set', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'PATH=VALUE: override any value of the scenario',
    })
    .option('authorized', {
      type: 'boolean',
      describe: 'You may load a target off loopback, or real domains',
    })
    .option('resume', text('Folder of a search that was ended: go on with it; or latest'));
}

export interface CapacityOptions {
  readonly precision: number;
  readonly maxSeconds: number;
  readonly trialSeconds: number;
  readonly leastPerSec: number | null;
  readonly levels: readonly number[];
  readonly drainWithinMs: number;
  readonly demand: Demand | null;
}

/** @throws UsageError */
export function capacityOptionsOf(flags: CapacityArguments): CapacityOptions {
  const { rounds, start } = flags;
  within('--rounds', rounds, 1, 100);
  if (start !== undefined) within('--start', start, 0.001, 1e6);
  const least = flags['min-rate'];
  if (least !== undefined) within('--min-rate', least, 0, 1e6);
  return {
    precision: within('--precision', shareOf('--precision', flags.precision), 0.005, 0.5),
    maxSeconds: secondsOf('--max-time', flags['max-time']),
    trialSeconds: within('--trial', secondsOf('--trial', flags.trial), 1, 3_600),
    leastPerSec: least ?? null,
    levels: levelsOf(flags.levels),
    drainWithinMs: 1000 * secondsOf('--drain-within', flags['drain-within']),
    demand: demandOf(flags),
  };
}

function demandOf(flags: CapacityArguments): Demand | null {
  const messagesPerDay = flags['messages-per-day'];
  const peakFactor = within('--peak-factor', flags['peak-factor'], 1, 10_000);
  const headroom = within('--headroom', shareOf('--headroom', flags.headroom), 0, 0.95);
  if (messagesPerDay === undefined) return null;
  return { messagesPerDay: within('--messages-per-day', messagesPerDay, 1, 1e15), peakFactor, headroom };
}

function levelsOf(words: string): readonly number[] {
  return words.split(',').map((word) => {
    const level = Number(word);
    if (!Number.isInteger(level)) throw wrong('--levels', 'must be whole numbers, such as 1,2,4,8,16,32');
    return within('--levels', level, 1, 100_000);
  });
}

function secondsOf(flag: string, word: string): number {
  const ms = durationOf(flag, word);
  if (ms === 0) throw wrong(flag, 'must be longer than nothing');
  return ms / 1000;
}

function shareOf(flag: string, word: string): number {
  const parsed = chance.safeParse(/^[\d.]+$/.test(word) ? Number(word) : word);
  if (!parsed.success) throw wrong(flag, 'must be a share such as `5%` or 0.05');
  return toShare(parsed.data);
}

function within(flag: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw wrong(flag, `must be between ${least} and ${most}`);
}

function wrong(flag: string, message: string): UsageError {
  return new UsageError('CAPACITY_OPTION', `${flag} ${message}`);
}
