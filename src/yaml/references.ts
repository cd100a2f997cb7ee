/**
 * `${NAME}` and `${NAME:-default}`: values from the environment inside text.
 *
 * As in a shell, the default stands in for a variable that is unset or empty. `$${` is a literal `${`. Replaced text
 * is not looked at again, so a value from the environment cannot pull in another one.
 */
import { isSecretKey, MASK } from './secret-key.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Substitution {
  readonly text: string;
  readonly problems: readonly ReferenceProblem[];
}

export type ReferenceProblem =
  | { readonly kind: 'unset'; readonly name: string }
  | { readonly kind: 'malformed'; readonly text: string };

/** An escaped brace, a reference, or something that set out to be one. */
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{[^}]{0,40}\}?/g;

/** The text with every reference replaced; null when there is none. */
export function substitute(source: string, env: Environment): Substitution | null {
  if (!source.includes('${')) return null;
  const problems: ReferenceProblem[] = [];
  const text = source.replace(REFERENCE, (match, name?: string, fallback?: string) => {
    if (match === '$${') return '${';
    if (name === undefined) {
      problems.push({ kind: 'malformed', text: match });
      return match;
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
    if (value === undefined) problems.push({ kind: 'unset', name });
    return value ?? '';
  });
  return { text, problems };
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
  const isLoneReference = match?.[0] === source && match[1] !== undefined;
  if (!isLoneReference) return MASK;
  return match[2] === undefined ? source : `\${${match[1]}:-${MASK}}`;
}

/** `${API_TOKEN:-abc}` gives its secret away under whatever key it stands. */
function withoutSecretDefault(match: string, name?: string, fallback?: string): string {
  if (name === undefined || fallback === undefined || fallback === '') return match;
  return isSecretKey(name) ? `\${${name}:-${MASK}}` : match;
}
