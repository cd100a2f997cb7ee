#!/usr/bin/env node
/**
 * mailbench: the command line. Finds the command, runs it, and turns what it throws into words and an exit code.
 *
 * A command's code is loaded only when that command is asked for, so that `--help` answers at once. Nothing outside
 * this room prints or exits.
 */
import process from 'node:process';
import yargs, { type Argv } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { strayError } from '../code/thrown.js';
import { CodeError, MailbenchError, UsageError } from '../errors.js';
import { COMMANDS, type LazyCommand, nameOf } from './commands.js';
import { EXIT_CODE_HELP, exitCodeOfError } from './exit-codes.js';
import { layOutHelp } from './help.js';
import { flagsOf, optionsOf } from './parser-options.js';
import { describeError } from './print-error.js';
import { tell, widthOf } from './terminal.js';
import { usageMistake } from './usage-mistake.js';
import { mailbenchVersion } from './version.js';

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === '__complete') return complete(args.slice(1));
  const parser = COMMANDS.reduce(addCommand, yargs([...args]) as Argv<object>)
    .scriptName('mailbench')
    .usage('$0 <command>\n\nLoad tests for mail servers, with honest latency.')
    .example('$0 run', 'One message to the embedded server: is everything in place?')
    .example('$0 init smoke', 'Write a scenario file to begin with: smoke.yaml')
    .example('$0 run smoke.yaml', 'Run it; its thresholds decide the exit code')
    .example(
      '$0 run --target smtp://127.0.0.1:25 --rate 50 --duration 1m',
      'Fifty messages a second to a local server',
    )
    .epilogue(EXIT_CODE_HELP)
    .version(mailbenchVersion())
    .exitProcess(false)
    .alias({ help: 'h', version: 'v' })
    .demandCommand(1, 'Name a command.')
    .strict()
    // Its complaints are read again by usage-mistake.ts.
    .locale('en')
    .wrap(null)
    .fail((message, error) => {
      throw error !== undefined && !isParserError(error) ? error : mistake(message);
    });
  const mistake = (complaint: string): UsageError =>
    usageMistake(complaint, { args, commands: COMMANDS.map(nameOf), flags: flagsOf(parser) });
  if (args.some((arg) => arg === '--help' || arg === '-h')) return showHelp(parser, args);
  try {
    await parser.parseAsync();
  } catch (error) {
    throw isParserError(error) ? mistake(error.message) : error;
  }
}

/** With a callback the parser hands its page over instead of printing it. */
async function showHelp(parser: Argv<object>, args: readonly string[]): Promise<void> {
  let page = '';
  await parser.parseAsync([...args], {}, (_error, _argv, output) => {
    page += output;
  });
  process.stdout.write(layOutHelp(page, Math.min(110, widthOf(process.stdout))));
}

/** For the scripts of completion-command.ts: a candidate and its description on each line. */
async function complete(words: readonly string[]): Promise<void> {
  const { candidates } = await import('./completion.js');
  for (const { text, description } of await candidates(words))
    process.stdout.write(description === '' ? `${text}\n` : `${text}\t${description}\n`);
}

/** The parser makes a list of a flag that stands twice, whatever its type. */
function refuseDoubled(args: Readonly<Record<string, unknown>>, parser: Argv<object>): void {
  const { key, array } = optionsOf(parser);
  const doubled = Object.keys(key).find((name) => Array.isArray(args[name]) && !array.includes(name));
  if (doubled === undefined) return;
  throw new UsageError('USAGE_ARGUMENTS', `--${doubled} is given more than once`, {
    hint: 'Keep the one that you mean.',
  });
}

function addCommand(parser: Argv<object>, { command, describe, load }: LazyCommand): Argv<object> {
  return parser.command({
    command,
    describe,
    builder: async (yargs: Argv<object>) => {
      const { builder } = await load();
      return typeof builder === 'function' ? builder(yargs) : yargs;
    },
    handler: async (args) => {
      refuseDoubled(args, parser);
      await (await load()).handler(args);
    },
  });
}

/** Some mistakes are thrown past the fail handler. */
function isParserError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'YError';
}

function fail(error: unknown): void {
  tell(describeError(error));
  process.exitCode = exitCodeOfError(error);
}

let isOver = false;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader went away (`mailbench run … | head`, a closed terminal): there is nobody left to tell.
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
});
// Progress and complaints: a run goes on, and writes its result, without anybody to hear them.
process.stderr.on('error', () => {});
process.on('uncaughtException', (error) => {
  // Scenario code may have left something running.
  const known = strayError(error) ?? error;
  fail(known);
  isOver = true;
  process.exit(exitCodeOfError(known));
});
process.on('exit', () => {
  if (isOver) return;
  // Only scenario code can have done that: nothing of ours exits, and a pipeline must not take it for a success.
  const hint = 'Throw an error instead. A run that had begun can be looked at: mailbench report latest.';
  fail(
    new CodeError('CODE_EXITED', 'the scenario code ended the process before mailbench was done', { hint }),
  );
});

try {
  await main(hideBin(process.argv));
} catch (error) {
  fail(error instanceof MailbenchError ? error : (error ?? new Error('unknown error')));
}
isOver = true;
