/** Step summary: what GitHub Actions shows of a job, where it runs there. */
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { writeError } from '../result/file-error.js';

/** @throws EnvironmentError when it cannot be written */
export function appendStepSummary(markdown: string): void {
  const { GITHUB_STEP_SUMMARY: path = '' } = process.env;
  if (path === '') return;
  try {
    appendFileSync(path, markdown);
  } catch (error) {
    throw writeError(error, path);
  }
}
