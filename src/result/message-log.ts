/**
 * Message log: messages.ndjson, what happened to single messages that somebody will want to look up in a server's log.
 *
 * Failed, in doubt or unexpected ones, the slowest, or all of them when asked for. Beside the journal, never needed
 * to fold it. Bounded: a server that refuses everything must not fill the disk, so of each reason for logging only
 * the first 10,000 are written and the rest is counted in the last line, with what the shards had left out. Where `delivery:` proves
 * what arrived, the reply of every accepted message is here too, in short: it holds the queue id of a copy that went astray.
 * Appends are buffered.
 */
import { z } from 'zod';
import { type LineFile, readLines } from './line-file.js';
import { outcomeSchema } from './result.js';

const stampUs = z.number().nullable();

export const messageLineSchema = z.strictObject({
  v: z.literal(1),
  /** Iteration number. */
  number: z.int().nonnegative(),
  /** Identifies the message in its stamp and Message-ID: run id and number. */
  token: z.string(),
  recipients: z.array(z.string()),
  /** µs since the epoch; null for what was never reached. */
  scheduledAtUs: z.number(),
  startedAtUs: z.number(),
  mailAtUs: stampUs,
  endedAtUs: stampUs,
  outcome: outcomeSchema.shape.outcome,
  phase: z.string(),
  cause: z.string(),
  code: outcomeSchema.shape.code,
  enhanced: z.string(),
  class: z.string(),
  /** Text of the deciding reply, usually with the server's queue id: hostile until escaped. */
  reply: z.string(),
  /** Why it is here. */
  why: z.enum(['failed', 'in-doubt', 'unexpected', 'slow', 'all']),
});

/** The last line, when lines were left out. */
export const omittedLineSchema = z.strictObject({
  v: z.literal(1),
  omitted: z.partialRecord(messageLineSchema.shape.why, z.int().positive()),
});

/** A message that was accepted, in short: with a short reply 66 bytes instead of 365. */
export const acceptedLineSchema = z.strictObject({
  v: z.literal(1),
  number: z.int().nonnegative(),
  /** The reply that accepted it, with its code; hostile until escaped. */
  accepted: z.string(),
});

export type AcceptedLine = z.infer<typeof acceptedLineSchema>;
export type MessageLine = z.infer<typeof messageLineSchema>;
export type OmittedLine = z.infer<typeof omittedLineSchema>;

export interface MessageLogOptions {
  /** Lines written per reason; `all` and `slow` are not limited, because they were asked for or are few. */
  readonly limitPerReason?: number;
  readonly bufferBytes?: number;
}

export class MessageLog {
  readonly #file: LineFile;
  readonly #limit: number;
  readonly #bufferBytes: number;
  readonly #written = new Map<MessageLine['why'], number>();
  readonly #omitted: Partial<Record<MessageLine['why'], number>> = {};
  #buffer = '';

  /** Takes over the file: close() closes it. */
  constructor(file: LineFile, options: MessageLogOptions = {}) {
    this.#file = file;
    this.#limit = options.limitPerReason ?? 10_000;
    this.#bufferBytes = options.bufferBytes ?? 64 * 1024;
  }

  /** @throws EnvironmentError when the buffer was full and could not be written */
  add(line: MessageLine): void {
    if (this.#isOverLimit(line.why)) return this.omit({ [line.why]: 1 });
    this.#buffer += `${JSON.stringify(line)}\n`;
    if (this.#buffer.length >= this.#bufferBytes) this.flush();
  }

  /** Whole lines of acceptedLineSchema. @throws EnvironmentError as `add` */
  addAccepted(lines: string): void {
    this.#buffer += lines;
    if (this.#buffer.length >= this.#bufferBytes) this.flush();
  }

  /** These were left out before they came here. */
  omit(counts: OmittedLine['omitted']): void {
    for (const [why, count] of Object.entries(counts) as [MessageLine['why'], number][])
      this.#omitted[why] = (this.#omitted[why] ?? 0) + count;
  }

  /** Writes what is buffered; worth a call a second, so that a crash loses little. @throws EnvironmentError */
  flush(): void {
    const text = this.#buffer;
    // Emptied first: on a full disk these lines are given up, instead of growing in memory until the run ends.
    this.#buffer = '';
    if (text !== '') this.#file.append(text);
  }

  /** @throws EnvironmentError */
  close(): void {
    try {
      if (Object.keys(this.#omitted).length > 0) {
        this.#buffer += `${JSON.stringify({ v: 1, omitted: this.#omitted } satisfies OmittedLine)}\n`;
      }
      this.flush();
    } finally {
      this.#file.close();
    }
  }

  #isOverLimit(why: MessageLine['why']): boolean {
    if (why === 'all' || why === 'slow') return false;
    const written = this.#written.get(why) ?? 0;
    if (written >= this.#limit) return true;
    this.#written.set(why, written + 1);
    return false;
  }
}

const NUMBER = /^\{"v":1,"number":(\d+),/;

/** The replies to these messages as the log has them, with their codes. What cannot be read is not there. */
export async function repliesOf(path: string, numbers: ReadonlySet<number>): Promise<Map<number, string>> {
  const replies = new Map<number, string>();
  try {
    for await (const line of readLines(path)) {
      const number = Number(NUMBER.exec(line)?.[1] ?? -1);
      // Most lines are of no interest, and parsing costs most.
      const reply = numbers.has(number) ? replyIn(line) : '';
      if (reply !== '') replies.set(number, reply);
    }
  } catch {
    // A log that was deleted or torn: reports do without.
  }
  return replies;
}

function replyIn(line: string): string {
  const value: unknown = JSON.parse(line);
  const short = acceptedLineSchema.safeParse(value).data;
  if (short !== undefined) return short.accepted;
  const long = messageLineSchema.safeParse(value).data;
  if (long === undefined) return '';
  return long.code > 0 ? `${long.code} ${long.reply}` : long.reply;
}
