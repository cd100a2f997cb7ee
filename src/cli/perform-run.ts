/**
 * Performs one run: shows how it goes, writes the run directory, prints the summary and sets the exit code. Whoever calls says
 * how the scenario is loaded.
 *
 * Ctrl-C once: begins no further iterations, lets those in flight finish, writes everything, exit 105. Twice: at once.
 */
import { resolve } from 'node:path';
import process from 'node:process';
import { readDeliveryDetails } from '../result/delivery-details.js';
import { type RerunFile, writeRerunFile } from '../result/rerun-file.js';
import type { RunPlace } from '../result/run-directory.js';
import { Run, type RunEnd } from '../run/run.js';
import { listingOf } from '../scenario/listing.js';
import type { LoadedScenario } from '../scenario/load-scenario.js';
import { settingsOfAll } from '../scenario/settings.js';
import type { EmbeddedSink, SinkCounts } from '../sink/process/embedded.js';
import { inspectCorpora } from './corpora.js';
import { exitCodeOfRun } from './exit-codes.js';
import { DEFAULT_OUT } from './find-run.js';
import { createLiveDisplay, type LiveDisplay } from './live-display.js';
import { printSummary } from './output-flags.js';
import { describeError } from './print-error.js';
import { renderFiles } from './render-files.js';
import { RunEvents } from './run-events.js';
import { type RunOutputArguments, workersOf } from './run-flags.js';
import { type Signals, watchSignals } from './run-signals.js';
import { checkBehaviours, makeRunPlace, ownReceiptsOf, startRunSink } from './run-sink.js';
import { bounceLines } from './sink-lines.js';
import { tell } from './terminal.js';
import { mailbenchVersion } from './version.js';

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
  await checkBehaviours(read.scenario);
  const { scenario, warnings } = inspectCorpora(read.scenario);
  const loaded = { ...read, scenario, warnings: [...read.warnings, ...warnings] };
  if (!flags.quiet) for (const warning of loaded.warnings) tell(`warning: ${warning}\n`);
  const { quiet, color } = flags;
  const display = createLiveDisplay(scenario, { quiet, color, isAlone: !events.ownsStdout });
  // Before there is anything on disk, and before the sink is there.
  const signals = watchSignals(display);
  let sink: EmbeddedSink | null = null;
  try {
    const place = makeRunPlace(flags.out ?? DEFAULT_OUT);
    const receipts = ownReceiptsOf(scenario, place.directory);
    sink = await startRunSink(scenario, receipts, place.directory);
    const { folder } = source;
    const logMessages = flags['log-messages'] ?? 'notable';
    writeRerunFile(place.directory, rerunFileOf(loaded, source, logMessages));
    await runAndReport(loaded, {
      flags,
      folder,
      logMessages,
      workers,
      sink,
      place,
      receipts,
      display,
      events,
      signals,
    });
  } finally {
    display.end();
    signals.release();
    tellOfBounces(await sink?.stop());
  }
}

/** What a repetition needs beside the journal. */
function rerunFileOf(
  { scenario, explain, files }: LoadedScenario,
  { file, folder, of }: RunSource,
  logMessages: 'notable' | 'all',
): RerunFile {
  const { code } = scenario;
  const messages = [scenario, ...settingsOfAll(scenario)].flatMap((settings) => settings.messages);
  const corpora = new Set(messages.flatMap((entry) => (entry.kind === 'corpus' ? [entry.path] : [])));
  const references = explain().filter(({ reference }) => reference !== '');
  return {
    v: 1,
    of,
    file: file === null ? null : resolve(file),
    folder: resolve(folder),
    logMessages,
    typed: references.filter(({ value }) => typeof value !== 'string').map(({ path }) => path),
    corpora: [...corpora].map((path) => ({ path, listing: listingOf(path) ?? '' })),
    files: [...files, ...(code === null ? [] : [{ path: code.path, sha256: code.sha256 }])],
  };
}

/** A copy whose DSN the run's own sink could not send is counted as lost: nobody would look for why. */
function tellOfBounces(counts: SinkCounts | undefined): void {
  for (const line of counts === undefined ? [] : bounceLines(counts)) tell(`${line}\n`);
}

interface Setting {
  readonly flags: RunOutputArguments;
  readonly folder: string;
  readonly logMessages: 'notable' | 'all';
  readonly workers: number;
  readonly sink: EmbeddedSink | null;
  readonly place: RunPlace;
  readonly receipts: string | null;
  readonly display: LiveDisplay;
  readonly events: RunEvents;
  readonly signals: Signals;
}

async function runAndReport(
  loaded: LoadedScenario,
  { flags, folder, logMessages, workers, sink, place, receipts, display, events, signals }: Setting,
): Promise<void> {
  events.start(loaded, place, workers);
  const run = new Run({
    resolved: loaded,
    workers,
    place,
    folder,
    logMessages,
    version: mailbenchVersion(),
    embedded: sink,
    receipts,
    watchers: [
      { onProgress: (view, waiting) => display.update(view, waiting) },
      events.watcher(loaded.scenario),
    ],
  });
  signals.tell(run);
  const end = await run.finished;
  display.end();
  await report(end, flags, events);
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
