/**
 * Case list: the first copies of each kind that somebody will want to look up, and sentences on what is not sure.
 *
 * Bounded: 100 cases of a kind, 100 notes. Foreign text is cut and stays hostile until it is escaped.
 */
import type { DeliveryCase } from '../metrics/snapshot.js';

export const MAX_CASES = 100;
export const MAX_NOTES = 100;
const MAX_DETAIL_CHARS = 600;
const MAX_RECIPIENT_CHARS = 320;

export class CaseList {
  #cases: DeliveryCase[] = [];
  readonly #counts = new Map<DeliveryCase['kind'], number>();

  hasRoom(kind: DeliveryCase['kind']): boolean {
    return (this.#counts.get(kind) ?? 0) < MAX_CASES;
  }

  add(one: DeliveryCase): void {
    if (!this.hasRoom(one.kind)) return;
    this.#counts.set(one.kind, (this.#counts.get(one.kind) ?? 0) + 1);
    this.#cases.push({
      ...one,
      recipient: one.recipient.slice(0, MAX_RECIPIENT_CHARS),
      detail: one.detail.slice(0, MAX_DETAIL_CHARS),
    });
  }

  /** Those added since the last call. */
  take(): DeliveryCase[] {
    const cases = this.#cases;
    this.#cases = [];
    return cases;
  }
}

export class NoteList {
  readonly #known = new Set<string>();
  #notes: string[] = [];
  #left = 0;

  /** Each sentence once. */
  add(note: string): void {
    if (this.#known.has(note)) return;
    if (this.#known.size >= MAX_NOTES) {
      this.#left++;
      return;
    }
    this.#known.add(note);
    this.#notes.push(note.slice(0, MAX_DETAIL_CHARS));
  }

  /** Those added since the last call; at the end also how many found no room. */
  take(isLast: boolean): string[] {
    const more = isLast && this.#left > 0 ? [`${this.#left} more notes of this kind were left out.`] : [];
    const notes = [...this.#notes, ...more];
    this.#notes = [];
    return notes;
  }
}
