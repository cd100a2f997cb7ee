/**
 * Iteration: what load began and wants to hear the end of. Over when nothing more is begun in it and each of its messages
 * has its final outcome, which with retries may be long after its session.
 */
import type { Slot } from '../load/workload.js';

export class Iteration {
  readonly slot: Slot;
  /** Messages begun. */
  begun = 0;
  /** Messages without their final outcome. */
  open = 0;
  /** More messages may be begun. */
  isGrowing: boolean;

  constructor(slot: Slot, isGrowing: boolean) {
    this.slot = slot;
    this.isGrowing = isGrowing;
  }

  get isOver(): boolean {
    return !this.isGrowing && this.open === 0;
  }
}
