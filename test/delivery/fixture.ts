/** Messages as a real relay wrote them, byte for byte (Postfix 3.7 to a next hop without 8BITMIME; its bounces, and those of
 * Exim 4.96 and Dovecot 2.3). */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DIRECTORY = fileURLToPath(new URL('../../test/delivery/', import.meta.url));

export function fixture(name: string): Buffer {
  return readFileSync(`${DIRECTORY}${name}`);
}

/** Names in a folder of fixtures, with it. */
export function fixtures(folder: string): string[] {
  return readdirSync(`${DIRECTORY}${folder}`)
    .sort()
    .map((name) => `${folder}/${name}`);
}
