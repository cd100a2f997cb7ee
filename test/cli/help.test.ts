import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import yargs, { type Argv } from 'yargs';
import { COMMANDS } from '#src/cli/commands.js';
import { layOutHelp } from '#src/cli/help.js';
import { columns } from '#src/report/terminal.js';

const PAGE = `mailbench x [y]

What it does, in a sentence that is longer than some windows are

Options:
  -h, --help                  Show help  [boolean]
      --messages-per-session  A number, or unlimited, or something else  [string] [default: "unlimited"]
      --mode                  Which  [choices: "a", "b"] [default: "a"]
      --quiet                 Nothing  [boolean] [default: false]
      --dir                   Folders  [array] [required] [default: []]

Examples:
  mailbench x --set 'messages=[{size: 4KiB}]' --rate 200 --duration 1m  As much as that
  mailbench y                                                          No more

Read docs/x.md, where all of this stands in more words.
`;

test('a wide window gets tables, without types, with values and defaults', () => {
  assert.deepEqual(layOutHelp(PAGE, 110).split('\n'), [
    'mailbench x [y]',
    '',
    'What it does, in a sentence that is longer than some windows are',
    '',
    'Options:',
    '  -h, --help                  Show help',
    '      --messages-per-session  A number, or unlimited, or something else (default: unlimited)',
    '      --mode                  Which (a, b; default: a)',
    '      --quiet                 Nothing',
    '      --dir                   Folders',
    '',
    'Examples:',
    "  mailbench x --set 'messages=[{size: 4KiB}]' --rate 200 --duration 1m",
    '      As much as that',
    '  mailbench y',
    '      No more',
    '',
    'Read docs/x.md, where all of this stands in more words.',
    '',
  ]);
});

test('a narrow one gets what has no room below its flag, and commands that can be copied', () => {
  assert.deepEqual(layOutHelp(PAGE, 44).split('\n'), [
    'mailbench x [y]',
    '',
    'What it does, in a sentence that is longer',
    'than some windows are',
    '',
    'Options:',
    '  -h, --help                  Show help',
    '      --messages-per-session',
    '        A number, or unlimited, or something',
    '        else (default: unlimited)',
    '      --mode',
    '        Which (a, b; default: a)',
    '      --quiet                 Nothing',
    '      --dir                   Folders',
    '',
    'Examples:',
    '  mailbench x \\',
    "    --set 'messages=[{size: 4KiB}]' \\",
    '    --rate 200 --duration 1m',
    '      As much as that',
    '  mailbench y',
    '      No more',
    '',
    'Read docs/x.md, where all of this stands in',
    'more words.',
    '',
  ]);
});

describe('every page', () => {
  for (const { command, load } of COMMANDS) {
    const name = command.split(' ')[0] ?? '';
    test(`of ${name} fits 80 and 44 columns, and cuts nothing`, async () => {
      const page = await pageOf(name, command, load);
      for (const width of [44, 80]) {
        const lines = layOutHelp(page, width).split('\n');
        assert.deepEqual(
          lines.filter((line) => columns(line) > width),
          [],
        );
        assert.ok(lines.every((line) => !line.includes('…') || page.includes(line.trim())));
        const names = (text: string) => [...text.matchAll(/(?<![\w-])--[a-z-]+/g)].map(([flag]) => flag);
        assert.deepEqual(names(lines.join('\n')), names(page));
      }
    });
  }
});

async function pageOf(
  name: string,
  command: string,
  load: (typeof COMMANDS)[number]['load'],
): Promise<string> {
  const { builder } = await load();
  const describe = typeof builder === 'function' ? builder : (parser: Argv<object>) => parser;
  let page = '';
  const parser = yargs([name, '--help']).scriptName('mailbench').wrap(null);
  await parser
    .command({ command, describe: 'x', builder: describe, handler: () => {} })
    .parseAsync([name, '--help'], {}, (_error, _argv, output) => {
      page += output;
    });
  return page;
}
