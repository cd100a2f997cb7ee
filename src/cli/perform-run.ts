/**
 * Performs one run: shows how it goes, writes the run directory, prints the summary and sets the exit code. Whoever calls says
 * how the scenario is loaded.
 *
 * Ctrl-C once: begins no further iterations, lets those in flight finish, writes everything, exit 105. Twice: at once.
 */
import process from 'node:process';
import { readDeliveryDetails } from '../result/delivery-details.js';
import type { RunEnd } from '../run/run.js';
import type { LoadedScenario } from '../scenario/load-scenario.js';
import { exitCodeOfRun } from './exit-codes.js';
import { DEFAULT_OUT } from './find-run.js';
import { createLiveDisplay } from './live-display.js';
import { makeOneRun, readyToRun } from './one-run.js';
import { printSummary } from './output-flags.js';
import { describeError } from './print-error.js';
import { renderFiles } from './render-files.js';
import { RunEvents } from './run-events.js';
import { type RunOutputArguments, workersOf } from './run-flags.js';
import { watchSignals } from './run-signals.js';
import { tell } from './terminal.js';

export interface RunSource {
  readonly load: () => Promise<LoadedScenario>;
  /** Of the scenario file: what commands of the scenario are run in. */
  readonly folder: string;
  /** The scenario file; null where flags made the scenario. */
  readonly file: string | null;
  /** The run that this one repeats; null for a run of its own. */
  readonly of: string | null;
}

/** @throws MailbenchError when the run could not be made, or its events could not be written */
export async function performRun(flags: RunOutputArguments, source: RunSource): Promise<void> {
  const events = new RunEvents(flags.events);
  try {
    await prepareAndRun(flags, source, events);
  } catch (error) {
    events.failed(error);
    await events.end();
    throw error;
  }
  const unwritten = await events.end();
  if (unwritten !== null) throw unwritten;
}

async function prepareAndRun(flags: RunOutputArguments, source: RunSource, events: RunEvents): Promise<void> {
  const read = await source.load();
  const workers = workersOf(flags.workers);
  const loaded = await readyToRun(read);
  if (!flags.quiet) for (const warning of loaded.warnings) tell(`warning: ${warning}\n`);
  const { quiet, color } = flags;
  const display = createLiveDisplay(loaded.scenario, { quiet, color, isAlone: !events.ownsStdout });
  // Before there is anything on disk, and before the sink is there.
  const signals = watchSignals(display);
  try {
    const end = await makeOneRun(loaded, {
      ...source,
      out: flags.out ?? DEFAULT_OUT,
      workers,
      logMessages: flags['log-messages'] ?? 'notable',
      watchers: [
        { onProgress: (view, waiting) => display.update(view, waiting) },
        events.watcher(loaded.scenario),
      ],
      onRun: (run, place) => {
        events.start(loaded, place, workers);
        signals.tell(run);
      },
      onEnd: () => display.end(),
    });
    await report(end, flags, events);
  } finally {
    display.end();
    signals.release();
  }
}

async function report(end: RunEnd, flags: RunOutputArguments, events: RunEvents): Promise<void> {
  const exitCode = exitCodeOfRun(end);
  process.exitCode = exitCode;
  if (end.error !== null) tell(describeError(end.error));
  for (const warning of end.warnings) tell(`warning: ${warning}\n`);
  await renderFiles(end.directory, end.result);
  events.final(end, exitCode);
  const paths = { report: `${end.directory}/report.html` };
  const details = readDeliveryDetails(end.directory);
  printSummary(
    end.result,
    flags,
    { paths, exitCode, details },
    events.ownsStdout ? process.stderr : process.stdout,
  );
}
