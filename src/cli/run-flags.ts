/**
 * The flags of `mailbench run`, as the help shows them, and what of them concerns every run.
 */
import { availableParallelism } from 'node:os';
import type { Argv } from 'yargs';
import { UsageError } from '../errors.js';
import { EXIT_CODE_HELP } from './exit-codes.js';
import { addExplainFlags, type ExplainFlags } from './explanation.js';
import { DEFAULT_OUT } from './find-run.js';
import { addSummaryFlags, type OutputFlags } from './output-flags.js';

/** The flags of every command that runs a scenario. */
export interface RunOutputArguments extends OutputFlags {
  workers: string | undefined;
  out: string | undefined;
  'log-messages': 'notable' | 'all' | undefined;
  events: string | undefined;
}

export interface RunArguments extends RunOutputArguments, ExplainFlags {
  scenario: string | undefined;
  target: string | undefined;
  size: string | undefined;
  pipelining: string | undefined;
  'messages-per-session': string | undefined;
  vus: string | undefined;
  iterations: string | undefined;
  duration: string | undefined;
  rate: string | undefined;
  seed: string | undefined;
  set: string[] | undefined;
  tag: string[] | undefined;
  authorized: boolean | undefined;
}

export function describeRunFlags(yargs: Argv<object>): Argv<RunArguments> {
  const described = yargs.positional('scenario', {
    type: 'string',
    describe: 'Scenario file: YAML, JSON, TypeScript or JavaScript; without one the flags decide',
  });
  return addExplainFlags(
    addRunOutputFlags(addOverrideFlags(addSeedFlag(addMailFlags(addLoadFlags(described))))),
  )
    .example('$0 run smoke.yaml', 'Run a scenario file; `mailbench init smoke` writes one')
    .example(
      '$0 run --target smtp://127.0.0.1:2525 --vus 20 --iterations 2000',
      '2,000 messages over 20 sessions',
    )
    .example(
      '$0 run --rate 200 --duration 1m --pipelining coalesced',
      '200 messages a second, whatever the server does',
    )
    .example('$0 run peak.yaml --set scenarios.peak.rate=800', 'The same scenario at another rate')
    .example('$0 run peak.yaml --events - --quiet', 'For programs: what happens, one JSON object a line')
    .epilogue(EXIT_CODE_HELP);
}

const text = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const;

function addLoadFlags<A>(yargs: Argv<A>) {
  const group = 'Load:';
  return yargs
    .option('vus', {
      ...text('Virtual users: concurrent sessions at most (default 1; with --rate 50)'),
      group,
    })
    .option('iterations', { ...text('Messages in all, shared by the VUs'), group })
    .option('duration', { ...text('How long, such as 30s or 5m'), group })
    .option('rate', {
      ...text('Messages due per second, whatever the server does (needs --duration)'),
      group,
    });
}

function addMailFlags<A>(yargs: Argv<A>) {
  const group = 'Server and mail:';
  return yargs
    .option('target', {
      ...text('smtp://HOST:PORT, smtps://, lmtp://, smtp+unix://PATH, smtp+mx://DOMAIN or embedded'),
      group,
    })
    .option('size', { ...text('Size of a message, such as 4KiB'), group })
    .option('pipelining', { ...text('off, auto or coalesced'), group })
    .option('messages-per-session', { ...text('A number, or unlimited'), group })
    .option('authorized', {
      type: 'boolean',
      describe: 'You may load a target off loopback, or real domains',
      group,
    });
}

function addSeedFlag<A>(yargs: Argv<A>) {
  return yargs.option('seed', text('Seed of every random choice; the result tells the one used'));
}

/** Those that change a scenario, whatever it says. */
export function addOverrideFlags<A>(yargs: Argv<A>) {
  return yargs
    .option('set', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'PATH=VALUE: override any value of the scenario',
    })
    .option('tag', { type: 'string', array: true, nargs: 1, describe: 'NAME=VALUE, stored in the result' });
}

/** What the help says is used without them. */
const DEFAULTS = { workers: 'cores less one', out: DEFAULT_OUT, logMessages: 'by default notable' };

/** Those of RunOutputArguments. */
export function addRunOutputFlags<A>(yargs: Argv<A>, defaults = DEFAULTS) {
  const group = 'Output:';
  const described = yargs
    .option('workers', text(`Worker threads (default: ${defaults.workers})`))
    .option('out', { ...text(`Folder of the run directories (default: ${defaults.out})`), group })
    .option('log-messages', {
      choices: ['notable', 'all'] as const,
      requiresArg: true,
      describe: `Which messages go to messages.ndjson, ${defaults.logMessages}`,
      group,
    })
    .option('events', {
      ...text('File that gets a line of JSON for each phase, second and threshold; - is standard output'),
      group,
    });
  return addSummaryFlags(described);
}

/** One core is left for the server and the rest of the machine. */
export function workersOf(flag: string | undefined): number {
  if (flag === undefined) return Math.max(1, availableParallelism() - 1);
  const workers = Number(flag);
  if (Number.isInteger(workers) && workers >= 1 && workers <= 256) return workers;
  throw new UsageError('USAGE_WORKERS', `--workers ${flag} is not a number of threads`, {
    hint: 'Write a whole number from 1 to 256; more than the machine has cores does not help.',
  });
}
