/**
 * The rules across keys, which a schema cannot say: each looks at words that are valid by themselves.
 *
 * Runs even when the schema found problems, over whatever is left. A rule whose keys are not all there says nothing.
 */
import type { Problem } from '../../errors.js';
import type { KeyPath } from '../../yaml/key-path.js';
import { problemAt, type SourceTree } from '../../yaml/source-tree.js';
import type { ScenarioProblemCode } from '../problem-codes.js';
import { clientProblems } from './client.js';
import { deliveryProblems } from './delivery.js';
import { loadProblems } from './load.js';
import { mailProblems } from './mail.js';
import { parameterProblems } from './parameters.js';
import { recipientProblems } from './recipients.js';
import type { PartlyWords, Report } from './rule.js';
import { targetProblems } from './target.js';
import { thresholdProblems } from './thresholds.js';

/** `invalid`: the paths of values that were taken out because they are wrong by themselves. */
export function ruleProblems(
  tree: SourceTree,
  words: PartlyWords,
  invalid: readonly KeyPath[],
): readonly Problem[] {
  const problems: Problem[] = [];
  const report = reporter(tree, invalid, problems);
  targetProblems(words, report);
  clientProblems(words, report);
  mailProblems(words, report);
  recipientProblems(words, report);
  parameterProblems(words, report);
  loadProblems(words, report);
  thresholdProblems(words, report);
  deliveryProblems(words, report);
  return problems;
}

/** A report that adds to `problems`. */
export function reporter(tree: SourceTree, invalid: readonly KeyPath[], problems: Problem[]): Report {
  const add = (path: KeyPath, code: ScenarioProblemCode, message: string, hint?: string) => {
    problems.push(problemAt(tree, path, { code, message, hint }));
  };
  const report: Report = Object.assign(add, {
    restingOn: (...paths: readonly KeyPath[]) =>
      paths.some((path) => isInvalid(path, invalid)) ? silent : report,
  });
  return report;
}

const silent: Report = Object.assign(() => {}, { restingOn: () => silent });

/** A value is as bad as anything in it or around it. */
function isInvalid(path: KeyPath, invalid: readonly KeyPath[]): boolean {
  return invalid.some((other) => {
    const length = Math.min(path.length, other.length);
    return path.slice(0, length).every((step, at) => step === other[at]);
  });
}
