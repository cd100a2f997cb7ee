/**
 * Plain data out of an object that code made: what JSON can say, with functions and everything odd taken out.
 *
 * A copy, so that what the code does to its object later changes nothing. Bounded in depth and size as YAML is, because an
 * object may contain itself. What is undefined is not there.
 */
import type { KeyPath } from '../yaml/key-path.js';

export interface PlainData {
  readonly data: unknown;
  readonly functions: readonly { readonly path: KeyPath; readonly value: (...args: never[]) => unknown }[];
  /** Places of what is neither data nor a function, and a word for it. */
  readonly odd: readonly { readonly path: KeyPath; readonly what: string }[];
}

const MAX_DEPTH = 32;
const MAX_VALUES = 20_000;

export function plainData(value: unknown): PlainData {
  const functions: PlainData['functions'][number][] = [];
  const odd: PlainData['odd'][number][] = [];
  let values = 0;
  return { data: copy(value, []), functions, odd };

  function copy(from: unknown, path: KeyPath): unknown {
    values += 1;
    if (path.length > MAX_DEPTH || values > MAX_VALUES) return oddAt(path, 'more than a scenario can hold');
    if (typeof from === 'function') {
      functions.push({ path, value: from as (...args: never[]) => unknown });
      return undefined;
    }
    if (Array.isArray(from)) return from.map((item, index) => copy(item, [...path, index]) ?? null);
    if (typeof from === 'object' && from !== null) return copyMap(from, path);
    const isScalar =
      from === null || from === undefined || ['string', 'number', 'boolean'].includes(typeof from);
    return isScalar ? from : oddAt(path, `a ${typeof from}`);
  }

  function copyMap(from: object, path: KeyPath): unknown {
    const prototype = Object.getPrototypeOf(from) as unknown;
    const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
    if (!isPlain) return oddAt(path, `a ${from.constructor.name || 'special object'}`);
    const map: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(from)) {
      const value = copy(item, [...path, key]);
      // Assigning `__proto__` would change the map instead of filling it.
      if (value !== undefined && key !== '__proto__') map[key] = value;
    }
    return map;
  }

  function oddAt(path: KeyPath, what: string): undefined {
    odd.push({ path, what });
    return undefined;
  }
}
