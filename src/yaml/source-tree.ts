/**
 * A document of plain values that remembers where each one was written.
 *
 * File, environment and flags all end up in one tree, so that every later problem can name its place, whoever wrote
 * the value. Values are plain objects, lists and scalars. Nothing here knows what the keys mean.
 */
import type { Problem } from '../errors.js';
import { formatKeyPath, type KeyPath } from './key-path.js';

/** Where one value came from. */
export interface Origin {
  /** `file.yaml:5:11`, `--set`, `MAILBENCH_RATE`. */
  readonly where: string;
  /** Where its key stands; the same as `where` for flags and list items. */
  readonly keyWhere: string;
  /** The text before `${NAME}` was replaced, and after; only where there was one. */
  readonly reference?: { readonly source: string; readonly text: string };
}

export class SourceTree {
  root: unknown;
  readonly #origins = new Map<string, Origin>();
  readonly #nowhere: string;

  /** `nowhere` names the whole document where no finer place is known, e.g. the file. */
  constructor(root: unknown, nowhere: string) {
    this.root = root;
    this.#nowhere = nowhere;
  }

  setOrigin(path: KeyPath, origin: Origin): void {
    this.#origins.set(idOf(path), origin);
  }

  /** The origin of exactly this value. */
  originOf(path: KeyPath): Origin | undefined {
    return this.#origins.get(idOf(path));
  }

  /** Every value that came from the environment. */
  references(): readonly { readonly source: string; readonly text: string }[] {
    return [...this.#origins.values()].flatMap(({ reference }) => reference ?? []);
  }

  /** Paths of what was written but could not be read: an unset variable, an alias without its anchor. */
  unread(): readonly KeyPath[] {
    const paths = [...this.#origins.keys()].map((id) => JSON.parse(id) as KeyPath);
    return paths.filter((path) => valueAt(this.root, path) === undefined);
  }

  /** The place of a value, or of the nearest thing around it. */
  whereOf(path: KeyPath, part: 'where' | 'keyWhere' = 'where'): string {
    for (let length = path.length; length >= 0; length -= 1) {
      const origin = this.#origins.get(idOf(path.slice(0, length)));
      // What is missing has no place of its own: point to the key of the map that lacks it.
      if (origin !== undefined) return length === path.length ? origin[part] : origin.keyWhere;
    }
    return this.#nowhere;
  }

  copy(): SourceTree {
    return this.at([]);
  }

  /** What stands at a path, as a tree of its own. */
  at(path: KeyPath): SourceTree {
    const branch = new SourceTree(valueAt(this.root, path), this.whereOf(path));
    for (const [id, origin] of this.#origins) {
      const known = JSON.parse(id) as KeyPath;
      const isInside = path.every((step, at) => known[at] === step);
      if (isInside && known.length >= path.length) branch.setOrigin(known.slice(path.length), origin);
    }
    return branch;
  }

  /** Puts a tree in at a path, over what was there; makes maps on the way. False when a scalar stands in the way. */
  put(path: KeyPath, branch: SourceTree): boolean {
    const origin = branch.originOf([]) ?? { where: branch.#nowhere, keyWhere: branch.#nowhere };
    if (!this.#makeRoom(path, origin)) return false;
    const exactPath = withNumbersInLists(this.root, path);
    this.#forget(exactPath);
    this.root = withValueAt(this.root, exactPath, branch.root);
    for (const [id, origin] of branch.#origins) {
      this.#origins.set(idOf([...exactPath, ...(JSON.parse(id) as KeyPath)]), origin);
    }
    return true;
  }

  /** Takes a value out, as if it had never been written. */
  remove(path: KeyPath): void {
    if (valueAt(this.root, path) === undefined) return;
    this.#forget(path);
    this.root = withValueAt(this.root, path, undefined);
  }

  #makeRoom(path: KeyPath, origin: Origin): boolean {
    for (let length = 0; length < path.length; length += 1) {
      const at = path.slice(0, length);
      const container = valueAt(this.root, at);
      const step = path[length]!;
      if (container === undefined || container === null) {
        this.root = withValueAt(this.root, at, typeof step === 'number' ? [] : {});
        this.setOrigin(at, origin);
      } else if (Array.isArray(container)) {
        if (indexOf(step) === null || indexOf(step)! > container.length) return false;
      } else if (typeof container !== 'object' || typeof step === 'number') {
        return false;
      }
    }
    return true;
  }

  #forget(path: KeyPath): void {
    const id = idOf(path);
    const inside = `${id.slice(0, -1)},`;
    for (const known of this.#origins.keys()) {
      if (known === id || known.startsWith(inside) || path.length === 0) this.#origins.delete(known);
    }
  }
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(root: unknown, path: KeyPath): unknown {
  let value = root;
  for (const step of path) {
    if (Array.isArray(value)) value = value[indexOf(step) ?? -1];
    else if (isMap(value) && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value;
}

/** A copy with another value at the path; `undefined` takes a key out. Leaves what it does not touch shared. */
export function withValueAt(root: unknown, path: KeyPath, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(root)) {
    const list = [...(root as unknown[])];
    const index = indexOf(step) ?? list.length;
    if (value === undefined && rest.length === 0) list.splice(index, 1);
    else list[index] = withValueAt(list[index], rest, value);
    return list;
  }
  const map: Record<string, unknown> = isMap(root) ? { ...root } : {};
  if (value === undefined && rest.length === 0) delete map[step];
  else map[step] = withValueAt(map[step], rest, value);
  return map;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A problem with one value of the tree. */
export function problemAt(
  tree: SourceTree,
  path: KeyPath,
  problem: { code: string; message: string; hint?: string | undefined; isAboutKey?: boolean },
): Problem {
  const { code, message, hint, isAboutKey } = problem;
  const where = tree.whereOf(path, isAboutKey === true ? 'keyWhere' : 'where');
  return { code, where, path: formatKeyPath(path), message, ...(hint === undefined ? {} : { hint }) };
}

function idOf(path: KeyPath): string {
  return JSON.stringify(path);
}

function withNumbersInLists(root: unknown, path: KeyPath): KeyPath {
  return path.map((step, at) => {
    return Array.isArray(valueAt(root, path.slice(0, at))) ? (indexOf(step) ?? step) : step;
  });
}

/** `messages.0` means what `messages[0]` means. */
function indexOf(step: string | number): number | null {
  if (typeof step === 'number') return step;
  return /^\d{1,9}$/.test(step) ? Number(step) : null;
}
