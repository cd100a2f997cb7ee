/**
 * Receipt ids: which receipts were told already, so that one that is read twice counts once.
 *
 * An id that ends in a number is kept as one bit under what stands before it: sinks count their receipts, mailboxes
 * their messages. Others take some 200 bytes each. Bounded: the blocks that were begun first are forgotten first.
 */
import { OldestFirst } from './oldest-first.js';

const BLOCK_BITS = 1024;
/** 100 million ids that are counted up, 100,000 that are not. */
const MAX_BLOCKS = 100_000;
/** Up to 12 digits: with more a number could not be told from its neighbour, and nobody counts that far. */
const DECIMAL = /(?:[1-9][0-9]{0,11}|0)$/;
/** As our sink counts: `boot-1z3`. Those of digits alone count as decimal, which keeps them apart all the same. */
const BASE_36 = /(?<![0-9A-Za-z])[1-9a-z][0-9a-z]{0,6}$/;
const HAS_LETTER = /[a-z]/;

export class ReceiptIds {
  readonly #blocks = new Map<string, Uint32Array>();
  readonly #oldest = new OldestFirst(this.#blocks);

  /** False when it was there. */
  add(id: string): boolean {
    const { name, bit } = placeOf(id);
    const block = this.#blocks.get(name) ?? this.#begin(name);
    const mask = 1 << (bit & 31);
    const word = bit >>> 5;
    const before = block[word] as number;
    block[word] = before | mask;
    return (before & mask) === 0;
  }

  has(id: string): boolean {
    const { name, bit } = placeOf(id);
    const word = this.#blocks.get(name)?.[bit >>> 5] ?? 0;
    return (word & (1 << (bit & 31))) !== 0;
  }

  #begin(name: string): Uint32Array {
    if (this.#blocks.size >= MAX_BLOCKS) this.#oldest.forget();
    const block = new Uint32Array(BLOCK_BITS / 32);
    this.#blocks.set(name, block);
    return block;
  }
}

function placeOf(id: string): { readonly name: string; readonly bit: number } {
  const tail36 = BASE_36.exec(id)?.[0] ?? '';
  if (HAS_LETTER.test(tail36)) return placeIn(id, tail36, 36);
  const tail = DECIMAL.exec(id)?.[0];
  return tail === undefined ? { name: `=${id}`, bit: 0 } : placeIn(id, tail, 10);
}

function placeIn(id: string, tail: string, base: 10 | 36): { readonly name: string; readonly bit: number } {
  const count = Number.parseInt(tail, base);
  const prefix = id.slice(0, id.length - tail.length);
  return { name: `${base}#${Math.floor(count / BLOCK_BITS)}#${prefix}`, bit: count % BLOCK_BITS };
}
