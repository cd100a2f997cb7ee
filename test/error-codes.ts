/**
 * The error codes that source texts use and that docs/errors.md lists. Pure: texts in, codes out.
 *
 * A code has to stand as a literal where an error is made, so that a search for it finds the place; anything else
 * is reported by `computedCodes`.
 */
import { withoutComments } from './imports.js';

const NEW_ERROR = /\bnew (?:Usage|Environment|Code)Error\(\s*([^,)]*)/g;
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

/** First arguments of the error classes that are no literal, and `SCENARIO_…` or `BEHAVIOUR_…` put together from parts. */
export function computedCodes(source: string): string[] {
  const code = withoutComments(source);
  const constructed = [...code.matchAll(NEW_ERROR)].map((match) => (match[1] ?? '').trim());
  const templates = [...code.matchAll(/`(?:SCENARIO|BEHAVIOUR)_[^`]*\$\{[^`]*`/g)].map((match) => match[0]);
  return [...constructed.filter((argument) => !LITERAL.test(argument)), ...templates];
}

/** The first column of the table rows `| CODE | … |` of a Markdown page, in its order. */
export function codesInTable(markdown: string): string[] {
  return [...markdown.matchAll(/^\|\s*`?([A-Z][A-Z0-9_]*)`?\s*\|/gm)].map((match) => match[1] ?? '');
}
