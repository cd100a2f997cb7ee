/**
 * Expectations in words into those that a shard compares with.
 */
import type { Expectation } from './scenario.js';
import type { ExpectationWords } from './schema/schema.js';

/** A code or class without an outcome says which one it means: 4yz, 5yz and every class are refusals. */
export function toExpectation(words: ExpectationWords | undefined): Expectation | null {
  if (words === undefined) return null;
  const {
    outcome,
    code,
    enhanced,
    class: replyClass,
    ifOffered = false,
  } = typeof words === 'string' ? { outcome: words } : words;
  const isSuccess = code !== undefined ? code < 400 : enhanced?.startsWith('2');
  const isRefusal = isSuccess === undefined ? replyClass !== undefined : !isSuccess;
  const implied = replyClass === 'network' ? 'failed' : isRefusal ? 'rejected' : 'accepted';
  return {
    outcome: outcome ?? implied,
    code: code ?? null,
    enhanced: enhanced ?? null,
    class: replyClass ?? null,
    ifOffered,
  };
}
