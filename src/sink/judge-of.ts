/**
 * From the options of behaviours to their judge, with everything this sink has: profiles, authentication, memory.
 *
 * The code that reads behaviours is loaded when there are any: it takes twice as long as the rest of a sink.
 */
import type { Judge } from './judge.js';
import type { BehaviourOptions } from './options.js';
import type { SharedState } from './shared-state.js';

/** null for none. Throws BehaviourError. */
export async function judgeOf(options: BehaviourOptions | null, state: SharedState): Promise<Judge | null> {
  if (options === null) return null;
  const [{ createJudge }, { loadBehaviours }] = await Promise.all([
    import('./behaviours/create-judge.js'),
    import('./behaviours/load-behaviours.js'),
  ]);
  return createJudge({ ...loadBehaviours(options), state });
}
