/** Behaviours in tests: judges from YAML texts, events with defaults, problems of wrong texts. */
import assert from 'node:assert/strict';
import { BehaviourError, type Problem } from '#src/errors.js';
import type { Stamp } from '#src/message/stamp.js';
import type { AuthenticationProvider } from '#src/sink/authentication/results.js';
import type { Behaviours } from '#src/sink/behaviours/behaviour.js';
import { createJudge } from '#src/sink/behaviours/create-judge.js';
import { type BehavioursInput, loadBehaviours } from '#src/sink/behaviours/load-behaviours.js';
import { LocalState } from '#src/sink/behaviours/local-state.js';
import type { SinkEvent, Verb } from '#src/sink/event.js';
import type { Judge, Treatment } from '#src/sink/judge.js';
import type { SharedState } from '#src/sink/shared-state.js';

const BOUNCE_TO = 'smtp://127.0.0.1:2525';

export function load(text: string, around: Partial<BehavioursInput> = {}): Behaviours {
  return loadBehaviours({ text, path: 'b.yaml', seed: 7, bounceTo: BOUNCE_TO, ...around });
}

export interface JudgeAround {
  readonly state?: SharedState;
  readonly seed?: number;
  readonly authentication?: AuthenticationProvider;
}

export function judgeOf(text: string, around: JudgeAround = {}): Judge {
  const { state = new LocalState(), seed = 7, authentication = null } = around;
  const behaviours = load(text, { seed, hasAuthentication: authentication !== null });
  return createJudge({ ...behaviours, state, authentication });
}

/** One behaviour, as the rest of its list item: `{ when: …, reject: 550 }`. */
export function judgeOfOne(item: string, around: JudgeAround = {}): Judge {
  return judgeOf(`behaviours:\n  - ${item}\n`, around);
}

export function eventOf(verb: Verb, fields: Partial<SinkEvent> = {}): SinkEvent {
  const isInTransaction = ['MAIL', 'RCPT', 'DATA', 'CONTENT'].includes(verb);
  return {
    verb,
    session: 's1',
    peer: '127.0.0.1',
    helo: 'client.example.test',
    isTls: false,
    user: '',
    from: isInTransaction ? 'from@sender.example.test' : null,
    recipients: verb === 'DATA' || verb === 'CONTENT' ? ['to@a.example.test'] : [],
    recipient: verb === 'RCPT' ? 'to@a.example.test' : null,
    argument: '',
    sizeBytes: 0,
    message: null,
    stamp: null,
    nowMs: 0,
    ...fields,
  };
}

export function contentOf(number: number, fields: Partial<SinkEvent> = {}): SinkEvent {
  return eventOf('CONTENT', { stamp: stampOf(number), ...fields });
}

export function stampOf(number: number): Stamp {
  return { run: 'run-1', number, isWarmup: false, sentAtUs: 0, bodyDigest: '0123456789abcdef' };
}

/** For judges that need not wait: fails when one does. */
export function judged(judge: Judge, event: SinkEvent): Treatment | null {
  const treatment = judge.judge(event);
  assert.ok(!(treatment instanceof Promise), 'decided at once');
  return treatment;
}

/** `550 5.1.1`, `drop`, `lose`…: the outcome in a word; '' for none. */
export function outcomeOf(treatment: Treatment | null): string {
  if (treatment === null) return '';
  const { reply, drop, isReset, fate } = treatment;
  const parts = [
    reply === null ? '' : `${reply.code} ${reply.enhanced}`.trim(),
    drop === null ? '' : `${isReset ? 'reset' : 'drop'} ${drop}`,
    fate?.kind ?? '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

export function problems(text: string, around: Partial<BehavioursInput> = {}): readonly Problem[] {
  try {
    load(text, around);
    return [];
  } catch (error) {
    if (error instanceof BehaviourError) return error.problems;
    throw error;
  }
}

/** `where path CODE` of each problem. */
export function places(text: string, around: Partial<BehavioursInput> = {}): readonly string[] {
  return problems(text, around).map(({ where, path, code }) => `${where} ${path} ${code}`);
}
