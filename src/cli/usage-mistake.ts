/**
 * Wrong arguments in words: what the parser of the command line complains about, with the name that was probably meant.
 *
 * Pure. The parser reports unknown flags, unknown commands and arguments too many with the same sentence, and a flag
 * in both of its spellings (`log-message`, `logMessage`); only what was really typed tells them apart.
 */
import { UsageError } from '../errors.js';
import { nearestWord } from '../yaml/did-you-mean.js';

/** What was typed, and what there is. */
export interface CommandLine {
  readonly args: readonly string[];
  readonly commands: readonly string[];
  /** Flags of the command that was given, without dashes. */
  readonly flags: readonly string[];
}

const HINT = 'mailbench --help, or mailbench COMMAND --help, shows what there is.';

/** @param complaint the parser's sentence, in English */
export function usageMistake(complaint: string, line: CommandLine): UsageError {
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/s.exec(complaint)?.[1]?.split(', ') ?? [];
  const found = unknown.map((word) => describeUnknown(word, line)).filter((one) => one !== null);
  const message =
    found.length === 0 ? complaint.replace(/\s*\n\s*/g, ' ') : found.map(({ what }) => what).join('; ');
  const meant = found.map(({ nearest }) => nearest).filter((nearest) => nearest !== null);
  const hint = meant.length === 0 ? HINT : `Did you mean ${meant.join(' and ')}? ${HINT}`;
  return new UsageError('USAGE_ARGUMENTS', message, { hint });
}

interface Unknown {
  readonly what: string;
  readonly nearest: string | null;
}

function describeUnknown(word: string, { args, commands, flags }: CommandLine): Unknown | null {
  const typed = args.find((arg) => arg.startsWith('-') && nameOf(arg) === word);
  if (typed !== undefined) {
    const nearest = nearestWord(word, flags);
    const what = `${typed.split('=')[0]} is not a flag of this command`;
    return { what, nearest: nearest === null ? null : `--${nearest}` };
  }
  if (!args.includes(word)) return null;
  if (args.some((arg) => commands.includes(arg)))
    return { what: `${word} is one argument too many`, nearest: null };
  return { what: `${word} is not a command`, nearest: nearestWord(word, commands) };
}

function nameOf(flag: string): string {
  return flag.replace(/^-+(?:no-)?/, '').replace(/=.*$/s, '');
}
