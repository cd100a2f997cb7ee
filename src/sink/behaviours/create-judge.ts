/**
 * The judge of a list of behaviours.
 *
 * Every behaviour whose conditions hold adds its delay; the slowest of their reading rates and the first of each of
 * their socket faults count. The first that decides an outcome decides it; the outcomes of those after it are not
 * looked at. Pure but for the shared state: the same events get the same treatment, whatever the time of day.
 */
import { hash } from 'node:crypto';
import type { AuthenticationProvider, AuthenticationResults } from '../authentication/results.js';
import type { SinkEvent, Verb } from '../event.js';
import type { Judge, Treatment } from '../judge.js';
import type { SharedState } from '../shared-state.js';
import type { AuthenticationCondition, Behaviour, Behaviours } from './behaviour.js';
import { delayMs, isRandom } from './distribution.js';
import { draw, subjectOf } from './draw.js';
import { type Matcher, matcherOf } from './match.js';
import { decide } from './outcome.js';
import { andThen, type Soon } from './soon.js';
import { Verdict } from './verdict.js';

export interface JudgeOptions extends Behaviours {
  readonly state: SharedState;
  /** Without it, what behaviours say of authentication never holds (loadBehaviours refuses it in a user's file). */
  readonly authentication?: AuthenticationProvider | null;
}

export function createJudge(options: JudgeOptions): Judge {
  return new BehaviourJudge(options);
}

interface Rule {
  readonly behaviour: Behaviour;
  readonly matches: Matcher;
  /** Whether it has anything to say once another one has decided. */
  readonly addsUp: boolean;
}

/** One event under judgement. */
interface Case {
  readonly event: SinkEvent;
  readonly verdict: Verdict;
  authentication: Promise<AuthenticationResults> | null;
}

/** Longer than any sink is at work: its start is never forgotten. */
const FOREVER_MS = Number.MAX_SAFE_INTEGER;

class BehaviourJudge implements Judge {
  readonly usesSocketFaults: boolean;
  readonly #options: JudgeOptions;
  readonly #rules: ReadonlyMap<Verb, readonly Rule[]>;
  readonly #watchesStart: boolean;
  /** Of these behaviours: others that take their place begin anew. */
  readonly #startKey: string;
  #startMs: number | null = null;

  constructor(options: JudgeOptions) {
    const { behaviours } = options;
    this.#options = options;
    this.#rules = rulesByVerb(behaviours);
    this.usesSocketFaults = behaviours.some(
      ({ socket, readBytesPerSec }) => socket !== null || readBytesPerSec !== null,
    );
    this.#watchesStart = behaviours.some(({ conditions }) => hasTimes(conditions));
    this.#startKey = `start\n${hash('sha256', JSON.stringify(behaviours), 'hex')}`;
  }

  watches(verb: Verb): boolean {
    return this.#rules.has(verb) || (this.#watchesStart && verb === 'CONNECT');
  }

  judge(event: SinkEvent): Soon<Treatment | null> {
    const rules = this.#rules.get(event.verb) ?? [];
    const one: Case = { event, verdict: new Verdict(), authentication: null };
    if (!this.#watchesStart || this.#startMs !== null) return this.#walk(rules, 0, one);
    // In the state, so that all processes count from the same moment.
    return andThen(this.#options.state.firstSeen(this.#startKey, event.nowMs, FOREVER_MS), (startMs) => {
      this.#startMs = startMs;
      return this.#walk(rules, 0, one);
    });
  }

  /** Goes through the rules from `from` on; leaves the loop only where one has to wait. */
  #walk(rules: readonly Rule[], from: number, one: Case): Soon<Treatment | null> {
    for (let at = from; at < rules.length; at++) {
      const done = this.#consider(rules[at]!, one);
      if (done instanceof Promise) return done.then(() => this.#walk(rules, at + 1, one));
    }
    return one.verdict.treatment();
  }

  #consider(rule: Rule, one: Case): Soon<void> {
    const { behaviour, matches, addsUp } = rule;
    const { event, verdict } = one;
    if (verdict.isDecided && !addsUp) return;
    if (!matches(event) || !this.#isTime(behaviour, event.nowMs)) return;
    return andThen(this.#attemptOf(behaviour, event), (attempt) => {
      if (attempt === null) return;
      return andThen(this.#isAuthenticated(behaviour, one), (holds) => {
        if (holds) return this.#apply(behaviour, attempt, one);
      });
    });
  }

  #isTime({ conditions: { afterMs, untilMs } }: Behaviour, nowMs: number): boolean {
    const sinceMs = nowMs - (this.#startMs ?? nowMs);
    return (afterMs === null || sinceMs >= afterMs) && (untilMs === null || sinceMs < untilMs);
  }

  /** Which attempt this is, the first is 0; null: chance, or the number of times, decides against it. */
  #attemptOf(behaviour: Behaviour, event: SinkEvent): Soon<number | null> {
    const { name, conditions, delay } = behaviour;
    const { chance, times } = conditions;
    const isDrawnDelay = delay !== null && isRandom(delay);
    if (chance === null && times === null && !isDrawnDelay) return 0;
    const { drawn, key, isMessage } = subjectOf(event);
    const isHit = (attempt: number) =>
      chance === null || draw(this.#options.seed, name, { drawn, attempt })[0] < chance;
    // A message is asked about once, unless it was hit: then only those that were hit need be remembered.
    if (isMessage && !isHit(0)) return null;
    if (isMessage && chance === null && times === null) return 0;
    return andThen(this.#options.state.attempt(`attempt\n${name}\n${key}`), (attempt) => {
      if (times !== null && attempt >= times) return null;
      return isHit(attempt) ? attempt : null;
    });
  }

  #isAuthenticated({ conditions }: Behaviour, one: Case): Soon<boolean> {
    const wanted = conditions.authentication;
    if (wanted === null) return true;
    const { authentication } = this.#options;
    if (!authentication) return false;
    one.authentication ??= authentication(one.event);
    return one.authentication.then((results) => isAsWanted(results, wanted));
  }

  #apply(behaviour: Behaviour, attempt: number, { event, verdict }: Case): Soon<void> {
    const { name, delay, readBytesPerSec, socket } = behaviour;
    const { seed, state } = this.#options;
    if (delay !== null) {
      const { drawn } = subjectOf(event);
      const [, first, second] = isRandom(delay) ? draw(seed, name, { drawn, attempt }) : [0, 0, 0];
      verdict.wait(name, delayMs(delay, first, second));
    }
    if (readBytesPerSec !== null) verdict.readAt(name, readBytesPerSec);
    if (socket !== null) verdict.meddle(name, socket);
    if (verdict.isDecided) return;
    return andThen(decide(behaviour, event, state), (decision) => {
      if (decision !== null) verdict.decide(name, decision);
    });
  }
}

function rulesByVerb(behaviours: readonly Behaviour[]): ReadonlyMap<Verb, readonly Rule[]> {
  const byVerb = new Map<Verb, Rule[]>();
  for (const behaviour of behaviours) {
    const { delay, readBytesPerSec, socket, verbs } = behaviour;
    const addsUp = delay !== null || readBytesPerSec !== null || socket !== null;
    const rule = { behaviour, matches: matcherOf(behaviour.conditions), addsUp };
    for (const verb of verbs) byVerb.set(verb, [...(byVerb.get(verb) ?? []), rule]);
  }
  return byVerb;
}

function hasTimes({ afterMs, untilMs }: Behaviour['conditions']): boolean {
  return afterMs !== null || untilMs !== null;
}

function isAsWanted(results: AuthenticationResults, wanted: AuthenticationCondition): boolean {
  return (Object.keys(wanted) as (keyof AuthenticationResults)[]).every((method) => {
    const words: readonly string[] = wanted[method] ?? [];
    return words.includes(results[method]);
  });
}
