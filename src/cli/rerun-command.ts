/**
 * `mailbench rerun RUN`: repeats a run with the same words, seed, workers and flags, from what its directory holds.
 *
 * References are resolved again, from the environment and files of now; `MAILBENCH_*` are passed over, because what they said then
 * is in the words. Files are read by their path, and one that has changed since is told.
 */
import { existsSync, realpathSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import process from 'node:process';
import type { Argv, CommandModule } from 'yargs';
import { BugError } from '../errors.js';
import { type JournalHeader, parseJournal } from '../result/journal.js';
import { readLines } from '../result/line-file.js';
import { type RerunFile, readRerunFile } from '../result/rerun-file.js';
import { RUN_FILES } from '../result/run-directory.js';
import { digestOfFile } from '../scenario/file-log.js';
import { listingOf } from '../scenario/listing.js';
import { openScenario } from '../scenario/open-scenario.js';
import { DEFAULT_OUT, findRun } from './find-run.js';
import { performRun } from './perform-run.js';
import { addOverrideFlags, addRunOutputFlags, type RunOutputArguments } from './run-flags.js';
import { tell } from './terminal.js';
import { mailbenchVersion } from './version.js';

interface RerunArguments extends RunOutputArguments {
  run: string;
  set: string[] | undefined;
  tag: string[] | undefined;
}

export const rerunCommand: CommandModule<object, RerunArguments> = {
  command: 'rerun <run>',
  describe: 'Repeat a run: the same scenario, seed and workers',
  builder: describeFlags,
  handler: (flags) => rerun(flags),
};

function describeFlags(yargs: Argv<object>): Argv<RerunArguments> {
  const described = yargs.positional('run', {
    type: 'string',
    demandOption: true,
    describe: 'Run directory, id of a run in reports/, or latest',
  });
  const asBefore = { workers: 'as before', out: 'that of the run', logMessages: 'as before' };
  return addRunOutputFlags(addOverrideFlags(described), asBefore)
    .example('$0 rerun latest', 'The last run once more')
    .example('$0 rerun latest --set seed=8', 'The same load with other draws');
}

async function rerun(flags: RerunArguments): Promise<void> {
  const directory = findRun(flags.run);
  const header = await readHeader(join(directory, RUN_FILES.journal));
  const made = here(readRerunFile(directory));
  if (!flags.quiet) for (const warning of differences(header, made)) tell(`warning: ${warning}\n`);
  const { folder, file, typed, logMessages } = made;
  const stored = { words: header.scenario, label: `run ${header.run.id}`, typed, folder };
  await performRun(
    {
      ...flags,
      workers: flags.workers ?? String(header.run.host.workers),
      out: flags.out ?? outOf(directory, header),
      'log-messages': flags['log-messages'] ?? logMessages,
    },
    {
      ...{ folder, file, of: header.run.id },
      load: () =>
        openScenario({
          stored,
          flags: { set: flags.set, tag: flags.tag },
          env: process.env,
          drawSeed: () => {
            throw new BugError('a stored scenario has no seed');
          },
        }),
    },
  );
}

/** Beside the run, unless that was moved to where no runs are. */
function outOf(directory: string, { run }: JournalHeader): string {
  return basename(realpathSync(directory)) === run.id ? join(directory, '..') : DEFAULT_OUT;
}

/** Of a run that was made on another machine files are looked for from the working folder on. */
function here(made: RerunFile): RerunFile {
  const { folder, files, corpora } = made;
  if (existsSync(folder)) return made;
  const moved = <T extends { readonly path: string }>(file: T) => ({
    ...file,
    path: resolve(relative(folder, file.path)),
  });
  return { ...made, folder: resolve('.'), files: files.map(moved), corpora: corpora.map(moved) };
}

async function readHeader(journal: string): Promise<JournalHeader> {
  for await (const entry of parseJournal(readLines(journal), () => {})) {
    if (entry.type === 'header') return entry;
  }
  throw new BugError('a journal without a header was not refused');
}

/** What is not as it was, as sentences. */
function differences({ run }: JournalHeader, { files, corpora }: RerunFile): readonly string[] {
  const version = mailbenchVersion();
  const older = `${run.id} was made by mailbench ${run.mailbench}, this is ${version}: it may not send the same.`;
  const digests = [
    ...files.map(({ path, sha256 }) => ({ path, before: sha256, now: digestOfFile(path) })),
    ...corpora.map(({ path, listing }) => ({ path, before: listing, now: listingOf(path) })),
  ];
  const changed = digests
    .filter(({ before, now }) => now !== before)
    .map(
      ({ path, now }) =>
        `${path} ${now === null ? 'cannot be read any more' : 'has changed since that run'}.`,
    );
  return [...(run.mailbench === version ? [] : [older]), ...changed];
}
