/**
 * Corpus: real mail as it lies in files, sent message by message.
 *
 * The n-th message of an executor is the n-th of the corpus, from the start again when all have been sent; shuffled, each round has an order of
 * its own, drawn by the seed. The envelope is never read from the files. Memory is bounded: the index, and the newest
 * messages in wire form. Reads are synchronous, because a session asks for content at once; one that is not kept costs a
 * read from the page cache and its encoding.
 */

import type { Draw } from '../../scenario/draw.js';
import type { CorpusMessages } from '../../scenario/scenario.js';
import type { TurnOf } from '../choose.js';
import { RawMessage } from '../raw-message.js';
import type { MessageSupply, PreparedMessage } from '../supply.js';
import type { VariantOptions } from '../variant.js';
import { toWireForm } from '../wire-form.js';
import { changed } from './corpus-error.js';
import { CorpusIndex } from './corpus-index.js';
import { permuted } from './permutation.js';

/** Purposes of the keys of a round's order. */
const DRAW_ORDER = [1120, 1121, 1122, 1123];
const KEPT_BYTES = 64 * 1024 * 1024;

export interface CorpusOptions extends VariantOptions {
  /** Which turn a message is; its number when not given. */
  readonly turnOf?: TurnOf | undefined;
}

/** Throws UsageError when the corpus cannot be read or sent, or is another one than the run began with. */
export function createCorpus(entry: CorpusMessages, options: CorpusOptions): MessageSupply {
  const index = CorpusIndex.of(entry);
  if (entry.digest !== null && entry.digest !== index.facts.digest) throw changed(entry.path);
  const { turnOf = (number: number) => number } = options;
  const order = entry.order === 'shuffle' ? shuffled(index.facts.messages) : inSequence(index.facts.messages);
  const kept = new KeptMessages();
  const isMbox = index.facts.format === 'mbox';
  const prepare = (i: number) =>
    new RawMessage(toWireForm(index.read(i), isMbox), { ...options, messageId: entry.messageId });
  return { forNumber: (number, draw) => kept.get(order(turnOf(number), draw), prepare) };
}

type Order = (number: number, draw: Draw) => number;

function inSequence(count: number): Order {
  return (number) => number % count;
}

function shuffled(count: number): Order {
  let [round, keys] = [-1, [] as readonly number[]];
  return (number, draw) => {
    const wanted = Math.floor(number / count);
    if (wanted !== round) {
      round = wanted;
      keys = DRAW_ORDER.map((purpose) => Math.floor(draw(wanted, purpose) * 2 ** 32));
    }
    return permuted(number % count, count, keys);
  };
}

/** The messages asked for last, up to a bound in bytes. */
class KeptMessages {
  readonly #messages = new Map<number, PreparedMessage & { readonly lengthBytes: number }>();
  #bytes = 0;

  get(i: number, prepare: (i: number) => RawMessage): PreparedMessage {
    const known = this.#messages.get(i);
    if (known !== undefined) return known;
    const message = prepare(i);
    this.#messages.set(i, message);
    this.#bytes += message.lengthBytes;
    for (const [oldest, { lengthBytes }] of this.#messages) {
      if (this.#bytes <= KEPT_BYTES) break;
      this.#messages.delete(oldest);
      this.#bytes -= lengthBytes;
    }
    return message;
  }
}
