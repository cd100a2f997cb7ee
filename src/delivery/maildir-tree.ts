/**
 * Maildir tree: the Maildirs that a pattern matches, and those that appear later.
 *
 * Looks again only into folders that changed, so that ten thousand Maildirs under one folder cost one look. What lies
 * behind a link is not ours to read; only the part of the path without words, which the user wrote, may hold one.
 */
import { join } from 'node:path';
import { addressOf, type MaildirPattern, type PatternWords } from './maildir-pattern.js';
import { WatchedFolder } from './watched-folder.js';

export interface FoundMaildir {
  readonly path: string;
  /** '' when the pattern does not say. */
  readonly address: string;
}

interface Branch {
  readonly folder: WatchedFolder;
  readonly words: PatternWords;
  readonly depth: number;
  readonly children: Map<string, Branch>;
}

export class MaildirTree {
  readonly #pattern: MaildirPattern;
  readonly #root: Branch;
  #isRootTold = false;

  constructor(pattern: MaildirPattern) {
    this.#pattern = pattern;
    const folder = new WatchedFolder(pattern.root, { isLinkFollowed: true });
    this.#root = { folder, words: {}, depth: 0, children: new Map() };
  }

  /** Those that were not told by an earlier call. */
  news(onTrouble: (path: string, error: unknown) => void): FoundMaildir[] {
    if (this.#pattern.segments.length > 0) return this.#look(this.#root, onTrouble);
    const found = this.#isRootTold ? [] : [{ path: this.#pattern.root, address: '' }];
    this.#isRootTold = true;
    return found;
  }

  #look(branch: Branch, onTrouble: (path: string, error: unknown) => void): FoundMaildir[] {
    const found: FoundMaildir[] = [];
    if (branch.depth === this.#pattern.segments.length) return found;
    try {
      found.push(...this.#grow(branch));
    } catch (error) {
      onTrouble(branch.folder.path, error);
    }
    for (const child of branch.children.values()) found.push(...this.#look(child, onTrouble));
    return found;
  }

  /** Adds the folders that match; the last ones down are Maildirs, and are not looked into here. */
  #grow({ folder, words: above, depth, children }: Branch): FoundMaildir[] {
    const { segments } = this.#pattern;
    const found: FoundMaildir[] = [];
    for (const entry of folder.list() ?? []) {
      const words = entry.isDirectory() ? segments[depth]?.match(entry.name, above) : null;
      if (words == null || children.has(entry.name)) continue;
      const path = join(folder.path, entry.name);
      const isMaildir = depth + 1 === segments.length;
      children.set(entry.name, {
        folder: new WatchedFolder(path),
        words,
        depth: depth + 1,
        children: new Map(),
      });
      if (isMaildir) found.push({ path, address: addressOf(words) });
    }
    return found;
  }
}
