/**
 * Judge: decides how the sink treats an event. The seam between behaviours, which decide, and connections, which act.
 *
 * Deciding has no effect on the connection; the connection acts in the order: wait `delayMs`, drop if `drop` is
 * `before`, reply, drop if `drop` is `after`. Socket faults take effect from this moment on.
 */
import type { SinkEvent, Verb } from './event.js';

export interface Judge {
  /** Whether any behaviour may answer this verb: when not, no event need be made. Changes when behaviours do. */
  watches(verb: Verb): boolean;
  /** Whether any behaviour meddles with the socket: only then connections get one that can be meddled with. */
  readonly usesSocketFaults: boolean;
  /** null: nobody minds, the sink answers as it would. A promise where the decision needs another process. */
  judge(event: SinkEvent): Treatment | null | Promise<Treatment | null>;
}

export interface Treatment {
  /** Name of the behaviour that decided, for counters. */
  readonly behaviour: string;
  readonly delayMs: number;
  /** null: the sink's own. One that refuses ends what its verb would have begun. */
  readonly reply: SinkReply | null;
  /** Ends the connection before or after the reply; `reset` instead of a FIN where `isReset`. A 421 is always followed by a close. */
  readonly drop: 'before' | 'after' | null;
  readonly isReset: boolean;
  /** How fast the sink reads from here to the end of the transaction (at CONNECT, of the session); null: as fast as it can. */
  readonly readBytesPerSec: number | null;
  /** CONTENT: what becomes of a message answered with 250; null: it is delivered. */
  readonly fate: Fate | null;
  /** null: as before. */
  readonly socket: SocketFaults | null;
}

export interface SinkReply {
  readonly code: number;
  /** `4.7.1`; '' for none. */
  readonly enhanced: string;
  /** One or more lines, without CR, LF and control characters. */
  readonly lines: readonly string[];
}

export type Fate =
  /** No receipt, as if it vanished later. */
  | { readonly kind: 'lose' }
  /** Two receipts, as if it were delivered twice. */
  | { readonly kind: 'twice' }
  /** A receipt nowhere, and a DSN to `bounceTo` after a while. */
  | { readonly kind: 'bounce'; readonly afterMs: number; readonly status: string; readonly text: string };

/** Faults of what the sink writes (and, with `stall`, reads), in bytes and ms. A key that is absent changes nothing. */
export interface SocketFaults {
  /** Writes go out in pieces of so many bytes… */
  readonly splitBytes?: number;
  /** …so far apart. Without `splitBytes`, each write is held back as long. */
  readonly pieceDelayMs?: number;
  /** Each write goes out so many times. */
  readonly repeat?: number;
  /** The connection ends after so many further bytes: `reset` or a FIN. */
  readonly cutAfterBytes?: number;
  readonly cutHow?: 'close' | 'reset';
  /** Bandwidth, both ways. */
  readonly bytesPerSec?: number;
  /** Nothing is written and nothing is read any more; the connection stays. `ms`: for so long. */
  readonly stallMs?: number | 'forever';
  /** So many random bytes are written before the next write; printable ones where `isText`. */
  readonly garbageBytes?: number;
  readonly isText?: boolean;
}
