#!/usr/bin/env node
/**
 * mailbench: the command line. Finds the command, runs it, and turns what it throws into words and an exit code.
 *
 * A command's code is loaded only when that command is asked for, so that `--help` answers at once. Nothing outside
 * this room prints or exits.
 */
import process from 'node:process';
import yargs, { type Argv, type CommandModule } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { MailbenchError, UsageError } from '../errors.js';
import { EXIT_CODE_HELP, exitCodeOfError } from './exit-codes.js';
import { describeError } from './print-error.js';
import { tell } from './terminal.js';
import { usageMistake } from './usage-mistake.js';
import { mailbenchVersion } from './version.js';

interface LazyCommand {
  readonly command: string;
  readonly describe: string;
  readonly load: () => Promise<CommandModule>;
}

const COMMANDS: readonly LazyCommand[] = [
  {
    command: 'run [scenario]',
    describe: 'Load-test a mail server and write a report',
    load: async () => asModule((await import('./run-command.js')).runCommand),
  },
  {
    command: 'rerun <run>',
    describe: 'Repeat a run: the same scenario, seed and workers',
    load: async () => asModule((await import('./rerun-command.js')).rerunCommand),
  },
  {
    command: 'report <dir..>',
    describe: 'Fold the journal of a run again and render its report',
    load: async () => asModule((await import('./report-command.js')).reportCommand),
  },
  {
    command: 'verify <dir>',
    describe: 'Read receipts of a run that is over and say anew what became of its mail',
    load: async () => asModule((await import('./verify-command.js')).verifyCommand),
  },
  {
    command: 'validate <scenario..>',
    describe: 'Check scenario files without running them',
    load: async () => asModule((await import('./validate-command.js')).validateCommand),
  },
  {
    command: 'schema [of]',
    describe: 'Print the JSON Schema of scenario files, or of behaviour files, for editors',
    load: async () => asModule((await import('./schema-command.js')).schemaCommand),
  },
  {
    command: 'sink',
    describe: 'Run a receiving server that accepts mail, or misbehaves on demand, and says what arrived',
    load: async () => asModule((await import('./sink-command.js')).sinkCommand),
  },
];

async function main(args: readonly string[]): Promise<void> {
  const parser = COMMANDS.reduce(addCommand, yargs([...args]) as Argv<object>)
    .scriptName('mailbench')
    .usage('$0 <command>\n\nLoad tests for mail servers, with honest latency.')
    .example('$0 run', 'One message to the embedded server: is everything in place?')
    .example('$0 run scenarios/quick.yaml', 'Eight seconds of load, and a report')
    .example(
      '$0 run --target smtp://127.0.0.1:25 --rate 50 --duration 1m',
      'Fifty messages a second to a local server',
    )
    .completion('completion', 'Print a completion script for bash or zsh')
    .epilogue(EXIT_CODE_HELP)
    .version(mailbenchVersion())
    .alias({ help: 'h', version: 'v' })
    .demandCommand(1, 'Name a command.')
    .strict()
    // Its complaints are read again by usage-mistake.ts.
    .locale('en')
    .wrap(Math.min(110, process.stdout.columns || 100))
    .fail((message, error) => {
      throw error !== undefined && !isParserError(error) ? error : mistake(message);
    });
  const mistake = (complaint: string): UsageError =>
    usageMistake(complaint, { args, commands: COMMANDS.map(nameOf), flags: flagsOf(parser) });
  try {
    await parser.parseAsync();
  } catch (error) {
    throw isParserError(error) ? mistake(error.message) : error;
  }
}

function nameOf({ command }: LazyCommand): string {
  return command.split(' ')[0] ?? command;
}

/** Those of the command that is being parsed. */
function flagsOf(parser: Argv<object>): string[] {
  return Object.keys(optionsOf(parser).key).filter((name) => !/[A-Z]/.test(name));
}

/** The type definitions lack this method. */
function optionsOf(parser: Argv<object>): { key: Record<string, unknown>; array: readonly string[] } {
  return (parser as unknown as { getOptions(): ReturnType<typeof optionsOf> }).getOptions();
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

/** Each command knows the type of its own arguments; here they are all alike. */
function asModule<A>(module: CommandModule<object, A>): CommandModule {
  return module as unknown as CommandModule;
}

/** Some mistakes are thrown past the fail handler. */
function isParserError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'YError';
}

function fail(error: unknown): void {
  tell(describeError(error));
  process.exitCode = exitCodeOfError(error);
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader went away (`mailbench run … | head`, a closed terminal): there is nobody left to tell.
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
});
// Progress and complaints: a run goes on, and writes its result, without anybody to hear them.
process.stderr.on('error', () => {});
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit(exitCodeOfError(error));
});

try {
  await main(hideBin(process.argv));
} catch (error) {
  fail(error instanceof MailbenchError ? error : (error ?? new Error('unknown error')));
}
