/**
 * From the options of behaviours to their judge, with everything this sink has: profiles, authentication, memory.
 *
 * The code that reads behaviours is loaded when there are any: it takes twice as long as the rest of a sink.
 */

import type { NameSource } from './authentication/names.js';
import type { AuthenticationProvider } from './authentication/results.js';
import type { Behaviours } from './behaviours/behaviour.js';
import { MACHINE_CLOCK } from './clock.js';
import type { Judge } from './judge.js';
import type { BehaviourOptions } from './options.js';
import type { SharedState } from './shared-state.js';

/** null for none. Throws BehaviourError. */
export async function judgeOf(options: BehaviourOptions | null, state: SharedState): Promise<Judge | null> {
  if (options === null) return null;
  const { createJudge } = await import('./behaviours/create-judge.js');
  const behaviours = await behavioursOf(options);
  return createJudge({ ...behaviours, state, authentication: await authenticationOf(behaviours.names) });
}

/** As a sink would follow them. Throws BehaviourError. */
export async function behavioursOf(options: BehaviourOptions): Promise<Behaviours> {
  const [{ loadBehaviours }, { PROFILES }] = await Promise.all([
    import('./behaviours/load-behaviours.js'),
    import('./profiles/profiles.js'),
  ]);
  return loadBehaviours({ ...options, profiles: PROFILES });
}

/** null where names are looked up nowhere. */
async function authenticationOf(names: NameSource): Promise<AuthenticationProvider | null> {
  if (names.dns === null && names.zone === null) return null;
  const { createAuthentication } = await import('./authentication/authentication.js');
  return createAuthentication(names, () => MACHINE_CLOCK.nowMs());
}
