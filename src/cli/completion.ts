/**
 * Completion: what may stand at the end of a command line that is being typed. The shell asks with `mailbench __complete WORD…`, the
 * last of which is the one under the cursor, maybe empty.
 *
 * No candidates means: names of files. Knows commands, their flags, and the values of both where there are few.
 */
import { readdirSync } from 'node:fs';
import yargs, { type Argv } from 'yargs';
import { PROFILES } from '../sink/profiles/profiles.js';
import { COMMANDS, nameOf } from './commands.js';
import { DEFAULT_OUT } from './find-run.js';
import { libraryScenarios } from './library.js';
import { descriptionsOf, flagsOf, optionsOf } from './parser-options.js';

export interface Candidate {
  readonly text: string;
  /** '' for none. */
  readonly description: string;
}

const HELP: Candidate = { text: '--help', description: 'Show help' };
const RUNS_SHOWN = 20;

/** Of flags whose values the parser leaves to others to judge. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  pipelining: ['off', 'auto', 'coalesced'],
  profile: Object.keys(PROFILES),
  target: ['embedded'],
  'messages-per-session': ['unlimited'],
};

export async function candidates(words: readonly string[]): Promise<readonly Candidate[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const name = before.find((word) => !word.startsWith('-'));
  const found = name === undefined ? commandsAndHelp() : await inCommand(name, before, current);
  return found.filter(({ text }) => text.startsWith(current));
}

function commandsAndHelp(): readonly Candidate[] {
  const commands = COMMANDS.map((command) => ({ text: nameOf(command), description: command.describe }));
  return [...commands, HELP, { text: '--version', description: 'Show version number' }];
}

async function inCommand(
  name: string,
  before: readonly string[],
  current: string,
): Promise<readonly Candidate[]> {
  const command = COMMANDS.find((one) => nameOf(one) === name);
  if (command === undefined) return [];
  const { builder } = await command.load();
  const blank = yargs([]) as Argv<object>;
  const parser = typeof builder === 'function' ? await builder(blank) : blank;
  const flags = flagsIn(parser as Argv<object>, command.command);
  // Bash makes a word of its own of the `=` in `--flag=value`.
  const last = (before.at(-1) === '=' ? before.at(-2) : before.at(-1)) ?? '';
  const asked = flags.find((flag) => `--${flag.name}` === last && flag.takesValue);
  if (asked !== undefined) return asked.values.map((text) => ({ text, description: '' }));
  if (current.startsWith('-')) return [...flags.flatMap((flag) => flagCandidates(flag, before)), HELP];
  return positionals(name, parser as Argv<object>, before);
}

interface Flag {
  readonly name: string;
  readonly description: string;
  readonly takesValue: boolean;
  /** It may stand more than once. */
  readonly isList: boolean;
  readonly values: readonly string[];
  /** Whether `--name`, `--no-name` or both say something. */
  readonly forms: readonly string[];
}

function flagsIn(parser: Argv<object>, command: string): readonly Flag[] {
  const { array, boolean, choices, default: defaults } = optionsOf(parser);
  const descriptions = descriptionsOf(parser);
  const positional = [...command.matchAll(/[<[](\w+)/g)].map((match) => match[1]);
  const names = flagsOf(parser).filter((name) => !positional.includes(name) && name.length > 1);
  return names
    .filter((name) => name !== 'help' && name !== 'version')
    .map((name) => {
      const isBoolean = boolean.includes(name);
      const off = isBoolean && (defaults[name] === true || name === 'color');
      const on = !isBoolean || defaults[name] !== true;
      return {
        name,
        description: (descriptions[name] ?? '').replace(/^__yargsString__:/, ''),
        takesValue: !isBoolean,
        isList: array.includes(name),
        values: choices[name] ?? VALUES[name] ?? [],
        forms: [...(on ? [`--${name}`] : []), ...(off ? [`--no-${name}`] : [])],
      };
    });
}

function flagCandidates({ forms, description, isList }: Flag, before: readonly string[]): Candidate[] {
  const isGiven = forms.some((form) => before.includes(form));
  return isGiven && !isList ? [] : forms.map((text) => ({ text, description }));
}

function positionals(name: string, parser: Argv<object>, before: readonly string[]): readonly Candidate[] {
  const plain = (texts: readonly string[]) => texts.map((text) => ({ text, description: '' }));
  if (['rerun', 'report', 'verify', 'compare'].includes(name)) return plain(runsIn(DEFAULT_OUT));
  const { choices } = optionsOf(parser);
  const isFirst = before.at(-1) === name;
  if (name === 'init') return isFirst ? libraryCandidates() : [];
  return isFirst ? plain(choices.of ?? choices.shell ?? []) : [];
}

function libraryCandidates(): readonly Candidate[] {
  return libraryScenarios().map(({ name, purpose }) => ({ text: name, description: purpose }));
}

/** `latest` and the newest runs. */
function runsIn(out: string): readonly string[] {
  try {
    const names = readdirSync(out).filter((name) => /^\d{8}-/.test(name));
    const newest = names.sort().reverse().slice(0, RUNS_SHOWN);
    return newest.length === 0 ? [] : ['latest', ...newest];
  } catch {
    return [];
  }
}
