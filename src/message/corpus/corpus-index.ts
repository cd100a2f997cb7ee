/**
 * Corpus index: where each message of a corpus lies, found in one pass that also looks whether it can be sent.
 *
 * Holds some twenty octets a message and never their content: the largest one decides how much memory the pass takes. The
 * digest covers every message in order, so that all who index the same corpus can tell.
 */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UsageError } from '../../errors.js';
import type { CorpusMessages } from '../../scenario/scenario.js';
import { isSignedOverMessageId, type Obstacle, obstacleOf } from '../wire-form.js';
import { changed, unreadable } from './corpus-error.js';
import { type CorpusFiles, findCorpusFiles } from './corpus-files.js';
import { mboxSpans, type Span } from './mbox.js';

/** As large as a message of a scenario may be. */
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

export interface CorpusFacts {
  readonly format: CorpusFiles['format'];
  readonly messages: number;
  /** As they lie in the files. */
  readonly bytes: number;
  readonly largestBytes: number;
  /** With a DKIM signature over their Message-ID. */
  readonly signed: number;
  /** SHA-256 over all messages, in hex. */
  readonly digest: string;
}

export class CorpusIndex {
  readonly facts: CorpusFacts;
  readonly #files: CorpusFiles;
  readonly #fileOf: Uint32Array;
  readonly #starts: Float64Array;
  readonly #lengths: Uint32Array;
  /** Size and time of change of each file when it was indexed. */
  readonly #states: readonly string[];

  /** Throws UsageError when the corpus cannot be read, or holds what cannot be sent. */
  static of(entry: CorpusMessages): CorpusIndex {
    return new CorpusIndex(new Pass(entry));
  }

  private constructor(pass: Pass) {
    this.facts = pass.facts;
    this.#files = pass.files;
    this.#fileOf = Uint32Array.from(pass.fileOf);
    this.#starts = Float64Array.from(pass.starts);
    this.#lengths = Uint32Array.from(pass.lengths);
    this.#states = pass.states;
  }

  /** Of message i as it lies in its file. Throws UsageError where that has changed since. */
  read(i: number): Buffer {
    const file = this.#fileOf[i] as number;
    const path = this.#files.paths[file] as string;
    const [start, length] = [this.#starts[i] as number, this.#lengths[i] as number];
    return withFile(path, (descriptor) => {
      if (stateOf(descriptor) !== this.#states[file]) throw changed(path);
      return readWhole(descriptor, { start, end: start + length }, path);
    });
  }
}

/** The walk through all files, and what it collects. */
class Pass {
  readonly files: CorpusFiles;
  readonly fileOf: number[] = [];
  readonly starts: number[] = [];
  readonly lengths: number[] = [];
  readonly states: string[] = [];
  readonly #entry: CorpusMessages;
  readonly #digest: Hash = createHash('sha256');
  readonly #refused: { readonly place: string; readonly obstacle: Obstacle }[] = [];
  #refusals = 0;
  #signed = 0;

  constructor(entry: CorpusMessages) {
    this.#entry = entry;
    this.files = findCorpusFiles(entry);
    for (const [index, path] of this.files.paths.entries()) this.#addFile(index, path);
    if (this.#refusals > 0) throw this.#unsendable();
    if (this.starts.length === 0) throw unreadable(entry.path, 'holds no message');
  }

  get facts(): CorpusFacts {
    return {
      format: this.files.format,
      messages: this.starts.length,
      bytes: this.lengths.reduce((sum, length) => sum + length, 0),
      largestBytes: this.lengths.reduce((most, length) => Math.max(most, length), 0),
      signed: this.#signed,
      digest: this.#digest.copy().digest('hex'),
    };
  }

  #addFile(index: number, path: string): void {
    withFile(path, (descriptor) => {
      this.states.push(stateOf(descriptor));
      const size = fstatSync(descriptor).size;
      const read = (buffer: Buffer, length: number, position: number) =>
        readSync(descriptor, buffer, 0, length, position);
      const spans = this.files.format === 'mbox' ? mboxSpans(read) : [{ start: 0, end: size }];
      for (const span of spans) this.#add(descriptor, { index, path, span });
    });
  }

  #add(
    descriptor: number,
    { index, path, span }: { readonly index: number; readonly path: string; readonly span: Span },
  ): void {
    const length = span.end - span.start;
    const place = this.files.format === 'mbox' ? `${path} at octet ${span.start}` : path;
    if (length > MAX_MESSAGE_BYTES) return this.#refuse(place, 'is over 256 MiB');
    const raw = readWhole(descriptor, span, path);
    const obstacle = obstacleOf(raw, this.#entry.allowLongLines);
    if (obstacle !== null) return this.#refuse(place, obstacle);
    this.#digest.update(`${length}\n`).update(raw);
    if (isSignedOverMessageId(raw)) this.#signed++;
    this.fileOf.push(index);
    this.starts.push(span.start);
    this.lengths.push(length);
  }

  #refuse(place: string, obstacle: Obstacle): void {
    if (this.#refusals++ < 3) this.#refused.push({ place, obstacle });
  }

  #unsendable(): UsageError {
    const total = this.#refusals + this.starts.length;
    const examples = this.#refused
      .map(({ place, obstacle }) => `${JSON.stringify(place)} ${obstacle}`)
      .join('; ');
    const isLong = this.#refused.some(({ obstacle }) => obstacle === 'has a line of over 998 octets');
    return new UsageError(
      'MESSAGE_CORPUS_UNSENDABLE',
      `${this.#refusals} of ${total} messages of the corpus cannot be sent: ${examples}`,
      {
        hint: isLong
          ? 'Set `allowLongLines: true` to send long lines all the same, or take them out.'
          : 'Take them out.',
      },
    );
  }
}

function readWhole(descriptor: number, { start, end }: Span, path: string): Buffer {
  const raw = Buffer.allocUnsafe(end - start);
  for (let at = 0; at < raw.length; ) {
    const got = readSync(descriptor, raw, at, raw.length - at, start + at);
    if (got === 0) throw changed(path);
    at += got;
  }
  return raw;
}

function stateOf(descriptor: number): string {
  const { size, mtimeMs, ino } = fstatSync(descriptor);
  return `${size} ${mtimeMs} ${ino}`;
}

function withFile<T>(path: string, use: (descriptor: number) => T): T {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
