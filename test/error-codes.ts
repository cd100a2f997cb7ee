/**
 * The error codes that source texts use and that docs/errors.md lists. Pure: texts in, codes out.
 *
 * A code has to stand as a literal where an error is made, so that a search for it finds the place; anything else
 * is reported by `computedCodes`.
 */
import { withoutComments } from './imports.js';

const NEW_ERROR = /\bnew (?:Usage|Environment|Code)Error\(\s*([^,)]*)/g;
/** What the classes end with: cli/exit-codes.ts. */
const EXIT_CODES: Readonly<Record<string, number>> = { Usage: 104, Environment: 1, Code: 107 };
const LITERAL = /^'([A-Z][A-Z0-9_]*)'$/;

/** Codes in a source text: first arguments of the error classes, and every `'SCENARIO_…'` and `'BEHAVIOUR_…'`. */
export function codesInSource(source: string): string[] {
  const code = withoutComments(source);
  const constructed = [...code.matchAll(NEW_ERROR)].map(
    (match) => LITERAL.exec((match[1] ?? '').trim())?.[1],
  );
  const problems = [...code.matchAll(/'((?:SCENARIO|BEHAVIOUR)_[A-Z0-9_]+)'/g)].map((match) => match[1]);
  const bug = /\bsuper\('(BUG)'/.exec(code)?.[1];
  return [...new Set([...constructed, ...problems, bug])].filter((found) => found !== undefined);
}

/** Codes with the exit code of their class; problems of files are 104, a bug is 1. */
export function exitCodesInSource(source: string): (readonly [code: string, exit: number])[] {
  const thrown = [...withoutComments(source).matchAll(/\bnew (\w+)Error\(\s*'([A-Z][A-Z0-9_]*)'/g)].flatMap(
    ([, name = '', code = '']) => (EXIT_CODES[name] === undefined ? [] : [[code, EXIT_CODES[name]] as const]),
  );
  const others = codesInSource(source).filter((code) => !thrown.some(([known]) => known === code));
  return [...thrown, ...others.map((code) => [code, code === 'BUG' ? 1 : 104] as const)];
}

/** First arguments of the error classes that are no literal, and `SCENARIO_…` or `BEHAVIOUR_…` put together from parts. */
export function computedCodes(source: string): string[] {
  const code = withoutComments(source);
  const constructed = [...code.matchAll(NEW_ERROR)].map((match) => (match[1] ?? '').trim());
  const templates = [...code.matchAll(/`(?:SCENARIO|BEHAVIOUR)_[^`]*\$\{[^`]*`/g)].map((match) => match[0]);
  return [...constructed.filter((argument) => !LITERAL.test(argument)), ...templates];
}

/** Codes with the exit code that the second column of their rows says. */
export function exitCodesInTable(markdown: string): (readonly [code: string, exit: number])[] {
  const rows = markdown.matchAll(/^\|\s*`?([A-Z][A-Z0-9_]*)`?\s*\|\s*(\d+)\s*\|/gm);
  return [...rows].map(([, code = '', exit = '']) => [code, Number(exit)] as const);
}

/** The first column of the table rows `| CODE | … |` of a Markdown page, in its order. */
export function codesInTable(markdown: string): string[] {
  return [...markdown.matchAll(/^\|\s*`?([A-Z][A-Z0-9_]*)`?\s*\|/gm)].map((match) => match[1] ?? '');
}
