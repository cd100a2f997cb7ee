/**
 * `mailbench schema`: the JSON Schema of scenario, experiment or behaviour files, from the same source that checks them.
 */
import process from 'node:process';
import type { CommandModule } from 'yargs';
import { experimentJsonSchema } from '../experiment/json-schema.js';
import { scenarioJsonSchema } from '../scenario/json-schema.js';
import { behavioursJsonSchema } from '../sink/behaviours/json-schema.js';

const SCHEMAS = {
  scenario: scenarioJsonSchema,
  experiment: experimentJsonSchema,
  behaviours: behavioursJsonSchema,
};

interface SchemaArguments {
  readonly of: keyof typeof SCHEMAS;
}

export const schemaCommand: CommandModule<unknown, SchemaArguments> = {
  command: 'schema [of]',
  describe: 'Print the JSON Schema of scenario, experiment or behaviour files, for editors',
  builder: (yargs) =>
    yargs
      .positional('of', {
        choices: ['scenario', 'experiment', 'behaviours'] as const,
        default: 'scenario' as const,
        describe: 'Which files',
      })
      .example(
        '$0 schema > scenario.schema.json',
        'Then, in a scenario file: # yaml-language-server: $schema=scenario.schema.json',
      )
      .example('$0 schema behaviours > behaviours.schema.json', 'The same for what the sink is given')
      .strict(),
  handler: ({ of }) => {
    process.stdout.write(`${JSON.stringify(SCHEMAS[of](), null, 2)}\n`);
  },
};
