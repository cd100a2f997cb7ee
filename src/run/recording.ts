/**
 * Recording: what a run leaves on disk while it goes on, and the same added up for those who watch.
 *
 * Journal and message log are written line by line as things come; the fold beside them is what the live view and the
 * thresholds that abort look at. Secrets that a server echoes are masked here, before anything is stored or shown.
 * Throws EnvironmentError when the disk does not take it; what was written before stays readable.
 */
import { join } from 'node:path';
import type { Snapshot } from '../metrics/snapshot.js';
import { MAX_SAMPLE_CHARS } from '../metrics/tally.js';
import { checkThresholds, failingThresholds } from '../result/abort-thresholds.js';
import type { JournalEnd, JournalHeader } from '../result/journal.js';
import { JournalWriter } from '../result/journal-writer.js';
import { LineFile } from '../result/line-file.js';
import { LiveFold, type LiveView } from '../result/live-fold.js';
import { type AcceptedLine, MessageLog } from '../result/message-log.js';
import type { ThresholdResult } from '../result/result.js';
import { RUN_FILES } from '../result/run-directory.js';
import { maskSecrets, maskSecretsInCut } from '../scenario/secrets.js';
import { type MessageBatch, type MessageReport, SLOWEST_KEPT } from '../shard/message-report.js';

export class Recording {
  readonly #journal: JournalWriter;
  readonly #messages: MessageLog;
  readonly #fold: LiveFold;
  readonly #secrets: readonly string[];
  /** Every shard tells its own slowest at the end; those of the run are among them. */
  readonly #slow: MessageReport[] = [];

  /** Makes journal.ndjson and messages.ndjson in the directory. */
  constructor(directory: string, header: Omit<JournalHeader, 'type' | 'v'>, secrets: readonly string[]) {
    this.#journal = new JournalWriter(LineFile.create(join(directory, RUN_FILES.journal)), header);
    this.#messages = new MessageLog(LineFile.create(join(directory, RUN_FILES.messages)));
    this.#fold = new LiveFold({ type: 'header', v: 1, ...header });
    this.#secrets = secrets;
  }

  add(seen: Snapshot, { reports, omitted, replies = '' }: MessageBatch): void {
    const snapshot = this.#masked(seen);
    this.#fold.add({ type: 'snapshot', fromSeq: snapshot.seq, snapshot });
    this.#journal.snapshot(snapshot);
    for (const report of reports) {
      if (report.why === 'slow') this.#slow.push(report);
      else this.#log(report);
    }
    this.#messages.addAccepted(this.#maskedLines(replies));
    this.#messages.omit(omitted);
    this.#messages.flush();
  }

  note(kind: string, text: string, atUs: number): void {
    this.#journal.event({ atUs, kind, text: maskSecrets(text, this.#secrets) });
  }

  view(): LiveView {
    return this.#fold.view();
  }

  /** The first threshold that fails and asks for an abort; null when the run may go on. */
  crossedThreshold(elapsedMs: number): ThresholdResult | null {
    return checkThresholds(this.#fold, elapsedMs)[0] ?? null;
  }

  /** All that fail now. */
  failingThresholds(): readonly ThresholdResult[] {
    return failingThresholds(this.#fold);
  }

  /** Writes the last lines and closes both files, whether or not they could be written. */
  end(end: Omit<JournalEnd, 'type'>): void {
    this.#fold.destroy();
    try {
      for (const report of slowest(this.#slow)) this.#log(report);
      this.#messages.close();
    } finally {
      this.#journal.end({ ...end, reason: maskSecrets(end.reason, this.#secrets) });
    }
  }

  #log(report: MessageReport): void {
    this.#messages.add({ ...report, reply: this.#maskedReply(report.reply) });
  }

  /** Shards cut replies, and maybe through a secret. */
  #maskedReply(text: string): string {
    const mask = text.length < MAX_SAMPLE_CHARS ? maskSecrets : maskSecretsInCut;
    return mask(text, this.#secrets);
  }

  /** A secret may hold what JSON escapes, so each reply is looked at by itself. */
  #maskedLines(lines: string): string {
    if (this.#secrets.length === 0) return lines;
    return lines
      .split('\n')
      .map((line) => (line === '' ? '' : this.#maskedLine(JSON.parse(line) as AcceptedLine)))
      .join('\n');
  }

  #maskedLine(line: AcceptedLine): string {
    return JSON.stringify({ ...line, accepted: this.#maskedReply(line.accepted) });
  }

  #masked(snapshot: Snapshot): Snapshot {
    if (this.#secrets.length === 0) return snapshot;
    const outcomes = snapshot.outcomes.map((row) => ({
      ...row,
      sample: this.#maskedReply(row.sample),
    }));
    return { ...snapshot, outcomes };
  }
}

function slowest(reports: readonly MessageReport[]): MessageReport[] {
  const durationUs = (report: MessageReport) => (report.endedAtUs ?? 0) - report.scheduledAtUs;
  return [...reports].sort((a, b) => durationUs(b) - durationUs(a)).slice(0, SLOWEST_KEPT);
}
