/**
 * Set-up failure: the sentence for a run in which no session ever came up, such as with a wrong password.
 *
 * Such a run may look busy for minutes and measures nothing; where it failed, and with which words, is all there is to say.
 */
import type { Result } from '../result/result.js';

const SET_UP_PHASES: ReadonlySet<string> = new Set([
  'connect',
  'tls',
  'GREETING',
  'EHLO',
  'HELO',
  'LHLO',
  'STARTTLS',
  'AUTH',
  'XCLIENT',
  'XFORWARD',
]);
const LONGEST_TEXT_CHARS = 160;

type Outcome = Result['outcomes'][number];

/** '' when a session was set up, or the failure was what the scenario wanted. Holds foreign text. */
export function setUpFailureOf({ counts, outcomes }: Result): string {
  const decided = outcomes.filter(({ outcome }) => outcome !== 'interrupted');
  const first = decided[0];
  if (counts.accepted > 0 || first === undefined || !decided.every(isUnwantedSetUpFailure)) return '';
  const isAlone = decided.every(({ phase, outcome }) => phase === first.phase && outcome === first.outcome);
  return `${isAlone ? 'Every session' : 'No session was set up; most often it'} ${whatHappened(first)}.`;
}

function isUnwantedSetUpFailure({ phase, expected, scope, cause }: Outcome): boolean {
  // CHUNKING that is not offered ends a session before it is open, in the name of BDAT.
  const isOfSetUp = SET_UP_PHASES.has(phase) || cause === 'not-offered';
  return !expected && scope === 'session' && isOfSetUp;
}

function whatHappened({ outcome, phase, cause, code, sample }: Outcome): string {
  const text = firstLineOf(sample);
  if (outcome === 'rejected') return `was refused at ${phase}: ${code}${text === '' ? '' : ` ${text}`}`;
  return `failed at ${phase}: ${cause}${text === '' ? '' : `, ${text}`}`;
}

function firstLineOf(sample: string): string {
  const line = (sample.split('\n')[0] ?? '').trim().replace(/\.+$/, '');
  return line.length <= LONGEST_TEXT_CHARS ? line : `${line.slice(0, LONGEST_TEXT_CHARS)}…`;
}
