/**
 * The commands there are, in the order of the help. The code of one is loaded when it is asked for.
 */
import type { CommandModule } from 'yargs';

export interface LazyCommand {
  readonly command: string;
  readonly describe: string;
  readonly load: () => Promise<CommandModule>;
}

export const COMMANDS: readonly LazyCommand[] = [
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
    command: 'experiment <file>',
    describe: 'Compare server configurations: rounds in an order of chance, and a verdict',
    load: async () => asModule((await import('./experiment-command.js')).experimentCommand),
  },
  {
    command: 'compare <dir..>',
    describe: 'Compare runs that were made, or tell again what an experiment came to',
    load: async () => asModule((await import('./compare-command.js')).compareCommand),
  },
  {
    command: 'capacity <scenario>',
    describe: 'Find the highest rate that a server sustains',
    load: async () => asModule((await import('./capacity-command.js')).capacityCommand),
  },
  {
    command: 'trend [name]',
    describe: 'The runs of a scenario over time, and where they changed',
    load: async () => asModule((await import('./trend-command.js')).trendCommand),
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
    command: 'init [name] [file]',
    describe: 'Write a scenario of the library into a new file; without a name, list them',
    load: async () => asModule((await import('./init-command.js')).initCommand),
  },
  {
    command: 'validate <scenario..>',
    describe: 'Check scenario and experiment files without running them',
    load: async () => asModule((await import('./validate-command.js')).validateCommand),
  },
  {
    command: 'schema [of]',
    describe: 'Print the JSON Schema of scenario, experiment or behaviour files, for editors',
    load: async () => asModule((await import('./schema-command.js')).schemaCommand),
  },
  {
    command: 'sink',
    describe: 'Run a receiving server that accepts mail, or misbehaves on demand, and says what arrived',
    load: async () => asModule((await import('./sink-command.js')).sinkCommand),
  },
  {
    command: 'completion [shell]',
    describe: 'Print a completion script for bash or zsh',
    load: async () => asModule((await import('./completion-command.js')).completionCommand),
  },
];

export function nameOf({ command }: Pick<LazyCommand, 'command'>): string {
  return command.split(' ')[0] ?? command;
}

/** Each command knows the type of its own arguments; here they are all alike. */
function asModule<A>(module: CommandModule<object, A>): CommandModule {
  return module as unknown as CommandModule;
}
