/**
 * What a run needs before it begins: its directory, and where it has a sink of its own, that sink.
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { createRunDirectory, type RunPlace, removeEmptyRunDirectory } from '../result/run-directory.js';
import { createRunId } from '../result/run-id.js';
import type { Scenario } from '../scenario/scenario.js';
import type { BehaviourOptions } from '../sink/options.js';
import { type EmbeddedSink, startEmbeddedSink } from '../sink/process/embedded.js';

/** @throws EnvironmentError when the directory cannot be made */
export function makeRunPlace(out: string): RunPlace {
  const id = createRunId(Date.now(), () => randomInt(2 ** 32) / 2 ** 32);
  return { id, directory: createRunDirectory(out, id) };
}

/** null: the run has no sink of its own, or nobody asks what arrived there. */
export function ownReceiptsOf({ target, delivery }: Scenario, directory: string): string | null {
  const isOwn = delivery?.sink != null && (target.isEmbedded || delivery.sink.listen !== null);
  return isOwn ? join(directory, 'receipts.ndjson') : null;
}

/** Whether that sink can follow what the scenario names, before anything is started. Throws BehaviourError. */
export async function checkBehaviours(scenario: Scenario): Promise<void> {
  const options = behaviourOptionsOf(scenario);
  if (options === null) return;
  const { behavioursOf } = await import('../sink/judge-of.js');
  await behavioursOf(options);
}

/** The run's own sink: its target, where copies arrive, or both; null where it needs none. */
export async function startRunSink(
  scenario: Scenario,
  receipts: string | null,
  directory: string,
): Promise<EmbeddedSink | null> {
  const { target, delivery } = scenario;
  const listen = delivery?.sink?.listen ?? null;
  if (!target.isEmbedded && listen === null) return null;
  try {
    return await startEmbeddedSink({
      protocol: target.isEmbedded ? target.protocol : (delivery?.sink?.protocol ?? 'smtp'),
      allowPublic: target.authorized,
      ...(listen === null ? {} : listen),
      receipts: receipts === null ? null : { path: receipts, keepDir: null },
      auth: delivery?.sink?.auth ?? null,
      behaviours: behaviourOptionsOf(scenario),
    });
  } catch (error) {
    removeEmptyRunDirectory(directory);
    throw error;
  }
}

function behaviourOptionsOf({ delivery, seed }: Scenario): BehaviourOptions | null {
  const { behaviours = null, bounceTo = null } = delivery?.sink ?? {};
  return behaviours === null ? null : { ...behaviours, seed, bounceTo };
}
