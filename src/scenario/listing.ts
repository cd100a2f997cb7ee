/**
 * Listing: what a corpus consists of, as one digest of the names and sizes in it. Its content is not read: it may be large.
 */
import { createHash, type Hash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Of a file or a folder with all below it; null when it cannot be read. */
export function listingOf(path: string): string | null {
  const hash = createHash('sha256');
  try {
    addTo(hash, path, '');
    return hash.digest('hex');
  } catch {
    return null;
  }
}

function addTo(hash: Hash, path: string, name: string): void {
  const stats = statSync(path);
  if (!stats.isDirectory()) {
    hash.update(`${name}\0${stats.size}\n`);
    return;
  }
  for (const entry of readdirSync(path).sort()) addTo(hash, join(path, entry), `${name}/${entry}`);
}
