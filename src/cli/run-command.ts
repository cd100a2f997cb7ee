/**
 * `mailbench run [scenario]`: loads a server as the scenario says, shows how it goes, writes the run directory and
 * prints the summary. Without a file the scenario comes from the flags.
 *
 * Ctrl-C once: begins no further iterations, lets those in flight finish, writes everything, exit 105. Twice: at once.
 */
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import process from 'node:process';
import type { Argv, CommandModule } from 'yargs';
import { UsageError } from '../errors.js';
import { readDeliveryDetails } from '../result/delivery-details.js';
import type { RunPlace } from '../result/run-directory.js';
import { Run, type RunEnd } from '../run/run.js';
import { type LoadedScenario, loadScenario } from '../scenario/load-scenario.js';
import type { EmbeddedSink, SinkCounts } from '../sink/process/embedded.js';
import { exitCodeOfRun } from './exit-codes.js';
import { createLiveDisplay, type LiveDisplay } from './live-display.js';
import { addSummaryFlags, type OutputFlags, printSummary } from './output-flags.js';
import { describeError } from './print-error.js';
import { renderFiles } from './render-files.js';
import { checkBehaviours, makeRunPlace, ownReceiptsOf, startRunSink } from './run-sink.js';
import { bounceLines } from './sink-lines.js';
import { tell } from './terminal.js';
import { mailbenchVersion } from './version.js';

interface RunArguments extends OutputFlags {
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
  workers: string | undefined;
  authorized: boolean | undefined;
  out: string;
  'log-messages': 'notable' | 'all';
}

export const runCommand: CommandModule<object, RunArguments> = {
  command: 'run [scenario]',
  describe: 'Load-test a mail server and write a report',
  builder: describeFlags,
  handler: (flags) => run(flags),
};

function describeFlags(yargs: Argv<object>): Argv<RunArguments> {
  const described = yargs.positional('scenario', {
    type: 'string',
    describe: 'Scenario file, YAML or JSON; without one the flags decide',
  });
  return addOutputFlags(addOtherFlags(addMailFlags(addLoadFlags(described))))
    .example('$0 run scenarios/quick.yaml', 'Run a scenario file')
    .example(
      '$0 run --target smtp://127.0.0.1:2525 --vus 20 --iterations 2000',
      '2,000 messages over 20 sessions',
    )
    .example(
      '$0 run --rate 200 --duration 1m --pipelining coalesced',
      '200 messages a second, whatever the server does',
    )
    .example('$0 run peak.yaml --set scenarios.peak.rate=800', 'The same scenario at another rate');
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

function addOtherFlags<A>(yargs: Argv<A>) {
  return yargs
    .option('set', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'PATH=VALUE: override any value of the scenario',
    })
    .option('seed', text('Seed of every random choice; the result tells the one used'))
    .option('tag', { type: 'string', array: true, nargs: 1, describe: 'NAME=VALUE, stored in the result' })
    .option('workers', text('Worker threads (default: cores less one)'));
}

function addOutputFlags<A>(yargs: Argv<A>) {
  const group = 'Output:';
  const described = yargs
    .option('out', {
      type: 'string',
      requiresArg: true,
      default: 'reports',
      describe: 'Folder of the run directories',
      group,
    })
    .option('log-messages', {
      choices: ['notable', 'all'] as const,
      default: 'notable' as const,
      describe: 'Which messages go to messages.ndjson',
      group,
    });
  return addSummaryFlags(described);
}

async function run(flags: RunArguments): Promise<void> {
  const loaded = loadScenario({
    file: flags.scenario,
    flags: { ...flags, messagesPerSession: flags['messages-per-session'] },
    env: process.env,
    drawSeed: () => randomInt(2 ** 32),
  });
  const workers = workersOf(flags.workers);
  const { scenario } = loaded;
  await checkBehaviours(scenario);
  if (!flags.quiet) for (const warning of loaded.warnings) tell(`warning: ${warning}\n`);
  const display = createLiveDisplay(scenario, flags.quiet, flags.color);
  // Before there is anything on disk, and before the sink is there.
  const signals = watchSignals(display);
  let sink: EmbeddedSink | null = null;
  try {
    const place = makeRunPlace(flags.out);
    const receipts = ownReceiptsOf(scenario, place.directory);
    sink = await startRunSink(scenario, receipts, place.directory);
    await runAndReport(loaded, { flags, workers, sink, place, receipts, display, signals });
  } finally {
    display.end();
    signals.release();
    tellOfBounces(await sink?.stop());
  }
}

/** A copy whose DSN the run's own sink could not send is counted as lost: nobody would look for why. */
function tellOfBounces(counts: SinkCounts | undefined): void {
  for (const line of counts === undefined ? [] : bounceLines(counts)) tell(`${line}\n`);
}

interface Setting {
  readonly flags: RunArguments;
  readonly workers: number;
  readonly sink: EmbeddedSink | null;
  readonly place: RunPlace;
  readonly receipts: string | null;
  readonly display: LiveDisplay;
  readonly signals: Signals;
}

async function runAndReport(
  loaded: LoadedScenario,
  { flags, workers, sink, place, receipts, display, signals }: Setting,
): Promise<void> {
  const run = new Run({
    resolved: loaded,
    workers,
    place,
    folder: flags.scenario === undefined ? '.' : dirname(flags.scenario),
    logMessages: flags['log-messages'],
    version: mailbenchVersion(),
    embedded: sink,
    receipts,
    onProgress: (view, waiting) => display.update(view, waiting),
  });
  signals.tell(run);
  const end = await run.finished;
  display.end();
  await report(end, flags);
}

async function report(end: RunEnd, flags: RunArguments): Promise<void> {
  const exitCode = exitCodeOfRun(end);
  process.exitCode = exitCode;
  if (end.error !== null) tell(describeError(end.error));
  for (const warning of end.warnings) tell(`warning: ${warning}\n`);
  await renderFiles(end.directory, end.result);
  const paths = { report: `${end.directory}/report.html` };
  printSummary(end.result, flags, { paths, exitCode, details: readDeliveryDetails(end.directory) });
}

interface Signals {
  /** What came before there was a run is told now. */
  tell(run: Run): void;
  /** Takes the handlers away again. */
  release(): void;
}

/** First signal: finish what is in flight. Second: cut it off; while there is no run yet, end at once. */
function watchSignals(display: LiveDisplay): Signals {
  let run: Run | null = null;
  let first: NodeJS.Signals | null = null;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (first === null) {
      first = signal;
      display.say(`${signal}: no further messages; waiting for those in flight. Once more cuts them off.`);
      run?.stop(`stopped by ${signal}`);
    } else if (run !== null) run.abort(`stopped by ${signal}, twice`);
    else {
      display.end();
      release();
      process.kill(process.pid, signal);
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const release = () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const tell = (begun: Run) => {
    run = begun;
    if (first !== null) run.stop(`stopped by ${first}`);
  };
  return { tell, release };
}

/** One core is left for the server and the rest of the machine. */
function workersOf(flag: string | undefined): number {
  if (flag === undefined) return Math.max(1, availableParallelism() - 1);
  const workers = Number(flag);
  if (Number.isInteger(workers) && workers >= 1 && workers <= 256) return workers;
  throw new UsageError('USAGE_WORKERS', `--workers ${flag} is not a number of threads`, {
    hint: 'Write a whole number from 1 to 256; more than the machine has cores does not help.',
  });
}
