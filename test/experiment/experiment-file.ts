/** Experiment files in tests: through real files, because openExperiment reads them. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Problem, ScenarioError } from '#src/errors.js';
import type { Experiment } from '#src/experiment/experiment.js';
import { type ExperimentInput, openExperiment } from '#src/experiment/open-experiment.js';
import { temporaryDir } from '#test/tmp.js';

export interface Around {
  readonly flags?: ExperimentInput['flags'];
  readonly isAgainstItself?: boolean;
  /** Files beside it, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function experimentOf(
  t: Pick<TestContext, 'after'>,
  text: string,
  { flags = {}, isAgainstItself = false, files = {} }: Around = {},
): Promise<Experiment> {
  const folder = await temporaryDir(t);
  for (const [name, content] of Object.entries({ ...files, 'e.yaml': text }))
    writeFileSync(join(folder, name), content);
  return openExperiment({
    file: join(folder, 'e.yaml'),
    env: {},
    drawSeed: () => 99,
    flags,
    isAgainstItself,
  });
}

/** What is wrong with it; files without their folder. */
export async function mistakesOf(
  t: Pick<TestContext, 'after'>,
  text: string,
  around?: Around,
): Promise<readonly string[]> {
  try {
    await experimentOf(t, text, around);
  } catch (error) {
    assert.ok(error instanceof ScenarioError, String(error));
    return error.problems.map(
      ({ where, path, message }: Problem) => `${where.replace(/^.*\//, '')} ${path}: ${message}`,
    );
  }
  return [];
}
