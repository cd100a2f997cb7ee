/**
 * Retry policy: whether a transaction's end is the message's end, and for whom it is tried again. Pure.
 *
 * Again after a while: what was refused with 4yz, for the recipients it concerns, and what no reply decided because of
 * the network. Again at once on a new session: what met a 421 or a close on a session that had served a message before
 * (the server had simply had enough of it). Never: what we cut off, and what is in doubt, unless told so (RFC 1047).
 */
import type { Retries } from '../scenario/client-options.js';
import type { FailureCause } from '../smtp/failure.js';
import type { Transaction, TransactionResult } from '../smtp/outcome.js';
import { permanenceOf, type ReplyClass } from '../smtp/reply-class.js';

/** For whom a message is tried again. */
export interface Deferral {
  /** Never empty, in the order of the attempt. */
  readonly to: readonly string[];
  /** How many of them a reply had refused. */
  readonly refused: number;
}

const TRANSIENT_CAUSES: ReadonlySet<FailureCause | ''> = new Set<FailureCause>([
  'refused',
  'reset',
  'timeout',
  'closed',
  'unreachable',
  'resolve',
  'io',
  'sequence',
]);

export function isRetrying(retries: Retries): boolean {
  return retries.attempts > 1 || retries.reusedSession;
}

/** Before attempt 2, 3, … when `attempts` have been made. */
export function retryDelayMs({ delayMs, factor }: Retries, attempts: number): number {
  return delayMs * factor ** (attempts - 1);
}

/** null: nobody is tried again. */
export function deferralOf(result: TransactionResult, retries: Retries): Deferral | null {
  if (result.outcome === 'interrupted' || isAcceptedForAll(result)) return null;
  return select(result, isTransientEnd(result, retries), (code, klass) =>
    isTransient(code, klass, retries.classes),
  );
}

/** Whether it is sent once more on a new session, and to whom; `served`: transactions this session had dealt with. */
export function moveOf(result: TransactionResult, retries: Retries, served: number): Deferral | null {
  if (!retries.reusedSession || served === 0 || result.scope !== 'session') return null;
  const isClosed = result.outcome === 'failed' && (result.cause === 'closed' || result.cause === 'reset');
  const isRefused = result.outcome === 'rejected' && result.code === 421;
  if (!isRefused && !(isClosed && isDecidable(result, retries))) return null;
  return select(result, true, (code) => permanenceOf(code) !== '5yz');
}

function isAcceptedForAll(result: TransactionResult): boolean {
  return result.outcome === 'accepted' && result.refusals.length === 0;
}

/** What holds for recipients who had no refusal of their own. */
function isTransientEnd(result: TransactionResult, retries: Retries): boolean {
  if (result.outcome === 'accepted') return false;
  if (result.outcome === 'rejected') return isTransient(result.code, result.class, retries.classes);
  return (
    TRANSIENT_CAUSES.has(result.cause) &&
    isDecidable(result, retries) &&
    isAmong(result.class, retries.classes)
  );
}

function isDecidable(result: TransactionResult, retries: Retries): boolean {
  return !result.isInDoubt || retries.inDoubt;
}

function isTransient(code: number, klass: ReplyClass, classes: readonly string[]): boolean {
  return permanenceOf(code) === '4yz' && isAmong(klass, classes);
}

function isAmong(klass: ReplyClass, classes: readonly string[]): boolean {
  return classes.length === 0 || classes.includes(klass);
}

function select(
  result: TransactionResult,
  isEndTransient: boolean,
  isAgain: (code: number, klass: ReplyClass) => boolean,
): Deferral | null {
  const own = new Map(result.refusals.map((refusal) => [refusal.recipient, refusal]));
  const isRefusedByEnd = result.outcome === 'rejected';
  const to: string[] = [];
  let refused = 0;
  for (const recipient of (result.transaction as Transaction).to) {
    const refusal = own.get(recipient);
    if (refusal === undefined ? !isEndTransient : !isAgain(refusal.code, refusal.class)) continue;
    to.push(recipient);
    if (refusal !== undefined || isRefusedByEnd) refused++;
  }
  return to.length === 0 ? null : { to, refused };
}
