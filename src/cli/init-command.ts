/**
 * `mailbench init [NAME] [FILE]`: writes a scenario of the library, with its comments and the files it needs, as a beginning of
 * one's own. Without a name it lists what there is. Asks nothing, and overwrites nothing without `--force`.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import process from 'node:process';
import type { Argv, CommandModule } from 'yargs';
import { EnvironmentError, UsageError } from '../errors.js';
import { left, wrap } from '../report/terminal.js';
import { errnoOf } from '../result/file-error.js';
import { makeFolders } from '../result/run-directory.js';
import { isCodePath } from '../scenario/code-source.js';
import { suggestion } from '../yaml/did-you-mean.js';
import { companionsOf, type LibraryScenario, libraryScenarios } from './library.js';
import { widthOf } from './terminal.js';

interface InitArguments {
  name: string | undefined;
  file: string | undefined;
  force: boolean;
}

export const initCommand: CommandModule<object, InitArguments> = {
  command: 'init [name] [file]',
  describe: 'Write a scenario of the library into a new file; without a name, list them',
  builder: describeFlags,
  handler: (flags) => init(flags),
};

function describeFlags(yargs: Argv<object>): Argv<InitArguments> {
  return yargs
    .positional('name', { type: 'string', describe: 'Which scenario; without one they are listed' })
    .positional('file', { type: 'string', describe: 'File or folder to write (default: NAME.yaml)' })
    .option('force', { type: 'boolean', default: false, describe: 'Overwrite files that are there' })
    .example('$0 init', 'What there is')
    .example('$0 init smoke', 'Write smoke.yaml, and say what to type next');
}

async function init({ name, file, force }: InitArguments): Promise<void> {
  const library = libraryScenarios();
  if (name === undefined) {
    process.stdout.write(listing(library, widthOf(process.stdout)));
    return;
  }
  const chosen = library.find((scenario) => scenario.name === name);
  if (chosen === undefined) throw unknownScenario(name, library);
  const target = targetOf(chosen, file);
  const files = await filesToWrite(chosen, target);
  if (!force) refuseToOverwrite(files, target);
  for (const one of files) write(one, force);
  process.stdout.write(nextSteps(files, target));
}

/** Names and purposes, at most `width` columns wide. */
export function listing(library: readonly LibraryScenario[], width: number): string {
  const widest = Math.max(...library.map(({ name }) => name.length));
  const room = Math.max(20, Math.min(width, 110) - widest - 4);
  const lines = library.flatMap(({ name, purpose }) =>
    wrap(purpose, room).map((line, at) => `  ${left(at === 0 ? name : '', widest)}  ${line}`),
  );
  return `${lines.join('\n')}\n\nWrite one of them: ${commandName()} init NAME [FILE]\n`;
}

function targetOf({ name, path }: LibraryScenario, file: string | undefined): string {
  const usual = `${name}${extname(path)}`;
  if (file === undefined) return usual;
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) return join(file, usual);
  if (isCodePath(file) === isCodePath(path)) return file;
  throw new UsageError(
    'INIT_FILE_KIND',
    `${name} is no scenario for a file that is called ${basename(file)}`,
    {
      hint: `Give it the ending ${extname(path)}: it decides how a scenario is read.`,
    },
  );
}

interface NewFile {
  readonly path: string;
  readonly content: Buffer;
}

async function filesToWrite(chosen: LibraryScenario, target: string): Promise<readonly NewFile[]> {
  const beside = (await companionsOf(chosen)).map(({ path, content }) => ({
    path: join(dirname(target), path),
    content,
  }));
  return [{ path: target, content: withOwnName(chosen, target) }, ...beside];
}

/** Its comments name the file that was written. */
function withOwnName({ path }: LibraryScenario, target: string): Buffer {
  const text = readFileSync(path, 'utf8');
  return Buffer.from(text.replaceAll(`scenarios/${basename(path)}`, shellWord(target)));
}

/** A file beside the scenario that is there already, and is the same, is no obstacle. */
function refuseToOverwrite(files: readonly NewFile[], target: string): void {
  const there = files.filter(
    ({ path, content }) => existsSync(path) && (path === target || !holds(path, content)),
  );
  if (there.length === 0) return;
  const names = there.map(({ path }) => path).join(', ');
  throw new UsageError('INIT_FILE_EXISTS', `${names} ${there.length === 1 ? 'exists' : 'exist'} already`, {
    hint: 'Nothing was written. Name another file, or say --force to overwrite.',
  });
}

function holds(path: string, content: Buffer): boolean {
  try {
    return readFileSync(path).equals(content);
  } catch {
    return false;
  }
}

function write({ path, content }: NewFile, force: boolean): void {
  try {
    makeFolders(resolve(dirname(path)));
    if (force || !holds(path, content)) writeFileSync(path, content, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    throw new EnvironmentError('INIT_WRITE_FAILED', `${path} could not be written (${errnoOf(cause)})`, {
      hint: 'Name a file in a folder that you may write to.',
      cause,
    });
  }
}

function nextSteps(files: readonly NewFile[], target: string): string {
  const run = `${commandName()} run ${shellWord(target)}`;
  const written = files.find(({ path }) => path === target)?.content.toString() ?? '';
  // Whoever proves deliveries needs a sink that the server knows of: what that takes stands there.
  const provesDelivery = /^\s*delivery:/m.test(written);
  const next = provesDelivery
    ? [
        'Next, against a server that is started for it; for one of yours see the comment at its beginning:',
        `  ${run}`,
      ]
    : [
        'Next, against a server that is started for it, and against one of yours:',
        `  ${run}`,
        `  ${run} --target smtp://127.0.0.1:25`,
      ];
  return [...files.map(({ path }) => `wrote ${path}`), '', ...next, ''].join('\n');
}

/** As it has to be typed where the package is not installed for all. */
function commandName(): string {
  return process.env.npm_command === 'exec' ? 'npx mailbench' : 'mailbench';
}

function shellWord(path: string): string {
  return /^[\w./@%+,:-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function unknownScenario(name: string, library: readonly LibraryScenario[]): UsageError {
  const names = library.map((scenario) => scenario.name);
  const hint = `${suggestion(name, names) ?? ''} mailbench init lists them with what they are for.`.trim();
  return new UsageError('INIT_NAME_UNKNOWN', `there is no scenario ${name} in the library`, { hint });
}
