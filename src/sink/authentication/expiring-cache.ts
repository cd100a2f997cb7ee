/**
 * Expiring cache: values that may be used again for a while, in bounded memory. The oldest are forgotten first.
 *
 * Time is a parameter, in ms of any one clock.
 */
export class ExpiringCache<T> {
  readonly #maxEntries: number;
  readonly #keptMs: number;
  readonly #entries = new Map<string, { readonly value: T; readonly untilMs: number }>();

  constructor(maxEntries: number, keptMs: number) {
    this.#maxEntries = maxEntries;
    this.#keptMs = keptMs;
  }

  /** The value kept, or else the one made now. */
  get(key: string, nowMs: number, make: () => T): T {
    const entry = this.#entries.get(key);
    if (entry !== undefined && nowMs < entry.untilMs) return entry.value;
    this.#entries.delete(key);
    const value = make();
    this.#entries.set(key, { value, untilMs: nowMs + this.#keptMs });
    if (this.#entries.size > this.#maxEntries) this.#forgetOldest();
    return value;
  }

  #forgetOldest(): void {
    for (const key of this.#entries.keys()) {
      this.#entries.delete(key);
      return;
    }
  }
}
