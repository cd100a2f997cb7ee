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
  /** Of those, the copies that were refused all the same: a message's number, then the indexes of its recipients. */
  readonly refusedCopies: readonly (readonly number[])[];
  /** Only of the delivery reader. */
  readonly delivery?: DeliverySample | undefined;
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
  /** ⊂ accepted: refused, or left undecided, for at least one recipient. */
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

/** What became of copies, as changes since the source's previous snapshot: a copy thought bounced may turn out delivered. */
export interface DeliverySample {
  readonly counts: DeliveryCounts;
  /** The first of each kind; see DeliveryCase. */
  readonly cases: readonly DeliveryCase[];
  /** Copies by recipient domain, as changes; at most 500, the rest under `other`. Durations are smtp_delivery_duration{domain}. */
  readonly domains: Readonly<Record<string, DomainCounts>>;
  /** Copies by where in the mailbox they were found; empty at a sink. */
  readonly placements: Readonly<Record<string, number>>;
  /**
   * Copies that arrived or bounced, each once, by the tenth of a second in which they did (since the epoch), whether they were
   * accepted or not; null where the clock that told is not this host's.
   */
  readonly settled: Readonly<Record<string, number>> | null;
  /** ⊂ delivered: copies of messages of the warm-up. */
  readonly warmup: number;
  /** Sentences on what could not be used or is not sure: a torn line, a clock that is not synchronised. */
  readonly notes: readonly string[];
}

/** In copies. acceptedCopies = delivered + bounced + lost + pending once the last snapshot is in. */
export interface DeliveryCounts {
  /** Arrived at least once. */
  readonly delivered: number;
  /** A DSN said failed, and it did not arrive. */
  readonly bounced: number;
  /** Not seen by the end; only in the last snapshot, as is pending. */
  readonly lost: number;
  /** Not seen, but the wait was cut short or the server still has a queue. */
  readonly pending: number;
  /** Arrivals beyond the first. */
  readonly duplicated: number;
  /** ⊂ duplicated: an earlier receipt was never acknowledged, so a correct relay may have sent it again. */
  readonly duplicatedUnacknowledged: number;
  readonly corrupted: number;
  /** Converted by a relay, the decoded content is the same. */
  readonly reencoded: number;
  /** ⊂ delivered: later than `delivery.late` after it was sent. */
  readonly late: number;
  /** Arrivals of copies of ours that were never answered 250. */
  readonly unconfirmed: number;
  /** Messages without a stamp of this run. */
  readonly unexpected: number;
}

/** One copy that somebody will want to look up. */
export interface DeliveryCase {
  readonly kind:
    | 'lost'
    | 'pending'
    | 'bounced'
    | 'duplicated'
    | 'corrupted'
    | 'reencoded'
    | 'late'
    | 'unconfirmed'
    | 'unexpected';
  /** null where no stamp told. */
  readonly number: number | null;
  readonly recipient: string;
  /** When it arrived, or the DSN did, µs since the epoch; null when it did not. */
  readonly atUs: number | null;
  /** What is known besides: digests, a DSN's diagnostic, ids of receipts. Hostile until escaped. */
  readonly detail: string;
}

export interface DomainCounts {
  readonly accepted: number;
  readonly delivered: number;
  readonly bounced: number;
  readonly lost: number;
  readonly pending: number;
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

export const NO_DELIVERY_COUNTS: DeliveryCounts = Object.freeze({
  delivered: 0,
  bounced: 0,
  lost: 0,
  pending: 0,
  duplicated: 0,
  duplicatedUnacknowledged: 0,
  corrupted: 0,
  reencoded: 0,
  late: 0,
  unconfirmed: 0,
  unexpected: 0,
});

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
