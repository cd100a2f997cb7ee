/**
 * Renders everything in a run directory that is made from its result: report.html, summary.md, junit.xml and
 * histograms.hlog. The same for a run that has just ended and for one from last year.
 */
import { join } from 'node:path';
import { renderHtml } from '../report/html.js';
import { renderJunit } from '../report/junit.js';
import { renderMarkdown } from '../report/markdown.js';
import { loadPageAssets } from '../report/page-assets.js';
import { writeAtomically } from '../result/atomic-file.js';
import { readDeliveryDetails } from '../result/delivery-details.js';
import { writeHistogramLog } from '../result/hlog.js';
import type { Result } from '../result/result.js';
import { RUN_FILES } from '../result/run-directory.js';

/** @throws EnvironmentError when a file cannot be written */
export async function renderFiles(directory: string, result: Result): Promise<void> {
  const details = readDeliveryDetails(directory);
  writeAtomically(join(directory, RUN_FILES.summary), renderMarkdown(result, details));
  writeAtomically(join(directory, RUN_FILES.junit), renderJunit(result));
  writeAtomically(join(directory, RUN_FILES.report), renderHtml(result, loadPageAssets(), details));
  await writeHistogramLog(directory);
}
