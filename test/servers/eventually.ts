/** For what a server writes a moment after it has answered: its log, its maildir. */
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;

/** Asks until the answer is what `isEnough` wants, or until `timeoutMs` have passed; returns the last answer. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isEnough: (answer: T) => boolean,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (isEnough(answer) || performance.now() > deadline) return answer;
    await sleep(POLL_MS);
  }
}
