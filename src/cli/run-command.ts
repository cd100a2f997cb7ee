/**
 * `mailbench run [scenario]`: loads a server as the scenario says. Without a file the scenario comes from the flags.
 */
import { randomInt } from 'node:crypto';
import { dirname } from 'node:path';
import process from 'node:process';
import type { CommandModule } from 'yargs';
import { loadScenario } from '../scenario/load-scenario.js';
import { performRun } from './perform-run.js';
import { describeRunFlags, type RunArguments } from './run-flags.js';

export const runCommand: CommandModule<object, RunArguments> = {
  command: 'run [scenario]',
  describe: 'Load-test a mail server and write a report',
  builder: describeRunFlags,
  handler: (flags) =>
    performRun(flags, {
      folder: flags.scenario === undefined ? '.' : dirname(flags.scenario),
      load: () =>
        loadScenario({
          file: flags.scenario,
          flags: { ...flags, messagesPerSession: flags['messages-per-session'] },
          env: process.env,
          drawSeed: () => randomInt(2 ** 32),
        }),
    }),
};
