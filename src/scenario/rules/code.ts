/**
 * Rules about functions of scenario code and words that say the same: one of the two decides.
 */
import type { KeyPath } from '../../yaml/key-path.js';
import type { CodeFile, CodeFunction } from '../scenario.js';
import type { Report } from './rule.js';

/** What each function takes the place of, or cannot do. */
const INSTEAD: Readonly<Partial<Record<CodeFunction, readonly KeyPath[]>>> = {
  message: [['messages'], ['dkim']],
  envelope: [
    ['envelope', 'from'],
    ['envelope', 'to'],
  ],
  pacing: [['client', 'thinkTime']],
};

/** `isGiven`: whether somebody wrote a value there, the file or a flag. */
export function codeProblems(code: CodeFile, isGiven: (path: KeyPath) => boolean, report: Report): void {
  for (const [name, paths] of Object.entries(INSTEAD)) {
    const place = code.functions[name as CodeFunction];
    if (place === undefined) continue;
    for (const path of paths.filter(isGiven)) {
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
}
