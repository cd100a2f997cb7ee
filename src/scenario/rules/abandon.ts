/**
 * Rules about sessions that end on purpose: an end must be able to come about where it is asked for.
 *
 * At CONNECT no command is out and no reply awaited, so `when` means nothing there and is passed over.
 */
import type { Partly } from '../check-words.js';
import type { ScenarioWords } from '../schema/schema.js';
import { parseTargets } from '../targets.js';
import type { PartlyWords, Report } from './rule.js';

type AbandonWords = Partly<NonNullable<ScenarioWords['client']['abandon']>>;

export function abandonProblems(words: PartlyWords, report: Report): void {
  const abandon = words.client?.abandon;
  if (abandon?.phase === undefined) return;
  checkReached(abandon, words, report);
  checkQuit(abandon, report);
  const { phase, when = 'reply', contentShare = 0.5 } = abandon;
  if (phase === 'GREETING' && when === 'sent') {
    const hint = 'Write `phase: CONNECT`.';
    say(report, 'when', 'is sent, but no command is sent before the greeting', hint);
  }
  if (contentShare !== 0.5 && (phase !== 'CONTENT' || when !== 'sent')) {
    say(report, 'contentShare', 'is used with phase CONTENT and `when: sent` only', 'Leave it out.');
  }
}

function checkQuit({ phase, when, how }: AbandonWords, report: Report): void {
  if (how !== 'quit') return;
  if (phase === 'CONNECT')
    say(report, 'how', 'is quit, but nobody has greeted yet', 'Use drop, reset or half-close.');
  else if (when === 'sent') {
    say(report, 'how', 'is quit, which only follows a reply', 'Write `when: reply`, or `how: drop`.');
  } else if (phase === 'DATA') {
    say(report, 'how', 'is quit, which would be content after the 354', 'Use drop, reset or half-close.');
  }
}

/** Whether sessions get there at all. */
function checkReached({ phase }: AbandonWords, words: PartlyWords, report: Report): void {
  const { tls, auth } = words.target ?? {};
  const target = parseTargets(words.target ?? {});
  const hasAuth = auth !== undefined || ('routes' in target && target.credentials !== null);
  const isUpgraded = tls?.mode === 'starttls' || tls?.mode === 'opportunistic';
  if (phase === 'STARTTLS' && !isUpgraded) {
    const hint = 'Set `mode: starttls` under target.tls.';
    say(
      report.restingOn(['target', 'tls', 'mode']),
      'phase',
      'is STARTTLS, which the tls mode never sends',
      hint,
    );
  }
  if (phase === 'AUTH' && !hasAuth) {
    say(
      report.restingOn(['target', 'auth']),
      'phase',
      'is AUTH, but there are no credentials',
      'Add target.auth.',
    );
  }
  if (phase === 'DATA' && (words.client?.chunking ?? false) !== false) {
    const hint = 'Write `phase: CONTENT`.';
    say(report.restingOn(['client', 'chunking']), 'phase', 'is DATA, which chunking never sends', hint);
  }
}

function say(report: Report, key: keyof AbandonWords, message: string, hint: string): void {
  report.restingOn(
    ['client', 'abandon', 'phase'],
    ['client', 'abandon', 'when'],
    ['client', 'abandon', 'how'],
  )(['client', 'abandon', key], 'SCENARIO_ABANDON', message, hint);
}
