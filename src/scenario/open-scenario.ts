/**
 * The scenario of a file, whether that is YAML or code: what every command calls that runs or checks one.
 */
import { isCodePath, readCode } from './code-source.js';
import { type LoadedScenario, loadScenario, type ScenarioInput } from './load-scenario.js';

/** @throws ScenarioError with every problem there is; CodeError when a scenario module threw while it was imported */
export async function openScenario(input: Omit<ScenarioInput, 'code'>): Promise<LoadedScenario> {
  const { file } = input;
  if (file === undefined || !isCodePath(file)) return loadScenario(input);
  return loadScenario({ ...input, code: await readCode(file) });
}
