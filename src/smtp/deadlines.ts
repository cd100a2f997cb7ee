/**
 * Deadlines: one coarse timer for the time-outs of all sessions of a shard.
 *
 * Every session keeps the moment at which it gives up in `deadlineUs` and moves it at each command for the price of an
 * assignment. Ten times a second the members are walked: 10,000 sessions cost under 0.1 ms. So a time-out fires up to
 * 100 ms late, never early.
 */
export interface HasDeadline {
  /** µs since the epoch; Infinity when nothing is awaited. */
  deadlineUs: number;
  onDeadline(): void;
}

export const DEADLINE_TICK_MS = 100;

export class Deadlines {
  readonly #members = new Set<HasDeadline>();

  get size(): number {
    return this.#members.size;
  }

  add(member: HasDeadline): void {
    this.#members.add(member);
  }

  remove(member: HasDeadline): void {
    this.#members.delete(member);
  }

  /** Call every DEADLINE_TICK_MS. A member may remove itself, or add others, meanwhile. */
  expire(nowUs: number): void {
    for (const member of this.#members) {
      if (member.deadlineUs <= nowUs) member.onDeadline();
    }
  }
}
