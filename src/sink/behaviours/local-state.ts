/**
 * Shared state of a single process, in memory: counts in sliding windows, first times, attempts.
 *
 * Bounded: of each kind at most `maxKeys` keys are kept, and at most MAX_HITS hits; what was not used for longest goes
 * first. A window is exact: no interval of its length ever holds more than the limit. Times may run back a little, as
 * those of several processes do: such a hit then leaves the window with the one before it.
 */
import type { Hit, SharedState } from '../shared-state.js';

const MAX_KEYS = 100_000;
const MAX_HITS = 1_000_000;

/** What came within a window, oldest first: times and weights side by side, from `head` on. */
interface Window {
  readonly at: number[];
  readonly weights: number[];
  head: number;
  sum: number;
}

export class LocalState implements SharedState {
  readonly #maxKeys: number;
  readonly #windows = new Map<string, Window>();
  readonly #firstSeen = new Map<string, { readonly at: number; last: number }>();
  readonly #attempts = new Map<string, number>();
  #hits = 0;

  constructor(maxKeys = MAX_KEYS) {
    this.#maxKeys = maxKeys;
  }

  hit(key: string, { nowMs, windowMs, weight, limit }: Hit): number {
    const window = this.#windows.get(key) ?? { at: [], weights: [], head: 0, sum: 0 };
    this.#touch(this.#windows, key, window);
    this.#expire(window, nowMs - windowMs);
    const count = window.sum + weight;
    if (count <= limit) this.#add(window, nowMs, weight);
    while (this.#hits > MAX_HITS && this.#windows.size > 1) this.#dropOldestWindow();
    return count;
  }

  firstSeen(key: string, nowMs: number, keepMs: number): number {
    const known = this.#firstSeen.get(key);
    const isKept = known !== undefined && nowMs - known.last <= keepMs;
    const entry = isKept ? known : { at: nowMs, last: nowMs };
    entry.last = nowMs;
    this.#touch(this.#firstSeen, key, entry);
    return entry.at;
  }

  attempt(key: string): number {
    const before = this.#attempts.get(key) ?? 0;
    this.#touch(this.#attempts, key, before + 1);
    return before;
  }

  reset(): void {
    this.#windows.clear();
    this.#firstSeen.clear();
    this.#attempts.clear();
    this.#hits = 0;
  }

  #touch<T>(map: Map<string, T>, key: string, value: T): void {
    map.delete(key);
    map.set(key, value);
    if (map.size <= this.#maxKeys) return;
    if (Object.is(map, this.#windows)) this.#dropOldestWindow();
    else map.delete(oldestKey(map));
  }

  #dropOldestWindow(): void {
    const key = oldestKey(this.#windows);
    const window = this.#windows.get(key);
    if (window !== undefined) this.#hits -= window.at.length - window.head;
    this.#windows.delete(key);
  }

  #add(window: Window, at: number, weight: number): void {
    window.sum += weight;
    const last = window.at.length - 1;
    // Hits of the same moment leave the window together.
    if (last >= window.head && window.at[last] === at) {
      window.weights[last]! += weight;
      return;
    }
    window.at.push(at);
    window.weights.push(weight);
    this.#hits++;
  }

  /** Forgets what came at `until` or before: an interval of the window's length holds one of its two ends. */
  #expire(window: Window, until: number): void {
    while (window.head < window.at.length && window.at[window.head]! <= until) {
      window.sum -= window.weights[window.head]!;
      window.head++;
      this.#hits--;
    }
    if (window.head < 1024 || window.head * 2 < window.at.length) return;
    window.at.splice(0, window.head);
    window.weights.splice(0, window.head);
    window.head = 0;
  }
}

/** A Map remembers the order of insertion, so its first key is the one that was not used for longest. */
function oldestKey(map: ReadonlyMap<string, unknown>): string {
  const { value } = map.keys().next();
  return value ?? '';
}
