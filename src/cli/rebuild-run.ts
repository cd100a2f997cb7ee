/**
 * Rebuilds a run directory from its journal: result.json, delivery.json and everything rendered from them.
 */
import { type DeliveryDetails, writeDeliveryDetails } from '../result/delivery-details.js';
import { foldRunDirectory } from '../result/fold.js';
import type { Result } from '../result/result.js';
import { writeResult } from '../result/run-directory.js';
import { findRun } from './find-run.js';
import { renderFiles } from './render-files.js';
import { tell } from './terminal.js';

export interface RebuiltRun {
  readonly directory: string;
  readonly result: Result;
  readonly details: DeliveryDetails | null;
}

/** Tells warnings to stderr. @param dir as findRun takes it. @throws UsageError, EnvironmentError */
export async function rebuildRun(dir: string): Promise<RebuiltRun> {
  const directory = findRun(dir);
  const { result, deliveryDetails, warnings } = await foldRunDirectory(directory);
  for (const warning of warnings) tell(`warning: ${directory}: ${warning}\n`);
  writeResult(directory, result);
  if (deliveryDetails !== null) writeDeliveryDetails(directory, deliveryDetails);
  await renderFiles(directory, result);
  return { directory, result, details: deliveryDetails };
}
