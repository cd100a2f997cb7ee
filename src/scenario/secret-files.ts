/**
 * What `${file:PATH}` stands for: the text of a small file beside the scenario, as secret managers mount them.
 *
 * Read once. The line end at its end is dropped, as a shell's `$(cat FILE)` does with one. What is in it is a secret, wherever it
 * is used. A fault is a sentence for a problem and quotes nothing of the file.
 */
import type { FileText } from '../yaml/references.js';
import { type Fault, type Limit, readBeside } from './files-beside.js';
import { formsOfPassword } from './secrets.js';

const LIMIT: Limit = {
  bytes: 64 * 1024,
  hint: 'A secret has at most 64 KiB; is it the right file?',
  isSecret: true,
};

export class SecretFiles {
  readonly #folder: string;
  readonly #read = new Map<string, FileText>();

  /** @param folder what paths are relative to */
  constructor(folder: string) {
    this.#folder = folder;
  }

  readonly read = (path: string): FileText => {
    const known = this.#read.get(path);
    if (known !== undefined) return known;
    const text = textOf(readBeside(this.#folder, path, LIMIT));
    this.#read.set(path, text);
    return text;
  };

  /** Every secret that was read so far, in the forms in which it may come back. */
  get secrets(): readonly string[] {
    return [...this.#read.values()].flatMap((text) =>
      typeof text === 'string' ? formsOfPassword(text) : [],
    );
  }
}

function textOf(content: Buffer | Fault): FileText {
  if ('message' in content) return content;
  if (content.includes(0)) return { message: 'holds a NUL', hint: 'A secret is text.' };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content).replace(/\r?\n$/, '');
    return text === '' ? { message: 'is empty', hint: 'Write the secret into it.' } : text;
  } catch {
    return { message: 'is not UTF-8 text', hint: 'Save it as UTF-8.' };
  }
}
