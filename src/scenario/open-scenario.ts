/**
 * The scenario of a file or of a run, whether that is YAML or code: what every command calls that runs or checks one.
 */
import { isMap } from '../yaml/source-tree.js';
import { isCodePath, readCode } from './code-source.js';
import {
  type LoadedScenario,
  loadScenario,
  type ScenarioInput,
  type StoredScenario,
} from './load-scenario.js';
import { CODE_FUNCTIONS } from './scenario.js';

/** @throws ScenarioError with every problem there is; CodeError when a scenario module threw while it was imported */
export async function openScenario(input: Omit<ScenarioInput, 'code'>): Promise<LoadedScenario> {
  const { file, stored } = input;
  if (stored !== undefined) return openStored(stored, input);
  if (file === undefined || !isCodePath(file)) return loadScenario(input);
  return loadScenario({ ...input, code: await readCode(file) });
}

/** Functions come from the file once more, everything else is what it was. */
async function openStored(
  stored: StoredScenario,
  input: Omit<ScenarioInput, 'code'>,
): Promise<LoadedScenario> {
  const { code, ...words } = stored.words;
  if (!isMap(code)) return loadScenario(input);
  const data = Object.entries(words).filter(([key]) => !CODE_FUNCTIONS.some((name) => name === key));
  const { envelope } = words;
  const { each: _each, ...parameters } = isMap(envelope) ? envelope : {};
  return loadScenario({
    ...input,
    stored: { ...stored, words: Object.fromEntries([...data, ['envelope', parameters]]) },
    code: await readCode(String(code.path)),
  });
}
