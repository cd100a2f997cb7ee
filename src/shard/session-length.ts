/** Session length: how many messages a session sends, and how many message numbers an iteration takes up. */

import { compileCount } from '../message/drawn-count.js';
import type { Client } from '../scenario/client-options.js';
import type { Draw } from '../scenario/draw.js';
import type { ExecutorSpec } from '../scenario/executor-spec.js';

/** Purposes 2000 to 2999 are the shard's; see also session-maker.ts and session-turns.ts. */
const DRAW_SESSION_LENGTH = 2_000;

/** Drawn by the number of the session's first message. */
export function sessionLength({ messagesPerSession }: Client, draw: Draw): (number: number) => number {
  const { min, max } = messagesPerSession;
  if (min === max) return () => min;
  const lengthOf = compileCount(messagesPerSession, 'client.messagesPerSession');
  return (number) => lengthOf(draw(number, DRAW_SESSION_LENGTH));
}

/** How many message numbers an iteration takes up. */
export function messagesPerIteration({ messagesPerSession }: Client, spec: ExecutorSpec): number {
  return spec.iteration === 'session' ? messagesPerSession.max : 1;
}
