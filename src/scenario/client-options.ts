/**
 * Client options: how a scenario has the sending side behave, as plain frozen data. Part of a Scenario.
 */
import type { DrawnCount } from './drawn-count.js';

export interface Client {
  /** `nodemailer`: the same load through nodemailer's pool, for comparison. */
  readonly kind: 'mailbench' | 'nodemailer';
  /** EHLO name; null means the address literal of the connection (RFC 5321 §4.1.4). */
  readonly ehlo: string | null;
  /** What a session greets with; LMTP says LHLO whatever stands here. With `helo` it has no extensions. */
  readonly hello: 'ehlo' | 'helo';
  readonly pipelining: 'off' | 'auto' | 'coalesced';
  /** Messages on one session, drawn for each; min and max are Number.MAX_SAFE_INTEGER for `unlimited`. */
  readonly messagesPerSession: DrawnCount;
  readonly timeouts: Timeouts;
  readonly reconnectDelayMs: { readonly first: number; readonly max: number };
  /** BDAT instead of DATA (RFC 3030): pieces of at most this size; null: DATA. */
  readonly chunkBytes: number | null;
  /** Transactions in flight on a session; above 1 only with chunking. */
  readonly window: number;
  /** What the server's LIMITS (RFC 9422) mean to us. */
  readonly limits: 'honour' | 'ignore';
  /** Addresses of ours to connect from, in turn; empty: the system's choice. */
  readonly sourceAddresses: readonly string[];
  /** Ports of ours to connect from, in turn; null: the system's choice. */
  readonly sourcePorts: { readonly min: number; readonly max: number } | null;
  /** Attributes sent with XCLIENT, XFORWARD; one entry per session, in turn; empty: not sent. */
  readonly xclient: readonly Readonly<Record<string, string>>[];
  readonly xforward: readonly Readonly<Record<string, string>>[];
  /** XCLIENT goes out before STARTTLS, not after it. */
  readonly xclientBeforeTls: boolean;
  readonly proxy: ProxyOptions | null;
  /** Pause between two messages of a session, drawn evenly from min … max. */
  readonly thinkTimeMs: { readonly min: number; readonly max: number };
  /** RSET after every transaction. */
  readonly rset: boolean;
  /** Commands before every transaction, in order, e.g. `NOOP`, `VRFY alice`. */
  readonly steps: readonly Step[];
  /** Content goes out at this pace; null: as fast as it is taken. */
  readonly bodyBytesPerSec: number | null;
  /** Where sessions end other than by QUIT after their last message; null: nowhere. */
  readonly abandon: Abandon | null;
  /** Sessions held open and idle beside the load, from its start to its end. */
  readonly idle: IdleSessions | null;
  readonly retries: Retries;
}

/** PROXY protocol header, before anything else on the connection. */
export interface ProxyOptions {
  readonly version: 1 | 2;
  /** `192.0.2.1:4711`, used in turn by the sessions; empty: our end of the connection. */
  readonly sources: readonly string[];
  /** null: the other end of the connection. */
  readonly destination: string | null;
  /** v2: LOCAL (health check) instead of PROXY; v1: UNKNOWN. */
  readonly isLocal: boolean;
}

export interface Step {
  readonly verb: 'NOOP' | 'VRFY' | 'EXPN';
  /** '' for none. */
  readonly argument: string;
}

export const ABANDON_PHASES = [
  'CONNECT',
  'GREETING',
  'EHLO',
  'STARTTLS',
  'AUTH',
  'MAIL',
  'RCPT',
  'DATA',
  'CONTENT',
] as const;

/** A session ends on purpose in the middle. What is in flight ends as `interrupted`, cause `abandoned`, as expected. */
export interface Abandon {
  /**
   * CONNECT: as soon as it is connected. EHLO: the first one. AUTH: its command, or its 235. RCPT: the first one. CONTENT: the
   * message or its BDAT. Before the session is open, a reply that refuses it comes first.
   */
  readonly phase: (typeof ABANDON_PHASES)[number];
  /** `sent`: the command (or part of the content) is out, its reply not awaited. `reply`: after its reply. */
  readonly when: 'sent' | 'reply';
  /**
   * `drop`: FIN. `reset`: RST. `half-close`: our FIN, then wait for the server to close. `quit`: QUIT, only after a reply,
   * and after STARTTLS's over TLS.
   */
  readonly how: 'quit' | 'drop' | 'reset' | 'half-close';
  /** CONTENT with `sent`: how much of the content goes out, 0 … 1 (1: all but the end-of-data). */
  readonly contentShare: number;
  /** Share of the sessions that do so, 0 … 1, drawn per session. */
  readonly share: number;
}

export interface IdleSessions {
  /** In the whole run; each shard holds its share. */
  readonly sessions: number;
  /** NOOP on each of them this often; null: silence. */
  readonly noopEveryMs: number | null;
}

export interface Retries {
  /** Attempts in all; 1: no retries. */
  readonly attempts: number;
  /** Wait before the second attempt; multiplied by `factor` for each further one. */
  readonly delayMs: number;
  readonly factor: number;
  /** Reply classes that are tried again, all transient (4yz); empty: every transient refusal and failure. */
  readonly classes: readonly string[];
  /** Also when the content was sent and no reply came: it may then arrive twice (RFC 1047). */
  readonly inDoubt: boolean;
  /** A 421 or a close on a session that had served a message before: once more on a new session, not counted in `attempts`. */
  readonly reusedSession: boolean;
}

/** One per phase, named after RFC 5321 §4.5.3.2, in milliseconds. */
export interface Timeouts {
  readonly connectMs: number;
  readonly tlsMs: number;
  readonly greetingMs: number;
  readonly commandMs: number;
  readonly authMs: number;
  readonly dataInitiationMs: number;
  readonly dataBlockMs: number;
  readonly dataTerminationMs: number;
  readonly quitMs: number;
}
