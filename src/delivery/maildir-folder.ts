/**
 * Maildir folder: the messages in `new` and `cur` that were not told yet, whatever flags they got meanwhile.
 *
 * A message is one by the part of its name before the first `:`, which stays when it moves from `new` to `cur`. `new`
 * is listed first: what moves while we look is then in one of the two lists. Names of what was told are kept.
 */
import { type Dirent, existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { WatchedFolder } from './watched-folder.js';

export interface MaildirEntry {
  readonly path: string;
  readonly unique: string;
}

export class MaildirFolder {
  readonly path: string;
  readonly #parts: readonly WatchedFolder[];
  readonly #mayBeLink: boolean;
  readonly #told = new Set<string>();

  constructor(path: string, { mayBeLink = false } = {}) {
    this.path = path;
    this.#mayBeLink = mayBeLink;
    this.#parts = ['new', 'cur'].map((name) => new WatchedFolder(join(path, name)));
  }

  /** Each message once. `onLink` is told of links, once each. @throws where a folder may not be read */
  news(onLink: (path: string) => void): MaildirEntry[] {
    const found = new Map<string, MaildirEntry>();
    for (const part of this.#parts) {
      const entries = this.#list(part);
      // Asked only when there is news: the folders in it say nothing of the folder itself.
      if (entries.length > 0 && this.#isLink()) {
        onLink(this.path);
        return [];
      }
      for (const entry of entries) {
        const unique = uniquePart(entry.name);
        if (entry.name.startsWith('.') || this.#told.has(unique)) continue;
        const path = join(part.path, entry.name);
        if (entry.isSymbolicLink()) {
          this.told(unique);
          onLink(path);
        } else if (!entry.isDirectory()) found.set(unique, { path, unique });
      }
    }
    return [...found.values()];
  }

  /** It has what makes it a Maildir. */
  isThere(): boolean {
    return this.#parts.some(({ path }) => existsSync(path));
  }

  told(unique: string): void {
    this.#told.add(unique);
  }

  /** It was moved before it could be read. */
  lookAgain(): void {
    for (const part of this.#parts) part.unsettle();
  }

  /** Where one cannot be listed nothing is told, so the other is listed again too. */
  #list(part: WatchedFolder): readonly Dirent[] {
    try {
      return part.list() ?? [];
    } catch (error) {
      this.lookAgain();
      throw error;
    }
  }

  #isLink(): boolean {
    return !this.#mayBeLink && lstatSync(this.path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  }
}

function uniquePart(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(0, colon);
}
