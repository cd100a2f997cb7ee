/** For what a server writes a moment after it has answered: its log, its maildir. */
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

const POLL_MS = 50;

/** Asks until the answer is what `isEnough` wants, and returns it; throws when `timeoutMs` have passed. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isEnough: (answer: T) => boolean,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (isEnough(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`still ${inspect(answer)} after ${timeoutMs} ms`);
    await sleep(POLL_MS);
  }
}
