/**
 * Judge a trial: whether a server sustained a rate. Pure.
 *
 * A server that merely takes mail in and puts it aside keeps every latency while it drowns; so what is left undone must not grow either. And a
 * generator that could not keep up says nothing about the server.
 */
import { growthOf } from '../statistics/growth.js';
import type { Observation } from './observation.js';

export interface Judgement {
  /** `void`: the generator was the bottleneck. */
  readonly verdict: 'pass' | 'fail' | 'void';
  /** What did not hold, or made it void; empty for a pass. The first is what binds. */
  readonly reasons: readonly Reason[];
}

export interface Reason {
  /** `smtp_message_duration p(99)<250`, `sent`, `open`, `backlog`, `drained`, `accepted`. */
  readonly rule: string;
  readonly text: string;
}

/** Of what was due must have been started. */
const LEAST_SENT = 0.99;
/** Of what was due in a second may be left over: less is noise, or no matter. */
const GROWTH_SHARE = 0.01;
const GROWTH_LEVEL = 0.01;

export function judgeTrial(seen: Observation, ratePerSec: number): Judgement {
  if (seen.sick !== null) return { verdict: 'void', reasons: [{ rule: 'generator', text: seen.sick }] };
  const reasons = [
    ...brokenThresholds(seen),
    ...notSent(seen),
    ...growing(seen, ratePerSec),
    ...notDrained(seen),
  ];
  return { verdict: reasons.length === 0 ? 'pass' : 'fail', reasons };
}

function brokenThresholds({ thresholds }: Observation): readonly Reason[] {
  return thresholds
    .filter(({ ok }) => !ok)
    .map(({ rule, value }) => ({
      rule,
      text: `${rule}${value === null ? '' : ` (was ${Number(value.toPrecision(4))})`}`,
    }));
}

function notSent({ scheduled, started, accepted }: Observation): readonly Reason[] {
  if (accepted === 0) return [{ rule: 'accepted', text: 'nothing was accepted' }];
  if (started >= LEAST_SENT * scheduled) return [];
  const share = ((100 * started) / scheduled).toFixed(1);
  return [{ rule: 'sent', text: `${share} % of what was due was begun: no VU was free` }];
}

function growing({ outstanding, backlog }: Observation, ratePerSec: number): readonly Reason[] {
  const found: Reason[] = [];
  const look = (rule: string, what: string, values: readonly number[]): void => {
    const { slope, p } = growthOf(values);
    if (p > GROWTH_LEVEL || slope <= GROWTH_SHARE * ratePerSec) return;
    found.push({ rule, text: `${what} grew by ${Number(slope.toPrecision(3))} a second` });
  };
  look('open', 'what was begun and not ended', outstanding);
  look('backlog', 'what was accepted and not delivered', backlog ?? []);
  return found;
}

function notDrained({ notDrained: text }: Observation): readonly Reason[] {
  return text === null ? [] : [{ rule: 'drained', text }];
}
