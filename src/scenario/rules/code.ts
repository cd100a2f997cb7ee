/**
 * Rules about functions of scenario code and words that say the same, or that leave a function nothing to do.
 */
import type { KeyPath } from '../../yaml/key-path.js';
import type { CodeFile, CodeFunction } from '../scenario.js';
import type { Report } from './rule.js';

/** What each function takes the place of. */
const INSTEAD: Readonly<Partial<Record<CodeFunction, readonly KeyPath[]>>> = {
  message: [['messages'], ['dkim']],
  envelope: [
    ['envelope', 'from'],
    ['envelope', 'to'],
  ],
  pacing: [['client', 'thinkTime']],
};

/** `given`: what somebody wrote at a path, in the file or by a flag; undefined for nothing. */
export function codeProblems(code: CodeFile, given: (path: KeyPath) => unknown, report: Report): void {
  for (const [name, paths] of Object.entries(INSTEAD)) {
    const place = code.functions[name as CodeFunction];
    if (place === undefined) continue;
    for (const path of paths.filter((one) => given(one) !== undefined)) {
      report(
        path,
        'SCENARIO_CODE_BOTH',
        `has no effect beside the function ${name} at ${place}`,
        path[0] === 'dkim'
          ? 'Messages made by code are not signed; leave it out.'
          : 'Leave one of the two out.',
      );
    }
  }
  if (code.functions.pacing !== undefined) checkPacing(code.functions.pacing, given, report);
}

/** It is a thinkTime, so it cannot be where that cannot be. */
function checkPacing(place: string, given: (path: KeyPath) => unknown, report: Report): void {
  const refuse = (key: string, why: string) =>
    report(
      ['client', key],
      'SCENARIO_CODE_BOTH',
      `${why}, so the function pacing at ${place} has no effect`,
      'Leave one of the two out.',
    );
  if (given(['client', 'kind']) === 'nodemailer') refuse('kind', 'is nodemailer, whose pool knows no pauses');
  if (Number(given(['client', 'window'])) > 1) refuse('window', 'keeps several messages in flight');
  if (given(['client', 'messagesPerSession']) === 1)
    refuse('messagesPerSession', 'is 1, and pauses are between messages of a session');
}
