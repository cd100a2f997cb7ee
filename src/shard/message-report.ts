/**
 * Message reports: single messages that somebody will want to look up in a server's log.
 *
 * Every failed, in-doubt or unexpected message as it ends, and at the end of the run the slowest of the shard; or all
 * of them when asked for. Bounded: at most MAX_REPORTS in a window, so that a server that refuses everything cannot
 * fill memory; those left out are counted by reason, can still be among the slowest, and are in the metrics like all others.
 */
export interface MessageReport {
  readonly v: 1;
  readonly number: number;
  /** `<run>-<number>`: as in the stamp and the Message-ID. */
  readonly token: string;
  readonly recipients: string[];
  /** µs since the epoch; null for what was never reached. */
  readonly scheduledAtUs: number;
  readonly startedAtUs: number;
  readonly mailAtUs: number | null;
  readonly endedAtUs: number | null;
  readonly outcome: 'accepted' | 'rejected' | 'failed' | 'interrupted';
  readonly phase: string;
  readonly cause: string;
  readonly code: number;
  readonly enhanced: string;
  readonly class: string;
  /** The deciding reply, at most 500 characters: hostile until escaped. */
  readonly reply: string;
  readonly why: 'failed' | 'in-doubt' | 'unexpected' | 'slow' | 'all';
}

/** Why a message is reported at once. */
export type Notable = 'failed' | 'in-doubt' | 'unexpected';

/** The reports of a window. */
export interface MessageBatch {
  readonly reports: readonly MessageReport[];
  /** How many were left out, by why they would have been reported. */
  readonly omitted: Readonly<Partial<Record<Notable, number>>>;
  /** Replies of accepted messages, where they are kept: lines of JSON. */
  readonly replies?: string;
}

export const NO_REPORTS: MessageBatch = { reports: [], omitted: {} };

export const MAX_REPORTS = 1_000;
export const SLOWEST_KEPT = 100;

export class MessageReports {
  /** The reply of every accepted message is worth keeping. */
  readonly keepsReplies: boolean;
  readonly #keepsAll: boolean;
  #reports: MessageReport[] = [];
  #omitted: Partial<Record<Notable, number>> = {};
  #left = MAX_REPORTS;
  #replies = '';
  readonly #slowest: { durationUs: number; report: MessageReport }[] = [];
  /** Shortest duration among the slowest once there are enough of them. */
  #slowFromUs = 0;

  constructor(which: 'notable' | 'all', keepsReplies = false) {
    // Whole reports hold them.
    this.keepsReplies = keepsReplies && which === 'notable';
    this.#keepsAll = which === 'all';
  }

  /** Whether `add` would keep such a message; lets the caller build no report for the rest. Once a message: counts what is left out. */
  wants(notable: Notable | null, durationUs: number): boolean {
    if (this.#keepsAll) return true;
    if (notable !== null && this.#left > 0) return true;
    if (notable !== null) this.#omitted[notable] = (this.#omitted[notable] ?? 0) + 1;
    return durationUs > this.#slowFromUs;
  }

  /** `notable`: why it is reported at once; null for those that are only slow. */
  add(notable: Notable | null, durationUs: number, report: MessageReport): void {
    if (notable !== null && (this.#keepsAll || this.#left > 0)) {
      this.#left--;
      this.#reports.push({ ...report, why: notable });
    } else if (this.#keepsAll) this.#reports.push({ ...report, why: 'all' });
    else this.#addSlow(durationUs, report);
  }

  /** In one string, because a worker hands that over at no cost, whatever the rate. */
  addReply(number: number, reply: string): void {
    this.#replies += `{"v":1,"number":${number},"accepted":${JSON.stringify(reply)}}\n`;
  }

  /** Those since the last call. */
  take(): MessageBatch {
    const replies = this.keepsReplies ? { replies: this.#replies } : {};
    const batch = { reports: this.#reports, omitted: this.#omitted, ...replies };
    this.#replies = '';
    this.#reports = [];
    this.#omitted = {};
    this.#left = MAX_REPORTS;
    return batch;
  }

  /** The slowest of the whole run, slowest first. */
  slowest(): MessageReport[] {
    this.#trim();
    return this.#slowest.map(({ report }) => ({ ...report, why: 'slow' as const }));
  }

  #addSlow(durationUs: number, report: MessageReport): void {
    if (durationUs <= this.#slowFromUs) return;
    this.#slowest.push({ durationUs, report });
    if (this.#slowest.length >= 2 * SLOWEST_KEPT) this.#trim();
  }

  #trim(): void {
    this.#slowest.sort((a, b) => b.durationUs - a.durationUs);
    if (this.#slowest.length < SLOWEST_KEPT) return;
    this.#slowest.length = SLOWEST_KEPT;
    this.#slowFromUs = this.#slowest[SLOWEST_KEPT - 1]?.durationUs ?? 0;
  }
}
