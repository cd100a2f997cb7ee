/**
 * rerun.json: what a run was made of beyond what its journal says, so that it can be made again.
 *
 * The words of the scenario, the seed and the number of workers stand in the journal; here is where its files lie, and what they
 * were. Holds no secret, and no digest of a file that holds some.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.js';
import { writeAtomically } from './atomic-file.js';
import { parseStrictly } from './read-strictly.js';
import { RUN_FILES } from './run-directory.js';

const rerunSchema = z.strictObject({
  v: z.literal(1),
  /** The run that this one repeats; null for a run of its own. */
  of: z.string().nullable(),
  /** Absolute path of the scenario file; null where flags made the scenario. */
  file: z.string().nullable(),
  /** What the paths of the scenario are relative to; absolute. */
  folder: z.string(),
  logMessages: z.enum(['notable', 'all']),
  /** Paths of references that came to a number, a boolean or null. */
  typed: z.array(z.string()),
  /** What was read on the way, by absolute path. */
  files: z.array(z.strictObject({ path: z.string(), sha256: z.string() })),
  /** Corpora, whose content was not read here: a digest of the names and sizes in them. */
  corpora: z.array(z.strictObject({ path: z.string(), listing: z.string() })),
});

export type RerunFile = z.infer<typeof rerunSchema>;

/** @throws EnvironmentError */
export function writeRerunFile(runDirectory: string, rerun: RerunFile): void {
  writeAtomically(join(runDirectory, RUN_FILES.rerun), `${JSON.stringify(rerun, null, 2)}\n`);
}

/** @throws UsageError when there is none, or it was changed */
export function readRerunFile(runDirectory: string): RerunFile {
  const parsed = parseStrictly(join(runDirectory, RUN_FILES.rerun), rerunSchema);
  if ('value' in parsed) return parsed.value;
  throw new UsageError('RERUN_FILE_UNREADABLE', parsed.problem, {
    hint: 'Without it a run cannot be repeated; runs of an older mailbench have none. Run the scenario file.',
  });
}
