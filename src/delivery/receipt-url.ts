/**
 * Receipt URL: receipts and acknowledgements from the control interface of a sink elsewhere (docs/sink.md).
 *
 * `GET /receipts` gives lines as receipts.ndjson has them; its header `X-Mailbench-Next` is the cursor that `?after=` takes for those
 * that come later. Where a cursor is not known any more (410: the sink was started again), everything is read from the
 * start: receipts that come twice count once. Answers that are slow or too long end in a sentence, not in an error.
 */
import { EnvironmentError } from '../errors.js';
import type { DeliveryListener, DeliveryReader } from './reader.js';
import { damagedSentence, tellReceiptLine } from './receipt-file.js';

export const NEXT_CURSOR_HEADER = 'X-Mailbench-Next';

const TIMEOUT_MS = 30_000;
const MAX_LINE_CHARS = 8 * 1024 * 1024;
/** One call of `read` follows so many answers; what is left comes with the next one. */
const MAX_PAGES = 1_000;
const GONE = 410;

/** @param urls of control interfaces, `http://127.0.0.1:2626`, with or without `/receipts` */
export function createReceiptUrlReader(urls: readonly string[]): DeliveryReader {
  const sources = [...new Set(urls)].map((url) => new ReceiptUrl(url));
  return {
    async open(listener) {
      for (const source of sources) await source.open(listener);
    },
    async read() {
      let isWhole = true;
      for (const source of sources) isWhole = (await source.read()) && isWhole;
      return isWhole;
    },
    async close() {
      for (const source of sources) source.close();
    },
  };
}

export function isReceiptUrl(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

/** A control interface asks for neither user nor password, and what stands in a URL ends up in files and on screens. */
function holdsCredentials(url: string): boolean {
  return /^https?:\/\/[^/?#]*@/i.test(url);
}

function credentialsError(url: string): EnvironmentError {
  const shown = url.replace(/^(https?:\/\/)[^/?#]*@/i, '$1***@');
  return new EnvironmentError(
    'DELIVERY_RECEIPTS_UNREADABLE',
    `receipts cannot be read from ${shown}: a user or a password in it is not used`,
    { hint: 'Give the address that the sink prints, without them.' },
  );
}

class ReceiptUrl {
  readonly #url: string;
  #listener: DeliveryListener | null = null;
  #cursor = '';
  /** Lines that could not be used. */
  #damaged = 0;
  readonly #closing = new AbortController();

  constructor(url: string) {
    this.#url = url;
  }

  async open(listener: DeliveryListener): Promise<void> {
    this.#listener = listener;
    if (holdsCredentials(this.#url)) throw credentialsError(this.#url);
    try {
      await this.#page();
    } catch (cause) {
      throw new EnvironmentError(
        'DELIVERY_RECEIPTS_UNREADABLE',
        `receipts cannot be read from ${this.#url}: ${reasonOf(cause)}`,
        { hint: 'Start the sink with --api and give the address it prints.', cause },
      );
    }
  }

  /** False when something could not be read. */
  async read(): Promise<boolean> {
    try {
      for (let page = 0; page < MAX_PAGES; page++) if (!(await this.#page())) return true;
      return false;
    } catch (error) {
      if (!this.#closing.signal.aborted)
        this.#listener?.skipped(`Receipts could not be read from ${this.#url}: ${reasonOf(error)}.`);
      return false;
    }
  }

  close(): void {
    this.#closing.abort();
    if (this.#damaged > 0) this.#listener?.skipped(damagedSentence(this.#damaged, this.#url));
    this.#damaged = 0;
  }

  /** One answer. False when nothing was new. */
  async #page(): Promise<boolean> {
    const response = await fetch(this.#address(), {
      redirect: 'error',
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.#closing.signal]),
    });
    if (response.status === GONE && this.#cursor !== '') {
      await response.body?.cancel();
      this.#cursor = '';
      this.#damaged = 0;
      this.#listener?.skipped(`${this.#url} was started again; its receipts are read from the start.`);
      return true;
    }
    const next = response.headers.get(NEXT_CURSOR_HEADER);
    if (response.status !== 200 || next === null || response.body === null) {
      await response.body?.cancel();
      throw new Error(
        `the answer was ${response.status}${next === null ? ` without ${NEXT_CURSOR_HEADER}` : ''}`,
      );
    }
    const lines = await this.#tellLines(response.body);
    const isNew = lines > 0 && next !== this.#cursor;
    this.#cursor = next;
    return isNew;
  }

  #address(): string {
    const url = new URL(this.#url);
    if (!url.pathname.endsWith('/receipts')) url.pathname = `${url.pathname.replace(/\/$/, '')}/receipts`;
    if (this.#cursor !== '') url.searchParams.set('after', this.#cursor);
    return url.href;
  }

  async #tellLines(body: ReadableStream<Uint8Array>): Promise<number> {
    const listener = this.#listener as DeliveryListener;
    let lines = 0;
    for await (const line of linesOf(body)) {
      lines++;
      if (!tellReceiptLine(line, listener)) this.#damaged++;
    }
    return lines;
  }
}

/** Without their LF; empty ones are left out. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARS) throw new Error('a line is longer than 8 MiB');
    for (const line of lines) if (line !== '') yield line;
  }
  if (rest !== '') yield rest;
}

/** fetch hides why it failed in a cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error
    ? cause.message || ((cause as NodeJS.ErrnoException).code ?? message)
    : message;
}
