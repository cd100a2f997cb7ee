/** Wording: the words and numbers of a capacity, the same in every rendering. Pure. */
import type { Capacity, Measured } from '../../result/capacity.js';
import { count, duration, NOTHING, percent, perSecond, plain } from '../format.js';
import type { Plan } from './plan.js';

/** `724/s`. */
export function rateText(perSec: number | null): string {
  return perSec === null ? NOTHING : `${plain(perSec, 4)}/s`;
}

/** `80%`. */
export function shareText(share: number): string {
  return `${plain(share * 100)}%`;
}

/** One sentence on all of it. */
export function capacityHeadline(capacity: Capacity): string {
  if (capacity.by === 'vus') return scalingHeadline(capacity);
  const { sustainedPerSec, bracketPerSec, generatorLimited } = capacity;
  const [low, high] = bracketPerSec;
  if (sustainedPerSec !== null) {
    if (generatorLimited)
      return `Sustains at least ${rateText(sustainedPerSec)}: this machine could not send more.`;
    const refuted = high === null ? '' : `, and not ${rateText(high)}`;
    return `Sustains ${rateText(sustainedPerSec)}${refuted}.`;
  }
  if (capacity.endedBy === 'nothing-sustained') return 'No rate was sustained that is worth a try.';
  if (low === null) return 'No rate was found that is sustained.';
  const above = high === null ? '' : `, failed at ${rateText(high)}`;
  return `Not confirmed: passed at ${rateText(low)}${above}.`;
}

function scalingHeadline({ concurrency }: Capacity): string {
  const best = [...(concurrency?.levels ?? [])].sort(
    (a, b) => (b.acceptedPerSec ?? 0) - (a.acceptedPerSec ?? 0),
  )[0];
  if (best === undefined) return 'Nothing was measured.';
  return `Most was accepted with ${best.vus} VUs: ${perSecond(best.acceptedPerSec)}.`;
}

/** Why it is not more, and what to know about it. */
export function capacityRemarks(capacity: Capacity): readonly string[] {
  const { bindingRule, endedBy, didNotRecover, notMonotonic, warnings } = capacity;
  const remarks = [
    bindingRule === null ? '' : `What did not hold above: ${ruleText(bindingRule)}.`,
    ENDS[endedBy] ?? '',
    didNotRecover
      ? 'After a rate that was too much the server did not recover: it failed at half of what it had sustained.'
      : '',
    notMonotonic
      ? 'Not monotonic: a higher rate passed where a lower one had failed, by more than noise explains.'
      : '',
    ...warnings,
  ];
  return remarks.filter((remark) => remark !== '');
}

const ENDS: Readonly<Partial<Record<Capacity['endedBy'], string>>> = {
  time: 'It ended because its time was over (--max-time): the bracket is wider than was asked for.',
  generator: 'It ended at what the generator can send: use more workers, or another machine, to see more.',
  'not-recovered': 'It ended there: what follows would have measured the damage.',
  stopped: 'It was ended before it was done; --resume goes on.',
};

/** A rule in the words of people. */
export function ruleText(rule: string): string {
  return RULES[rule] ?? rule;
}

const RULES: Readonly<Record<string, string>> = {
  sent: '99 % of what was due is begun',
  open: 'what was begun and not ended does not grow',
  backlog: 'what was accepted and not delivered does not grow',
  drained: 'the queue gets empty afterwards',
  accepted: 'something is accepted',
};

export const RULE_NAMES = ['sent', 'open', 'backlog', 'drained'] as const;

/** accepted/s, median, p(99), failed: as a row shows them. */
export function measuredTexts({ acceptedPerSec, medianMs, p99Ms, failedShare }: Measured): readonly string[] {
  return [perSecond(acceptedPerSec), duration(medianMs), duration(p99Ms), percent(failedShare)];
}

export const MEASURED_HEADINGS = ['accepted', 'p50', 'p99', 'failed'] as const;

/** The arithmetic, a step a line. */
export function planSteps(plan: Plan, messagesPerSec: number): readonly string[] {
  const { messagesPerDay, peakFactor, headroom, averagePerSec, peakPerSec, usablePerSec, servers } = plan;
  return [
    `${count(messagesPerDay)} messages a day / 86,400 s = ${rateText(averagePerSec)} on average`,
    `× peak factor ${plain(peakFactor)} = ${rateText(peakPerSec)} in the busiest second`,
    `${rateText(messagesPerSec)} sustained × (1 − ${shareText(headroom)} headroom) = ${rateText(usablePerSec)} for one server`,
    `${rateText(peakPerSec)} / ${rateText(usablePerSec)} = ${plain(peakPerSec / usablePerSec)}, so ${count(servers)} ${servers === 1 ? 'server' : 'servers'}`,
  ];
}
