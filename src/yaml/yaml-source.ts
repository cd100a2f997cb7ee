/**
 * YAML text in, a SourceTree with `file:line:col` for every value out.
 *
 * Follows YAML 1.2's core schema; JSON is YAML. References to the environment are replaced in scalars after parsing,
 * so no value can change the document's shape; an unquoted one is typed again (`${RATE:-50}` is a number).
 * Bounded in depth and size: aliases unfold at most to MAX_VALUES values. Problems are collected, never thrown.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { Problem } from '../errors.js';
import { formatKeyPath, type KeyPath } from './key-path.js';
import { nestsDeeper } from './nesting.js';
import type { ProblemCodes, ProblemKind } from './problem-kind.js';
import { describeReferenceProblem, type Sources, substitute } from './references.js';
import { type Origin, SourceTree } from './source-tree.js';

const MAX_DEPTH = 32;
const MAX_VALUES = 20_000;

export interface YamlInput {
  readonly text: string;
  /** Names a place: the file, or the flag the text was given to. */
  readonly label: string;
  /** False for flags and environment variables, where lines and columns say nothing. */
  readonly hasPositions: boolean;
  /** What `${NAME}` and `${file:PATH}` are replaced from; null: they are text like any other. */
  readonly sources: Sources | null;
  readonly codes: ProblemCodes;
}

export interface YamlSource {
  /** Its root is undefined when the document is too broken to go on. */
  readonly tree: SourceTree;
  readonly problems: readonly Problem[];
}

export function readYaml(input: YamlInput): YamlSource {
  return new YamlReader(input).read();
}

/** Thrown inside only, to leave the walk at once. */
class TooBig extends Error {}

class YamlReader {
  readonly #input: YamlInput;
  readonly #tree: SourceTree;
  readonly #lines = new LineCounter();
  readonly #problems: Problem[] = [];
  readonly #anchors = new Map<string, unknown>();
  #isUnfolding = false;
  #values = 0;

  constructor(input: YamlInput) {
    this.#input = input;
    this.#tree = new SourceTree(undefined, input.label);
  }

  read(): YamlSource {
    try {
      this.#parse();
    } catch (error) {
      // The parser has no depth limit of its own; what nestsDeeper lets through may still end in a RangeError (full stack).
      if (!(error instanceof TooBig) && !(error instanceof RangeError)) throw error;
      this.#tree.root = undefined;
      this.#report('tooBig', [], undefined, {
        message: `is nested deeper than ${MAX_DEPTH} levels or holds more than ${MAX_VALUES} values once its aliases are unfolded`,
        hint: 'Write a flatter document, and list many values in fewer keys.',
      });
    }
    return { tree: this.#tree, problems: this.#problems };
  }

  #parse(): void {
    if (nestsDeeper(this.#input.text, MAX_DEPTH)) throw new TooBig();
    // logLevel `silent` would also hide that there is more than one document.
    const document = parseDocument(this.#input.text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      logLevel: 'error',
      // The parser compares each key with every other; #map looks them up.
      uniqueKeys: false,
    });
    for (const warning of document.warnings) this.#reportYaml(warning);
    // After an error the tree, and every further error, is a guess.
    const [broken] = document.errors;
    if (broken !== undefined && isFullStack(broken)) throw new TooBig();
    if (broken !== undefined) return this.#reportYaml(broken);
    this.#tree.root = this.#value(document.contents, [], undefined);
  }

  #value(node: unknown, path: KeyPath, key: Scalar | undefined): unknown {
    this.#values += 1;
    if (path.length > MAX_DEPTH || this.#values > MAX_VALUES) throw new TooBig();
    if (isAlias(node)) return this.#alias(node, path, key);
    if (isNode(node) && node.anchor !== undefined && !this.#isUnfolding) this.#anchors.set(node.anchor, node);
    this.#tree.setOrigin(path, this.#originOf(node, key));
    if (isMap(node)) return this.#map(node, path);
    if (isSeq(node)) return node.items.map((item, index) => this.#value(item, [...path, index], undefined));
    if (isScalar(node)) return this.#scalar(node, path, key);
    return null;
  }

  #alias(alias: Alias, path: KeyPath, key: Scalar | undefined): unknown {
    const target = this.#anchors.get(alias.source);
    if (target === undefined) return this.#reportAlias(path, alias);
    const wasUnfolding = this.#isUnfolding;
    // The anchors inside were registered when they were first read; an alias means the latest before it.
    this.#isUnfolding = true;
    // An anchor that contains its own alias unfolds until it is too deep.
    const value = this.#value(target, path, key);
    this.#isUnfolding = wasUnfolding;
    return value;
  }

  #map(node: YAMLMap, path: KeyPath): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const keys = new Set<string>();
    for (const pair of node.items) {
      const key = this.#key(pair, path);
      if (key === null) continue;
      if (keys.has(key.text) && !this.#isUnfolding) this.#reportDuplicate(key.node);
      keys.add(key.text);
      const value = this.#value(pair.value, [...path, key.text], key.node);
      if (value !== undefined && !Object.hasOwn(map, key.text)) map[key.text] = value;
    }
    return map;
  }

  #key(pair: Pair, path: KeyPath): { text: string; node: Scalar } | null {
    const node = pair.key;
    const text = isScalar(node) ? textOfKey(node) : null;
    // Assigning `__proto__` would change the map instead of filling it.
    if (isScalar(node) && text !== null && text !== '__proto__') return { text, node };
    this.#report('key', path, node ?? pair.value, {
      message: 'holds a key that is not plain text',
      hint: 'Write keys as plain words, and put quotes around the others.',
    });
    return null;
  }

  #scalar(node: Scalar, path: KeyPath, key: Scalar | undefined): unknown {
    const source = typeof node.value === 'string' ? node.value : '';
    const { sources } = this.#input;
    const substitution = sources === null ? null : substitute(source, sources);
    if (substitution === null) return node.value;
    for (const problem of substitution.problems) {
      const { kind, ...said } = describeReferenceProblem(problem);
      this.#report(kind, path, node, said);
    }
    const { text } = substitution;
    this.#tree.setOrigin(path, { ...this.#originOf(node, key), reference: { source, text } });
    // Taken out, so that a value nobody gave makes no second problem.
    if (substitution.problems.length > 0) return undefined;
    // A password of digits is text.
    return node.type === 'PLAIN' && !substitution.hasFile ? typedAsPlain(text) : text;
  }

  #originOf(node: unknown, key: Scalar | undefined): Origin {
    const where = this.#where(node);
    return { where, keyWhere: key === undefined ? where : this.#where(key) };
  }

  #where(node: unknown): string {
    const offset = offsetOf(node);
    return offset === undefined ? this.#input.label : this.#position(offset);
  }

  #position(offset: number): string {
    if (!this.#input.hasPositions) return this.#input.label;
    const { line, col } = this.#lines.linePos(offset);
    return `${this.#input.label}:${line}:${col}`;
  }

  #reportAlias(path: KeyPath, node: unknown): undefined {
    this.#report('alias', path, node, {
      message: 'is an alias without an anchor before it',
      hint: 'Put quotes around text that begins with `*`.',
    });
  }

  #reportDuplicate(key: Scalar): void {
    this.#report('duplicateKey', [], key, {
      message: 'this key stands twice in the same map',
      hint: 'Keep one of the two.',
    });
  }

  #reportYaml(error: YAMLError): void {
    this.#problems.push({
      code: this.#input.codes[error.code === 'TAG_RESOLVE_FAILED' ? 'tag' : 'yaml'],
      where: this.#position(error.pos[0]),
      path: '',
      message: yamlSentence(error),
      hint: this.#hintForSyntax(error),
    });
  }

  /** Unquoted, the brace of a reference opens a map inside `{ }` and `[ ]`: the likeliest mistake of all. */
  #hintForSyntax(error: YAMLError): string {
    const { text } = this.#input;
    const line = text.slice(text.lastIndexOf('\n', error.pos[0] - 1) + 1).split('\n', 1)[0] ?? '';
    if (this.#input.sources !== null && line.includes('${'))
      return 'Inside { } and [ ] put quotes around it: "${NAME}".';
    return 'Correct the YAML at this place; put quotes around text with signs in it.';
  }

  #report(kind: ProblemKind, path: KeyPath, node: unknown, text: { message: string; hint: string }): void {
    const where = node === undefined || node === null ? this.#input.label : this.#where(node);
    this.#problems.push({ code: this.#input.codes[kind], where, path: formatKeyPath(path), ...text });
  }
}

/** The parser turns a stack that is full into an ordinary error, on some depths. */
function isFullStack({ message }: Error): boolean {
  return /maximum call stack/i.test(message);
}

/** The parser's own words, without what they quote: it may be part of a password. */
function yamlSentence(error: YAMLError): string {
  const [words = ''] = error.message.split(/: |"/, 1);
  return `is not well-formed YAML: ${words.trim().replace(/\s+/g, ' ').toLowerCase()}`;
}

/** Keys are what was written, so that `01:` and `1:` are two keys and `no:` is `no`. */
function textOfKey(node: Scalar): string | null {
  if (typeof node.value === 'string') return node.value;
  return node.value === null ? null : (node.source ?? String(node.value));
}

function offsetOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  return Array.isArray(node.range) && typeof node.range[0] === 'number' ? node.range[0] : undefined;
}

/** The text as YAML would type it unquoted; whatever is more than one plain scalar stays text. */
export function typedAsPlain(text: string): unknown {
  if (text === '') return null;
  // Nothing longer is a number, a boolean or null.
  if (text.length > 64) return text;
  const { contents, errors } = parseDocument(text, { logLevel: 'error', prettyErrors: false });
  const isPlain = isScalar(contents) && contents.type === 'PLAIN' && contents.source === text;
  return isPlain && errors.length === 0 ? contents.value : text;
}
