/**
 * Watched folder: lists a folder again only when it may have changed, which one `lstat` tells.
 *
 * The time of a change is coarse: a file that comes right after the listing may leave the folder's time as it was. So
 * a folder counts as listed only when its last change lies well before the listing. A link is no folder.
 */
import { type Dirent, lstatSync, readdirSync, statSync } from 'node:fs';

/** Longer than the coarsest time stamps of file systems in use (2 s on some network file systems). */
const SETTLED_MS = 2_500;

export class WatchedFolder {
  readonly path: string;
  readonly #isLinkFollowed: boolean;
  #changedNs: bigint | null = null;
  #isSettled = false;

  constructor(path: string, { isLinkFollowed = false } = {}) {
    this.path = path;
    this.#isLinkFollowed = isLinkFollowed;
  }

  /** Its entries; null when they are those of the last call. None where there is no such folder. @throws where it may not be read */
  list(): Dirent[] | null {
    const nowMs = Date.now();
    const stat = (this.#isLinkFollowed ? statSync : lstatSync)(this.path, {
      bigint: true,
      throwIfNoEntry: false,
    });
    if (!stat?.isDirectory()) {
      this.#changedNs = null;
      return null;
    }
    if (this.#isSettled && stat.mtimeNs === this.#changedNs) return null;
    this.#isSettled = false;
    const entries = readdirSync(this.path, { withFileTypes: true });
    this.#changedNs = stat.mtimeNs;
    this.#isSettled = nowMs - Number(stat.mtimeNs / 1_000_000n) > SETTLED_MS;
    return entries;
  }

  /** The next call lists it in any case. */
  unsettle(): void {
    this.#isSettled = false;
  }
}
