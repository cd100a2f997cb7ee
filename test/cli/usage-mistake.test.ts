import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usageMistake } from '#src/cli/usage-mistake.js';

const COMMANDS = ['run', 'report', 'sink'];
const FLAGS = ['vus', 'log-messages', 'color', 'set'];

const cases: [string, string[], string, string | null][] = [
  ['Unknown argument: vsu', ['run', '--vsu', '3'], '--vsu is not a flag of this command', '--vus'],
  ['Unknown argument: vsu', ['run', '--vsu=3'], '--vsu is not a flag of this command', '--vus'],
  // The parser names a flag with a dash twice.
  [
    'Unknown arguments: log-mesages, logMesages',
    ['run', '--log-mesages', 'all'],
    '--log-mesages is not a flag of this command',
    '--log-messages',
  ],
  [
    'Unknown argument: colour',
    ['run', '--no-colour'],
    '--no-colour is not a flag of this command',
    '--color',
  ],
  [
    'Unknown argument: frobnicate',
    ['run', '--frobnicate'],
    '--frobnicate is not a flag of this command',
    null,
  ],
  ['Unknown argument: rnu', ['rnu'], 'rnu is not a command', 'run'],
  ['Unknown command: xyz', ['xyz'], 'xyz is not a command', null],
  [
    'Unknown arguments: b, c',
    ['run', 'a', 'b', 'c'],
    'b is one argument too many; c is one argument too many',
    null,
  ],
  ['Not enough arguments following: vus', ['run', '--vus'], 'Not enough arguments following: vus', null],
  ['Invalid values:\n  Argument: mode', ['run'], 'Invalid values: Argument: mode', null],
];
for (const [complaint, args, message, meant] of cases) {
  test(`mailbench ${args.join(' ')}: ${message}`, () => {
    const error = usageMistake(complaint, { args, commands: COMMANDS, flags: FLAGS });
    assert.equal(error.code, 'USAGE_ARGUMENTS');
    assert.equal(error.message, message);
    assert.match(error.hint ?? '', /mailbench COMMAND --help/);
    if (meant === null) assert.doesNotMatch(error.hint ?? '', /Did you mean/);
    else assert.match(error.hint ?? '', new RegExp(`^Did you mean ${meant}\\?`));
  });
}
