/** Run by sink-command.test.ts: the sink command alone, as a process that can get signals. */
import yargs from 'yargs';
import { sinkCommand } from '#src/cli/sink-command.js';
import { MailbenchError } from '#src/errors.js';

try {
  await yargs(process.argv.slice(2))
    .scriptName('mailbench')
    .command(sinkCommand)
    .strict()
    .fail(false)
    .parseAsync();
} catch (error) {
  process.stderr.write(error instanceof MailbenchError ? `${error.code}\n${error.message}\n` : String(error));
  process.exitCode = 1;
}
