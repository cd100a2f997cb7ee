/**
 * Ring: a queue that grows and never shrinks, so that nothing is allocated once it is as long as it gets.
 */
export class Ring<T> {
  #items: (T | null)[] = new Array<T | null>(4).fill(null);
  #first = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** 0 is the oldest. Only below `length`. */
  at(index: number): T {
    return this.#items[(this.#first + index) & (this.#items.length - 1)] as T;
  }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#first + this.#length++) & (this.#items.length - 1)] = item;
  }

  /** Takes the oldest. Only when there is one. */
  shift(): T {
    const item = this.at(0);
    this.#items[this.#first] = null;
    this.#first = (this.#first + 1) & (this.#items.length - 1);
    this.#length--;
    return item;
  }

  #grow(): void {
    const items = Array.from({ length: this.#length }, (_, index) => this.at(index));
    this.#items = [...items, ...new Array<T | null>(this.#length).fill(null)];
    this.#first = 0;
  }
}
