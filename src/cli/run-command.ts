/**
 * `mailbench run [scenario]`: loads a server as the scenario says. Without a file the scenario comes from the flags.
 */
import { randomInt } from 'node:crypto';
import { dirname } from 'node:path';
import process from 'node:process';
import type { CommandModule } from 'yargs';
import type { LoadedScenario } from '../scenario/load-scenario.js';
import { openScenario } from '../scenario/open-scenario.js';
import { printExplanation } from './explanation.js';
import { performRun } from './perform-run.js';
import { describeRunFlags, type RunArguments } from './run-flags.js';
import { tell } from './terminal.js';

export const runCommand: CommandModule<object, RunArguments> = {
  command: 'run [scenario]',
  describe: 'Load-test a mail server and write a report',
  builder: describeRunFlags,
  handler: (flags) => run(flags),
};

async function run(flags: RunArguments): Promise<void> {
  const load = () =>
    openScenario({
      file: flags.scenario,
      flags: { ...flags, messagesPerSession: flags['messages-per-session'] },
      env: process.env,
      drawSeed: () => randomInt(2 ** 32),
    });
  if (flags.explain) return explain(await load(), flags);
  const file = flags.scenario ?? null;
  await performRun(flags, { load, file, folder: file === null ? '.' : dirname(file), of: null });
}

function explain({ warnings, explain }: LoadedScenario, flags: RunArguments): void {
  for (const warning of warnings) tell(`warning: ${warning}\n`);
  printExplanation({ file: flags.scenario, values: explain() }, flags);
}
