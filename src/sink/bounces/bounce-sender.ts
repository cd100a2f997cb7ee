/**
 * Bounce sender: delivery status notifications on their way, each after its delay, to one configured server only.
 *
 * Sends through nodemailer from the null reverse-path; a few at a time, each tried again a few times where the server
 * said 4yz or was not there. Holds at most so many; one more is counted as failed, never dropped in silence. At the end
 * those still waiting are sent at once, for a bounded time. Knows no other host: the address bounced to is never looked up.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { createTransport } from 'nodemailer';
import pLimit from 'p-limit';
import { UsageError } from '../../errors.js';
import { isLoopbackHost } from '../../safety.js';
import { type Bounce, composeBounce, type Undeliverable } from './bounce.js';

export interface BounceSenderOptions {
  /** `smtp://127.0.0.1:2525`. */
  readonly bounceTo: string;
  /** Of the sink, in EHLO and Reporting-MTA. */
  readonly name: string;
  /** Whether it may be another host than this. */
  readonly allowPublic: boolean;
  /** Sent at once, default 4. */
  readonly concurrency?: number;
  /** Before the second attempt, twice as long before each further one; default 500. */
  readonly retryMs?: number;
  /** Held at once, default 10,000. */
  readonly maxPending?: number;
}

export interface BounceCounts {
  /** Taken by the server. */
  readonly sent: number;
  /** Given up. */
  readonly failed: number;
  /** How often for which reason, MAX_REASONS of them and `other reasons`. What the server said is in them: hostile. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Not sent because nobody is to be told (see composeBounce). */
  readonly suppressed: number;
  /** Waiting for their time, or on the way. */
  readonly pending: number;
}

export interface BounceSender {
  schedule(original: Undeliverable, afterMs: number): void;
  counts(): BounceCounts;
  /** Sends what waits at once and resolves when all is sent or failed, at the latest after `graceMs`. Never throws. */
  close(graceMs: number): Promise<void>;
}

const ATTEMPTS = 4;
const DEFAULT_CONCURRENCY = 4;
const DEFAULT_RETRY_MS = 500;
const DEFAULT_MAX_PENDING = 10_000;
const REPLY_TIMEOUT_MS = 30_000;
const MAX_REASONS = 20;
const MAX_REASON_CHARS = 300;

export interface BounceTarget {
  readonly host: string;
  readonly port: number;
}

/** Throws UsageError SINK_BOUNCE_TO_INVALID, SINK_BOUNCE_TO_NOT_LOOPBACK. */
export function parseBounceTo(bounceTo: string, allowPublic: boolean): BounceTarget {
  const match = /^smtp:\/\/(\[[0-9a-f:.]+\]|[\w.-]+):(\d{1,5})\/?$/i.exec(bounceTo);
  const port = Number(match?.[2]);
  if (match === null || port < 1 || port > 65_535) {
    throw new UsageError(
      'SINK_BOUNCE_TO_INVALID',
      `${JSON.stringify(bounceTo)} is not where bounces can go`,
      {
        hint: 'Write smtp://HOST:PORT, for instance smtp://127.0.0.1:2526.',
      },
    );
  }
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '');
  if (!isLoopbackHost(host) && !allowPublic) {
    throw new UsageError('SINK_BOUNCE_TO_NOT_LOOPBACK', `the sink does not send bounces to ${host} unasked`, {
      hint: 'Send them to 127.0.0.1 or ::1, or pass --authorized if that server is yours.',
    });
  }
  // nodemailer would ask a name server for it.
  return { host: host.toLowerCase() === 'localhost' ? '127.0.0.1' : host, port };
}

/** Throws what parseBounceTo throws. Connects when there is something to send. */
export function createBounceSender(options: BounceSenderOptions): BounceSender {
  return new PacedBounceSender(options);
}

class PacedBounceSender implements BounceSender {
  readonly #options: BounceSenderOptions;
  readonly #transport: ReturnType<typeof createTransport>;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #waiting = new Map<NodeJS.Timeout, Bounce>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #end = new AbortController();
  #state: 'open' | 'closing' | 'over' = 'open';
  #sent = 0;
  #failed = 0;
  #lastError = 'no failure';
  readonly #reasons = new Map<string, number>();
  #suppressed = 0;

  constructor(options: BounceSenderOptions) {
    this.#options = options;
    const concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
    this.#limit = pLimit(concurrency);
    this.#transport = createTransport({
      ...parseBounceTo(options.bounceTo, options.allowPublic),
      pool: true,
      maxConnections: concurrency,
      name: options.name,
      secure: false,
      ignoreTLS: true,
      connectionTimeout: REPLY_TIMEOUT_MS,
      greetingTimeout: REPLY_TIMEOUT_MS,
      socketTimeout: REPLY_TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    // Told by sendMail too; without a listener an idle connection that breaks would end the process.
    this.#transport.on('error', () => {});
  }

  schedule(original: Undeliverable, afterMs: number): void {
    const bounce = composeBounce(original, { name: this.#options.name, nowMs: Date.now() + afterMs });
    if (bounce === null) this.#suppressed++;
    else if (this.#state !== 'open') this.#fail('the sink is closing');
    else if (this.#pending() >= (this.#options.maxPending ?? DEFAULT_MAX_PENDING)) {
      this.#fail('too many wait already');
    } else this.#wait(bounce, afterMs);
  }

  counts(): BounceCounts {
    return {
      sent: this.#sent,
      failed: this.#failed,
      reasons: Object.fromEntries(this.#reasons),
      suppressed: this.#suppressed,
      pending: this.#pending(),
    };
  }

  async close(graceMs: number): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    const late = new Promise<void>((resolve) => {
      setTimeout(resolve, graceMs).unref();
    });
    for (const [timer, bounce] of this.#waiting) {
      clearTimeout(timer);
      this.#start(bounce);
    }
    this.#waiting.clear();
    await Promise.race([Promise.all(this.#underWay), late]);
    const left = this.#underWay.size;
    if (left > 0) this.#fail(`the sink closed first, after ${this.#lastError}`, left);
    this.#state = 'over';
    this.#end.abort();
    this.#underWay.clear();
    this.#limit.clearQueue();
    this.#transport.close();
  }

  #pending(): number {
    return this.#waiting.size + this.#underWay.size;
  }

  #wait(bounce: Bounce, afterMs: number): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      this.#start(bounce);
    }, afterMs);
    this.#waiting.set(timer, bounce);
  }

  #start(bounce: Bounce): void {
    const sending = this.#limit(() => this.#send(bounce)).finally(() => this.#underWay.delete(sending));
    this.#underWay.add(sending);
  }

  async #send(bounce: Bounce): Promise<void> {
    for (let attempt = 1; !this.#isOver(); attempt++) {
      try {
        await this.#transport.sendMail(mailOf(bounce));
        if (!this.#isOver()) this.#sent++;
        return;
      } catch (error) {
        this.#lastError = reasonOf(error);
        if (attempt === ATTEMPTS || !isTransient(error)) return this.#fail(this.#lastError);
      }
      await this.#pause((this.#options.retryMs ?? DEFAULT_RETRY_MS) * 2 ** (attempt - 1));
    }
  }

  /** Over at once when there is nothing to come back to: it would keep the process alive. */
  async #pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.#end.signal }).catch(() => {});
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }

  /** What was given up at the end is not counted a second time. */
  #fail(reason: string, count = 1): void {
    if (this.#isOver()) return;
    this.#failed += count;
    const known = this.#reasons.has(reason) || this.#reasons.size < MAX_REASONS ? reason : 'other reasons';
    this.#reasons.set(known, (this.#reasons.get(known) ?? 0) + count);
  }
}

function mailOf({ to, bytes, is8Bit }: Bounce) {
  return { envelope: { from: '', to: [to], use8BitMime: is8Bit }, raw: bytes };
}

/** A reply decides by its first digit; without one the server was not there, or went away. */
function isTransient(error: unknown): boolean {
  const code = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : 0;
  return code < 500;
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, MAX_REASON_CHARS);
}
