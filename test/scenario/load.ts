/** Loads scenario texts in tests: through a real file, because loadScenario reads one. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Problem, ScenarioError } from '#src/errors.js';
import { type LoadedScenario, loadScenario } from '#src/scenario/load-scenario.js';
import type { Override, ScenarioFlags } from '#src/scenario/overrides.js';
import type { Environment } from '#src/yaml/references.js';

export interface Around {
  readonly flags?: ScenarioFlags;
  readonly env?: Environment;
  /** Put over the text. */
  readonly over?: readonly Override[];
  /** Files beside the scenario, by name. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
}

const SEED = 42;

/** The scenario of a text; without a text that of no file. */
export function load(text: string | Buffer | null, around: Around = {}): LoadedScenario {
  const { flags = {}, env = {}, files = {}, over } = around;
  const input = { flags, env, over, drawSeed: () => SEED };
  if (text === null) return loadScenario(input);
  const folder = mkdtempSync(join(tmpdir(), 'mailbench-scenario-'));
  try {
    for (const [name, content] of Object.entries({ ...files, 's.yaml': text })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    return loadScenario({ ...input, file: join(folder, 's.yaml') });
  } catch (error) {
    throw withoutFolder(error, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The problems of a text, with `s.yaml` as the name of its file; empty when it loads. */
export function problems(text: string | Buffer | null, around: Around = {}): readonly Problem[] {
  try {
    load(text, around);
    return [];
  } catch (error) {
    if (error instanceof ScenarioError) return error.problems;
    throw error;
  }
}

/** `where path CODE` of each problem. */
export function places(text: string | Buffer | null, around: Around = {}): readonly string[] {
  return problems(text, around).map(({ where, path, code }) => `${where} ${path} ${code}`);
}

/** The one problem of a text. */
export function problem(text: string | Buffer | null, around: Around = {}): Problem {
  const [first, ...more] = problems(text, around);
  if (first === undefined || more.length > 0) {
    throw new Error(
      `expected one problem, found ${JSON.stringify(first === undefined ? [] : [first, ...more])}`,
    );
  }
  return first;
}

/** Pairs of a text that has exactly this problem and the least change that has none. */
export function assertRules(
  cases: readonly (readonly [code: string, path: string, wrong: string, right: string])[],
): void {
  for (const [code, path, wrong, right] of cases) {
    const found = problem(wrong);
    assert.deepEqual([found.code, found.path], [code, path], wrong);
    assert.ok(found.hint !== undefined || /must|is \d/.test(found.message), `${wrong} says what to do`);
    assert.deepEqual(places(right), [], right);
  }
}

function withoutFolder(error: unknown, folder: string): unknown {
  if (!(error instanceof ScenarioError)) return error;
  const strip = (text: string) => text.replaceAll(`${folder}/`, '');
  return new ScenarioError(
    error.problems.map((one) => ({ ...one, where: strip(one.where), message: strip(one.message) })),
  );
}
