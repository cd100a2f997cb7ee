/**
 * Receipt file: receipts and acknowledgements from files that sinks write, now or before.
 *
 * Beside each path its siblings are read, `path.1`, `path.2`…, one for each further process of the sink, whenever they appear.
 * Lines that are neither are left out and counted; a torn last line is waited for. Both are told of by `close`.
 */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EnvironmentError } from '../errors.js';
import type { DeliveryListener, DeliveryReader } from './reader.js';
import { isAcknowledgement, parseReceiptLine } from './receipt.js';
import { TailedFile } from './tailed-file.js';

export function createReceiptFileReader(paths: readonly string[]): DeliveryReader {
  return new ReceiptFileReader(paths);
}

/** Tells the listener what a line of receipts says. False when it says nothing. */
export function tellReceiptLine(line: string, listener: DeliveryListener): boolean {
  const parsed = parseReceiptLine(line);
  if (parsed === null) return false;
  if (isAcknowledgement(parsed)) listener.acknowledged(parsed.ack);
  else listener.receipt(parsed);
  return true;
}

class ReceiptFileReader implements DeliveryReader {
  readonly #paths: readonly string[];
  readonly #files = new Map<string, TailedFile>();
  /** Lines that could not be used, by file. */
  readonly #damaged = new Map<string, number>();
  #listener: DeliveryListener | null = null;

  constructor(paths: readonly string[]) {
    this.#paths = [...new Set(paths)];
  }

  async open(listener: DeliveryListener): Promise<void> {
    this.#listener = listener;
    for (const path of this.#paths) {
      const file = this.#file(path);
      try {
        await file.open();
      } catch (cause) {
        const { code, message } = cause as NodeJS.ErrnoException;
        throw new EnvironmentError(
          'DELIVERY_RECEIPTS_UNREADABLE',
          `receipts cannot be read from ${path}: ${code ?? message}`,
          { hint: 'Check the path, and that the sink was started with it as --receipts.', cause },
        );
      }
    }
  }

  async read(): Promise<boolean> {
    let isWhole = true;
    for (const path of this.#paths) {
      for (const sibling of [path, ...(await siblingsOf(path))]) {
        isWhole = (await this.#readFile(this.#file(sibling))) && isWhole;
      }
    }
    return isWhole;
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) {
      if (file.hasTail) this.#listener?.skipped(`The last line of ${file.path} is torn; it was left out.`);
      await file.close();
    }
    for (const [path, lines] of this.#damaged) this.#listener?.skipped(damagedSentence(lines, path));
    this.#files.clear();
    this.#damaged.clear();
  }

  #file(path: string): TailedFile {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const file = new TailedFile(path);
    this.#files.set(path, file);
    return file;
  }

  /** False when it could not be read, or is there no more. */
  async #readFile(file: TailedFile): Promise<boolean> {
    const listener = this.#listener as DeliveryListener;
    const { path } = file;
    const tell = {
      line: (line: string) => {
        if (line === '' || tellReceiptLine(line, listener)) return;
        this.#damaged.set(path, (this.#damaged.get(path) ?? 0) + 1);
      },
      odd: (what: string) => listener.skipped(what),
    };
    try {
      await file.read(tell);
      return !file.isGone;
    } catch (error) {
      listener.skipped(`${path} could not be read: ${(error as Error).message}.`);
      return false;
    }
  }
}

/** @param where a file or URL */
export function damagedSentence(lines: number, where: string): string {
  return `${lines === 1 ? '1 line' : `${lines} lines`} of ${where} could not be used and ${lines === 1 ? 'was' : 'were'} left out.`;
}

/** In the order of their numbers. */
async function siblingsOf(path: string): Promise<string[]> {
  const name = `${basename(path)}.`;
  const entries = await readdir(dirname(path)).catch(() => []);
  const numbers = entries
    .filter((entry) => entry.startsWith(name) && /^[1-9]\d{0,5}$/.test(entry.slice(name.length)))
    .map((entry) => Number(entry.slice(name.length)));
  return numbers.sort((a, b) => a - b).map((number) => join(dirname(path), `${name}${number}`));
}
