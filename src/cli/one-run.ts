/**
 * One run from its scenario to its directory: the sink that it needs, its files, and the run itself. What `run`, `rerun` and those that make many
 * runs share.
 */
import { resolve } from 'node:path';
import { type RerunFile, writeRerunFile } from '../result/rerun-file.js';
import type { RunPlace } from '../result/run-directory.js';
import { Run, type RunEnd } from '../run/run.js';
import type { RunWatcher } from '../run/run-watcher.js';
import { listingOf } from '../scenario/listing.js';
import type { LoadedScenario } from '../scenario/load-scenario.js';
import { settingsOfAll } from '../scenario/settings.js';
import type { EmbeddedSink, SinkCounts } from '../sink/process/embedded.js';
import { inspectCorpora } from './corpora.js';
import { checkBehaviours, makeRunPlace, ownReceiptsOf, startRunSink } from './run-sink.js';
import { bounceLines } from './sink-lines.js';
import { tell } from './terminal.js';
import { mailbenchVersion } from './version.js';

export interface OneRunOptions {
  /** The run directory is made in here. */
  readonly out: string;
  readonly workers: number;
  readonly logMessages: 'notable' | 'all';
  /** Of the scenario file: what commands of the scenario are run in. */
  readonly folder: string;
  /** The scenario file; null where flags made the scenario. */
  readonly file: string | null;
  /** The run that this one repeats; null for a run of its own. */
  readonly of: string | null;
  readonly watchers: readonly RunWatcher[];
  /** It is about to begin. */
  readonly onRun: (run: Run, place: RunPlace) => void;
  /** It is over; its sink is still there. */
  readonly onEnd: () => void;
}

/** What can be said of a scenario before anything is started. @throws MailbenchError */
export async function readyToRun(read: LoadedScenario): Promise<LoadedScenario> {
  await checkBehaviours(read.scenario);
  const { scenario, warnings } = inspectCorpora(read.scenario);
  return { ...read, scenario, warnings: [...read.warnings, ...warnings] };
}

/** @throws MailbenchError when the run could not be made */
export async function makeOneRun(loaded: LoadedScenario, options: OneRunOptions): Promise<RunEnd> {
  const { out, workers, logMessages, folder, watchers, onRun, onEnd } = options;
  const place = makeRunPlace(out);
  const receipts = ownReceiptsOf(loaded.scenario, place.directory);
  let sink: EmbeddedSink | null = null;
  try {
    sink = await startRunSink(loaded.scenario, receipts, place.directory);
    writeRerunFile(place.directory, rerunFileOf(loaded, options));
    const version = mailbenchVersion();
    const run = new Run({
      resolved: loaded,
      ...{ workers, place, folder, logMessages, version, receipts, watchers },
      embedded: sink,
    });
    onRun(run, place);
    return await run.finished.finally(onEnd);
  } finally {
    tellOfBounces(await sink?.stop());
  }
}

/** What a repetition needs beside the journal. */
function rerunFileOf(
  { scenario, explain, files }: LoadedScenario,
  { file, folder, of, logMessages }: OneRunOptions,
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
