/**
 * Snapshot: what one source saw in one second. The only thing that travels from a shard to its run.
 *
 * Plain JSON, histograms as base64 HDR V2: one encoding for worker messages, the journal and later a network.
 * Snapshots add up exactly, in any order; source and seq make a gap visible. Everything in it is a delta since the
 * source's previous snapshot, gauges excepted.
 *
 * A metric key is `name` or `name{tag:value,tag:value}` with the tags sorted by name (metrics/key.ts).
 */
export interface Snapshot {
  readonly v: 1;
  /** `shard-0`, `sink`, … */
  readonly source: string;
  /** 0, 1, 2… per source. */
  readonly seq: number;
  /** The window, µs since the epoch. */
  readonly fromUs: number;
  readonly toUs: number;
  /** Whole run, warm-up included. */
  readonly counts: Counts;
  /** Steady state only, as are rates and trends. */
  readonly counters: Readonly<Record<string, number>>;
  readonly rates: Readonly<Record<string, readonly [passes: number, fails: number]>>;
  /** Metric key → base64 HDR V2 of this window, values in µs. */
  readonly trends: Readonly<Record<string, string>>;
  /** Response times of messages that ended in this window, warm-up included, for series and live view; '' when none. */
  readonly live: string;
  /** Sampled at the end of the window; sources are summed for the same second. */
  readonly gauges: Readonly<Record<string, number>>;
  readonly outcomes: readonly OutcomeCount[];
  /** Numbers of the messages accepted in this window. */
  readonly accepted: readonly NumberRange[];
  readonly health: HealthSample;
  /** True on a source's last snapshot. */
  readonly final: boolean;
}

/** The numbers that must add up: see the identities in docs/metrics.md. */
export interface Counts {
  readonly scheduled: number;
  readonly started: number;
  readonly dropped: number;
  readonly begun: number;
  readonly accepted: number;
  /** ⊂ accepted: refused for at least one recipient. */
  readonly partial: number;
  readonly rejected: number;
  readonly failed: number;
  readonly interrupted: number;
  /** ⊂ failed + interrupted: content sent, no reply came (RFC 1047). */
  readonly inDoubt: number;
  /** Copies (message × recipient): offered = acceptedCopies + refused + undecided. */
  readonly offered: number;
  readonly acceptedCopies: number;
  readonly refused: number;
  readonly undecided: number;
}

/** `count` messages that ended alike. Strings are ours except code, enhanced and sample, which come from the server. */
export interface OutcomeCount {
  readonly outcome: 'accepted' | 'rejected' | 'failed' | 'interrupted';
  readonly expected: boolean;
  /** Where it ended: connect, tls, greeting, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, CONTENT…; '' when accepted. */
  readonly phase: string;
  readonly scope: 'session' | 'message' | 'recipient' | '';
  /** Why there was no reply: refused, reset, timeout, eof, protocol, sequence, tls…; '' when a reply decided. */
  readonly cause: string;
  /** 3 digits, 0 when there was no reply. */
  readonly code: number;
  /** `5.1.1` or ''. */
  readonly enhanced: string;
  /** Reply class of docs/reply-classes.md. */
  readonly class: string;
  readonly permanence: '4yz' | '5yz' | 'none';
  readonly count: number;
  /** One reply text, at most 500 characters, as the server sent it: hostile until escaped. */
  readonly sample: string;
}

/** first, first+step, … (count numbers). */
export type NumberRange = readonly [first: number, count: number, step: number];

/** What the generator knows about itself for one window; all µs. */
export interface HealthSample {
  readonly wallUs: number;
  /** Event-loop active time less the pacer's polling. */
  readonly busyUs: number;
  /** Time this thread was runnable and not running; 0 where the system does not tell. */
  readonly cpuWaitUs: number;
  /** startedAt − scheduledAt of arrivals of open executors, base64 HDR V2; '' when none. */
  readonly lateness: string;
  /** Arrivals of open executors that found no free VU; those begun are the samples of `lateness`. */
  readonly arrivalsDropped: number;
  /** Faults of the generator itself by cause: EMFILE, EADDRNOTAVAIL, ENOBUFS. */
  readonly faults: Readonly<Record<string, number>>;
}

export const NO_COUNTS: Counts = Object.freeze({
  scheduled: 0,
  started: 0,
  dropped: 0,
  begun: 0,
  accepted: 0,
  partial: 0,
  rejected: 0,
  failed: 0,
  interrupted: 0,
  inDoubt: 0,
  offered: 0,
  acceptedCopies: 0,
  refused: 0,
  undecided: 0,
});
