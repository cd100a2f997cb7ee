/**
 * Expectation: whether a message ended as its scenario wanted. A wanted 550 is a success.
 */
import type { Expectation } from '../scenario/scenario.js';
import { enhancedText } from '../smtp/reply-parser.js';
import type { MessageEnd } from './message-end.js';

type Ending = Pick<MessageEnd, 'outcome' | 'code' | 'enhanced' | 'class' | 'cause'>;

/** null expects that the message is accepted. What we abandoned on purpose went as wanted. */
export function isExpected(expectation: Expectation | null, result: Ending): boolean {
  if (result.cause === 'abandoned') return true;
  if (expectation === null) return result.outcome === 'accepted';
  if (expectation.ifOffered && result.cause === 'not-offered') return true;
  return (
    result.outcome === expectation.outcome &&
    (expectation.code === null || result.code === expectation.code) &&
    (expectation.class === null || result.class === expectation.class) &&
    (expectation.enhanced === null || matchesEnhanced(expectation.enhanced, enhancedText(result.enhanced)))
  );
}

/** `5.7` matches every 5.7.x. */
function matchesEnhanced(wanted: string, actual: string): boolean {
  return actual === wanted || actual.startsWith(`${wanted}.`);
}
