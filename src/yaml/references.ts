/**
 * `${NAME}`, `${NAME:-default}` and `${file:PATH}`: values from the environment and from files inside text.
 *
 * As in a shell, the default stands in for a variable that is unset or empty. `$${` is a literal `${`. Replaced text
 * is not looked at again, so a value from outside cannot pull in another one. Files are for secrets; who reads them
 * is a parameter.
 */
import type { ProblemKind } from './problem-kind.js';
import { isSecretKey, MASK } from './secret-key.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The text of a file, or why there is none. */
export type FileText = string | { readonly message: string; readonly hint: string };

export interface Sources {
  readonly env: Environment;
  /** null: `${file:PATH}` has no meaning here. */
  readonly readFile: ((path: string) => FileText) | null;
}

export interface Substitution {
  readonly text: string;
  /** Whether a part of it came from a file, and so is a secret. */
  readonly hasFile: boolean;
  readonly problems: readonly ReferenceProblem[];
}

export type ReferenceProblem =
  | { readonly kind: 'unset'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string; readonly message: string; readonly hint: string }
  | { readonly kind: 'malformed'; readonly text: string };

/** An escaped brace, a reference to a variable or a file, or something that set out to be one. */
const REFERENCE =
  /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{file:([^{}]+)\}|\$\{[^}]{0,40}\}?/g;

/** The text with every reference replaced; null when there is none. */
export function substitute(source: string, { env, readFile }: Sources): Substitution | null {
  if (!source.includes('${')) return null;
  const problems: ReferenceProblem[] = [];
  let hasFile = false;
  const text = source.replace(REFERENCE, (match, name?: string, fallback?: string, path?: string) => {
    if (match === '$${') return '${';
    if (path !== undefined && readFile !== null) {
      hasFile = true;
      const found = readFile(path);
      if (typeof found === 'string') return found;
      problems.push({ kind: 'file', path, ...found });
      return '';
    }
    if (name === undefined) {
      problems.push({ kind: 'malformed', text: match });
      return match;
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
    if (value === undefined) problems.push({ kind: 'unset', name });
    return value ?? '';
  });
  return { text, hasFile, problems };
}

/** A problem in words, without what was quoted: it may be part of a password. */
export function describeReferenceProblem(problem: ReferenceProblem): {
  readonly kind: ProblemKind;
  readonly message: string;
  readonly hint: string;
} {
  if (problem.kind === 'unset') {
    const message = `needs the environment variable ${problem.name}, which is not set`;
    return {
      kind: 'referenceUnset',
      message,
      hint: `Set it, or give a default: \${${problem.name}:-value}.`,
    };
  }
  if (problem.kind === 'file') {
    const message = `needs the file ${problem.path}, which ${problem.message}`;
    return { kind: 'referenceFile', message, hint: problem.hint };
  }
  return {
    kind: 'referenceMalformed',
    message: 'holds a `${` that is no reference',
    hint: 'Write ${NAME}, ${NAME:-default} or ${file:PATH}, or $${ for a literal ${.',
  };
}

/** Whether a part of what it stands for comes from a file. */
export function holdsFile(source: string): boolean {
  return [...source.matchAll(REFERENCE)].some(([, , , path]) => path !== undefined);
}

/** The variables that a text names, each once. */
export function namesIn(source: string): readonly string[] {
  return [...new Set([...source.matchAll(REFERENCE)].flatMap(([, name]) => name ?? []))];
}

/** The values of variables whose name says that they are secret. */
export function secretValuesIn(source: string, env: Environment): readonly string[] {
  return [...source.matchAll(REFERENCE)].flatMap(([, name, fallback]) => {
    if (name === undefined || !isSecretKey(name)) return [];
    return [Object.hasOwn(env, name) ? (env[name] ?? '') : '', fallback ?? ''].filter(
      (value) => value !== '',
    );
  });
}

/** What of a reference's source may be shown: a secret's is a lone reference without its default, or nothing. */
export function shownReference(source: string, isSecret: boolean): string {
  if (!isSecret) return source.replace(REFERENCE, withoutSecretDefault);
  const [match] = source.matchAll(REFERENCE);
  const isLoneReference = match?.[0] === source && (match[1] ?? match[3]) !== undefined;
  if (!isLoneReference) return MASK;
  return match[2] === undefined ? source : `\${${match[1]}:-${MASK}}`;
}

/** `${API_TOKEN:-abc}` gives its secret away under whatever key it stands. */
function withoutSecretDefault(match: string, name?: string, fallback?: string): string {
  if (name === undefined || fallback === undefined || fallback === '') return match;
  return isSecretKey(name) ? `\${${name}:-${MASK}}` : match;
}
