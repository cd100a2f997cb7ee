/**
 * Stored words in, a SourceTree out: a document as a result keeps it, with references instead of values, read once more.
 *
 * References are resolved as in a file. JSON does not tell whether one stood without quotes, so that it could become a
 * number: whoever stored it has to say which did. A mask stands for what was not stored.
 */
import type { Problem } from '../errors.js';
import { formatKeyPath, type KeyPath } from './key-path.js';
import type { ProblemCodes } from './problem-kind.js';
import { describeReferenceProblem, type Sources, substitute } from './references.js';
import { MASK } from './secret-key.js';
import { isMap, SourceTree } from './source-tree.js';
import { typedAsPlain, type YamlSource } from './yaml-source.js';

export interface StoredWords {
  readonly words: Readonly<Record<string, unknown>>;
  /** Names the place of its values. */
  readonly label: string;
  /** Paths of references that came to a number, a boolean or null. */
  readonly typed: readonly string[];
}

export interface StoredInput extends StoredWords {
  readonly sources: Sources;
  readonly codes: ProblemCodes;
}

export function readStored(input: StoredInput): YamlSource {
  const tree = new SourceTree(undefined, input.label);
  const where = input.label;
  const typed = new Set(input.typed);
  const problems: Problem[] = [];

  const readValue = (value: unknown, path: KeyPath): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => readValue(item, [...path, index]));
    if (isMap(value)) {
      const entries = Object.entries(value).filter(([key]) => key !== '__proto__');
      const read = entries.map(([key, item]) => [key, readValue(item, [...path, key])] as const);
      return Object.fromEntries(read.filter(([, item]) => item !== undefined));
    }
    return typeof value === 'string' ? readText(value, path) : value;
  };

  const readText = (source: string, path: KeyPath): unknown => {
    const substitution = substitute(source, input.sources);
    if (substitution === null) return source;
    const { text } = substitution;
    tree.setOrigin(path, { where, keyWhere: where, reference: { source, text } });
    for (const problem of substitution.problems) {
      const { kind, message, hint } = describeReferenceProblem(problem);
      problems.push({ code: input.codes[kind], where, path: formatKeyPath(path), message, hint });
    }
    if (substitution.problems.length > 0) return undefined;
    return typed.has(formatKeyPath(path)) ? typedAsPlain(text) : text;
  };

  tree.root = readValue(input.words, []);
  tree.setOrigin([], { where, keyWhere: where });
  return { tree, problems };
}

/** Paths of values that were not stored; a default of a reference that was not stored counts where it is used. */
export function maskedPaths(tree: SourceTree): readonly KeyPath[] {
  const found: KeyPath[] = [];
  const look = (value: unknown, path: KeyPath): void => {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) look(item, [...path, index]);
    else if (isMap(value)) for (const [key, item] of Object.entries(value)) look(item, [...path, key]);
    else if (typeof value === 'string' && isMasked(value, tree.originOf(path)?.reference?.source))
      found.push(path);
  };
  look(tree.root, []);
  return found;
}

function isMasked(value: string, source: string | undefined): boolean {
  return value === MASK || (value.includes(MASK) && source?.includes(`:-${MASK}}`) === true);
}
