/**
 * Run id: the name of a run and of its directory, e.g. `20261122-081403-x7k2`.
 *
 * Ids sort by time as plain text, are safe as file names everywhere (lower case, no dots, no reserved names), and
 * have a fixed width because every message carries one in its stamp. UTC, so that no clock change disturbs the order.
 */
export const RUN_ID_PATTERN = /^\d{8}-\d{6}-[a-z0-9]{4}$/;

/** @param random draws in [0, 1); four characters keep runs apart that start within the same second. */
export function createRunId(startedAtMs: number, random: () => number): string {
  const [date, time] = new Date(startedAtMs).toISOString().split('T') as [string, string];
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${suffix(random)}`;
}

/** Without i, l, o, 0 and 1: people read these ids to each other. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

function suffix(random: () => number): string {
  return Array.from({ length: 4 }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join('');
}
