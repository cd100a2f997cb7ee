/**
 * The scenario's code for whoever calls it: the shards, and the run that asks again who should have got what.
 */
import type { CodeRun } from '../code/code-run.js';
import type { Scenario } from '../scenario/scenario.js';
import { createDraw } from './random.js';
import { ENVELOPE_DRAWS } from './recipients-of.js';

/** `data`: what its setup returned. null: the scenario has no code. @throws CodeError */
export async function openScenarioCode(scenario: Scenario, data: unknown): Promise<CodeRun | null> {
  const { code, seed, scenarios, target } = scenario;
  if (code === null) return null;
  // Loaded only where it is wanted: it costs a worker some time to start.
  const { openCode } = await import('../code/code-run.js');
  return openCode({
    code,
    draw: createDraw(seed, ENVELOPE_DRAWS),
    scenarios: Object.keys(scenarios),
    data,
    isAuthorized: target.authorized,
  });
}
