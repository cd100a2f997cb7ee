/**
 * The rules across keys, which a schema cannot say: each looks at words that are valid by themselves.
 *
 * Runs even when the schema found problems, over whatever is left. A rule whose keys are not all there says nothing.
 */
import type { Problem } from '../errors.js';
import type { PartlyWords, Report } from './rule.js';
import { loadProblems } from './rules-load.js';
import { mailProblems } from './rules-mail.js';
import { recipientProblems } from './rules-recipients.js';
import { targetProblems } from './rules-target.js';
import { thresholdProblems } from './rules-thresholds.js';
import { problemAt, type SourceTree } from './source-tree.js';

export function ruleProblems(tree: SourceTree, words: PartlyWords): readonly Problem[] {
  const problems: Problem[] = [];
  const report: Report = (path, code, message, hint) => {
    problems.push(problemAt(tree, path, { code, message, hint }));
  };
  targetProblems(words, report);
  mailProblems(words, report);
  recipientProblems(words, report);
  loadProblems(words, report);
  thresholdProblems(words, report);
  return problems;
}
