/**
 * `mailbench schema`: the JSON Schema of scenario files, from the same source that checks them.
 */
import process from 'node:process';
import type { CommandModule } from 'yargs';
import { scenarioJsonSchema } from '../scenario/json-schema.js';

export const schemaCommand: CommandModule = {
  command: 'schema',
  describe: 'Print the JSON Schema of scenario files, for editors',
  builder: (yargs) =>
    yargs
      .example(
        '$0 schema > scenario.schema.json',
        'Then, in a scenario file: # yaml-language-server: $schema=scenario.schema.json',
      )
      .strict(),
  handler: () => {
    process.stdout.write(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
  },
};
