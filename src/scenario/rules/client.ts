/**
 * Rules about the client: how sessions speak, what they send beside messages, and when they try again.
 *
 * Where sessions come from is in rules-origin.ts, where they end in rules-abandon.ts.
 */

import { suggestion } from '../../yaml/did-you-mean.js';
import { isAddressLiteral, isDomain } from '../address-pattern.js';
import { abandonProblems } from './abandon.js';
import { checkDrawnCount } from './drawn-count.js';
import { nodemailerProblems } from './nodemailer.js';
import { originProblems } from './origin.js';
import { msOf, type PartlyWords, type Report } from './rule.js';

export function clientProblems(words: PartlyWords, report: Report): void {
  checkEhlo(words, report);
  checkRanges(words, report);
  checkWindow(words, report);
  checkBody(words, report);
  for (const [index, step] of (words.client?.steps ?? []).entries()) {
    if (step !== undefined) checkStep(step, index, report);
  }
  checkRetries(words, report);
  originProblems(words, report);
  abandonProblems(words, report);
  nodemailerProblems(words, report);
}

function checkEhlo(words: PartlyWords, report: Report): void {
  const ehlo = words.client?.ehlo;
  if (ehlo === undefined || isDomain(ehlo) || isAddressLiteral(ehlo)) return;
  report(
    ['client', 'ehlo'],
    'SCENARIO_EHLO',
    'must be a domain or an address literal (RFC 5321 §4.1.1.1)',
    'Write a name such as load.example.test, or [127.0.0.1].',
  );
}

const MOST_MESSAGES = 1_000_000_000;

function checkRanges(words: PartlyWords, report: Report): void {
  const { messagesPerSession, reconnectDelay, sourcePorts, thinkTime } = words.client ?? {};
  if (messagesPerSession !== undefined && messagesPerSession !== 'unlimited') {
    checkDrawnCount(messagesPerSession, ['client', 'messagesPerSession'], MOST_MESSAGES, report);
  }
  if (typeof reconnectDelay === 'object') {
    const { first, max } = reconnectDelay;
    checkOrder({ min: msOf(first), max: msOf(max) }, 'reconnectDelay', report);
  }
  if (typeof thinkTime === 'object') {
    checkOrder({ min: msOf(thinkTime.min), max: msOf(thinkTime.max) }, 'thinkTime', report);
  }
  if (sourcePorts !== undefined) checkOrder(sourcePorts, 'sourcePorts', report);
}

function checkOrder(
  range: { readonly min?: number | undefined; readonly max?: number | undefined },
  key: string,
  report: Report,
): void {
  if (range.min === undefined || range.max === undefined || range.min <= range.max) return;
  report(
    ['client', key],
    'SCENARIO_RANGE_REVERSED',
    'begins above where it ends',
    'Write the smaller value first.',
  );
}

/** Several transactions in flight leave no moment between two of them. */
function checkWindow(words: PartlyWords, report: Report): void {
  const { window = 1, chunking = false, pipelining, bodyRate, steps = [], thinkTime } = words.client ?? {};
  if (window === 1) return;
  const contradict = (key: string, message: string, hint: string) =>
    report.restingOn(['client', key])(['client', 'window'], 'SCENARIO_CLIENT_CONTRADICTION', message, hint);
  if (chunking === false) {
    contradict(
      'chunking',
      `is ${window}, but there is no chunking`,
      'Add `chunking: true`: only BDAT can be sent ahead of replies.',
    );
  }
  if (pipelining === 'off') {
    contradict('pipelining', `is ${window}, but pipelining is off`, 'Leave pipelining out, or the window.');
  }
  if (bodyRate !== undefined) {
    contradict('bodyRate', `is ${window} beside a bodyRate`, 'Use more VUs for more slow bodies at once.');
  }
  if (steps.length > 0) {
    contradict('steps', `is ${window} beside steps, which wait for their replies`, 'Keep one of the two.');
  }
  if (longestPauseMs(thinkTime) > 0) {
    contradict('thinkTime', `is ${window} beside a thinkTime`, 'Keep one of the two.');
  }
}

function longestPauseMs(thinkTime: NonNullable<PartlyWords['client']>['thinkTime']): number {
  return msOf(typeof thinkTime === 'object' ? thinkTime.max : thinkTime) ?? 0;
}

function checkBody(words: PartlyWords, report: Report): void {
  if (words.envelope?.body !== 'binarymime' || (words.client?.chunking ?? false) !== false) return;
  report.restingOn(['client', 'chunking'])(
    ['envelope', 'body'],
    'SCENARIO_CLIENT_CONTRADICTION',
    'is binarymime, which goes with BDAT only (RFC 3030 §3)',
    'Add `chunking: true` under client.',
  );
}

const VERBS = ['NOOP', 'VRFY', 'EXPN'];
/** RFC 5321 §4.5.3.1.4, CRLF included. */
const MAX_COMMAND_BYTES = 512;

function checkStep(step: string, index: number, report: Report): void {
  const path = ['client', 'steps', index];
  const [verb = '', argument] = step.trim().split(/\s+/);
  if (/[^\x20-\x7e]/.test(step)) {
    report(
      path,
      'SCENARIO_STEP',
      'holds a character that is not printable ASCII',
      'Write it as one line of plain text.',
    );
  } else if (!VERBS.includes(verb.toUpperCase())) {
    const hint = suggestion(verb, VERBS);
    report(path, 'SCENARIO_STEP', 'is no command that may stand between transactions', hint);
  } else if (verb.toUpperCase() !== 'NOOP' && argument === undefined) {
    report(
      path,
      'SCENARIO_STEP',
      `does not say whom to ${verb.toUpperCase()}`,
      `Write e.g. \`${verb.toUpperCase()} alice\`.`,
    );
  } else if (step.length + 2 > MAX_COMMAND_BYTES) {
    report(
      path,
      'SCENARIO_STEP',
      `is longer than ${MAX_COMMAND_BYTES} octets (RFC 5321 §4.5.3.1.4)`,
      'Shorten it.',
    );
  }
}

function checkRetries(words: PartlyWords, report: Report): void {
  const { attempts, reusedSession } = words.client?.retries ?? {};
  if (attempts !== 1 || reusedSession !== false) return;
  report(
    ['client', 'retries'],
    'SCENARIO_RETRIES',
    'would try nothing again: attempts is 1 and reusedSession false',
    'Leave retries out, or raise attempts.',
  );
}
