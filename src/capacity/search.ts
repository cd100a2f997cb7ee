/**
 * Search: the highest rate that a server sustains, by trials. Knows no clock, no run and no server: `trial` makes one, whatever that is.
 *
 * *Bracket*: up by half until a rate fails. *Narrow*: halve the bracket, on a logarithmic scale, by single short trials. *Confirm*: long trials
 * on the lower bound and then on the upper one, until those that passed lead by three, or those that failed by two; either bound may be refuted.
 * A pass at a higher rate counts for a lower one, and a fail at a lower rate for a higher one. What is confirmed, and close below what is
 * refuted, is the answer. Given the same outcomes it asks for the same trials, which is how it goes on after an end.
 *
 * Why not the best of three: docs/decisions/014.
 */
import type { Judgement } from './judge-trial.js';

export interface SearchOptions {
  /** Messages, or iterations, a second. */
  readonly startPerSec: number;
  /** 0.05: the upper bound at most 5 % above the lower one. */
  readonly precision: number;
  /** Of trials together; null: however long it takes. */
  readonly maxSeconds: number | null;
  /** Of a trial that narrows; others are longer or shorter in proportion. */
  readonly trialSeconds: number;
}

export type Purpose = 'bracket' | 'narrow' | 'confirm' | 'probe' | 'profile';

export interface TrialRequest {
  readonly purpose: Purpose;
  readonly ratePerSec: number;
  readonly seconds: number;
}

export interface TrialOutcome extends Judgement {
  /** With everything around it. */
  readonly tookSeconds: number;
}

/** null: somebody asked for an end. */
export type MakeTrial = (request: TrialRequest) => Promise<TrialOutcome | null>;

export type EndedBy =
  /** The answer is as precise as was asked for. */
  | 'precision'
  | 'time'
  /** The generator could not send more. */
  | 'generator'
  | 'not-recovered'
  /** Not even the lowest rate that is worth a try was sustained. */
  | 'nothing-sustained'
  | 'stopped';

export interface CapacityFound {
  /** Confirmed; null: no rate was. */
  readonly sustainedPerSec: number | null;
  /** The highest that passed and the lowest that failed, as far as it got; null: none did. */
  readonly bracketPerSec: readonly [low: number | null, high: number | null];
  /** What did not hold at the upper bound; null: nothing failed. */
  readonly bindingRule: string | null;
  readonly generatorLimited: boolean;
  readonly didNotRecover: boolean;
  /** A higher rate passed than one that failed, by more than noise explains. */
  readonly notMonotonic: boolean;
  readonly endedBy: EndedBy;
}

const BRACKET_FACTOR = 1.5;
/** After a lower bound that was refuted, and an upper one. */
const STEP = 1.1;
/** By how many trials those that passed must lead, and those that failed. */
const PASS_LEAD = 3;
const FAIL_LEAD = 2;
/** Then the nearer of the two decides. */
const MOST_VOTES = 9;
/** Of the precision, so that the answer is seldom further off than that. */
const WIDTH_SHARE = 0.7;
/** Below this share of the start, nothing is sustained. */
const FLOOR_SHARE = 0.001;
const PROBE_SHARE = 0.5;
const PROBES = 3;
export const PROFILE_SHARES = [0.8, 1, 1.2];

/** How long each trial is, in those of one that narrows. */
const LENGTHS: Readonly<Record<Purpose, number>> = {
  bracket: 2 / 3,
  narrow: 1,
  confirm: 4,
  profile: 4,
  probe: 1 / 3,
};

export async function searchCapacity(options: SearchOptions, trial: MakeTrial): Promise<CapacityFound> {
  const search = new Search(options, trial);
  return search.run();
}

interface Tried {
  readonly request: TrialRequest;
  readonly outcome: TrialOutcome;
}

type Vote = 'pass' | 'fail' | 'end';

class Search {
  readonly #options: SearchOptions;
  readonly #trial: MakeTrial;
  readonly #tried: Tried[] = [];
  #low = 0;
  #high = Number.POSITIVE_INFINITY;
  #isLowConfirmed = false;
  #endedBy: EndedBy = 'precision';
  #didNotRecover = false;

  constructor(options: SearchOptions, trial: MakeTrial) {
    this.#options = options;
    this.#trial = trial;
  }

  async run(): Promise<CapacityFound> {
    const isDone = (await this.#bracket()) && (await this.#narrow()) && (await this.#confirm());
    if (!isDone && this.#endedBy === 'generator') await this.#confirmLow();
    if (this.#isLowConfirmed && this.#endedBy !== 'stopped' && this.#endedBy !== 'not-recovered')
      await this.#profile();
    return this.#found();
  }

  async #bracket(): Promise<boolean> {
    const { startPerSec } = this.#options;
    for (let rate = startPerSec; ; ) {
      const vote = await this.#once('bracket', rate);
      if (vote === 'end') return false;
      if (vote === 'pass') this.#low = rate;
      else this.#high = rate;
      if (this.#low > 0 && Number.isFinite(this.#high)) return true;
      rate = rounded(vote === 'pass' ? rate * BRACKET_FACTOR : rate / BRACKET_FACTOR);
      if (rate < FLOOR_SHARE * startPerSec) return this.#end('nothing-sustained');
    }
  }

  async #narrow(): Promise<boolean> {
    const width = 1 + 3 * this.#options.precision;
    while (this.#high / this.#low > width) {
      const middle = rounded(Math.sqrt(this.#low * this.#high));
      const vote = await this.#once('narrow', middle);
      if (vote === 'end') return false;
      if (vote === 'pass') this.#low = middle;
      else this.#high = middle;
    }
    return true;
  }

  async #confirm(): Promise<boolean> {
    const { precision, startPerSec } = this.#options;
    const width = 1 + WIDTH_SHARE * precision;
    let isHighConfirmed = false;
    for (;;) {
      const isMiddle = this.#isLowConfirmed && isHighConfirmed;
      if (isMiddle && this.#high / this.#low <= width) return true;
      const rate = isMiddle
        ? rounded(Math.sqrt(this.#low * this.#high))
        : this.#isLowConfirmed
          ? this.#high
          : this.#low;
      const vote = await this.#vote(rate);
      if (vote === 'end') return false;
      if (vote === 'pass') {
        this.#isLowConfirmed = true;
        // An upper bound that was refuted.
        if (rate === this.#high) this.#high = rounded(rate * STEP);
        this.#low = rate;
      } else {
        isHighConfirmed = true;
        if (rate === this.#low) this.#low = rounded(rate / STEP);
        this.#high = rate;
        if (this.#low < FLOOR_SHARE * startPerSec) return this.#end('nothing-sustained');
      }
    }
  }

  /** What the generator can send is sustained, if it is: the answer is "at least". */
  async #confirmLow(): Promise<void> {
    if (this.#low === 0 || this.#isLowConfirmed) return;
    const vote = await this.#vote(this.#low);
    if (vote === 'pass') [this.#isLowConfirmed, this.#endedBy] = [true, 'generator'];
  }

  async #profile(): Promise<void> {
    for (const share of PROFILE_SHARES) {
      const request = this.#request('profile', rounded(this.#low * share));
      const outcome = this.#isInTime(request) ? await this.#make(request) : null;
      if (outcome === null) return;
    }
  }

  async #vote(ratePerSec: number): Promise<Vote> {
    for (let made = 0; ; made++) {
      const lead = this.#leadAt(ratePerSec);
      if (lead >= PASS_LEAD) return 'pass';
      if (lead <= -FAIL_LEAD) return 'fail';
      if (made === MOST_VOTES) return lead > 0 ? 'pass' : 'fail';
      if ((await this.#once('confirm', ratePerSec)) === 'end') return 'end';
    }
  }

  /** Long trials that say this rate is sustained, less those that say it is not. */
  #leadAt(ratePerSec: number): number {
    const long = this.#tried.filter(({ request }) => request.purpose === 'confirm');
    const passed = long.filter(
      (one) => one.outcome.verdict === 'pass' && one.request.ratePerSec >= ratePerSec,
    );
    const failed = long.filter(
      (one) => one.outcome.verdict === 'fail' && one.request.ratePerSec <= ratePerSec,
    );
    return passed.length - failed.length;
  }

  /** One that counts: a generator that was the bottleneck gets a second chance. After a fail the server must have recovered. */
  async #once(purpose: Purpose, ratePerSec: number): Promise<Vote> {
    const request = this.#request(purpose, ratePerSec);
    for (let attempt = 0; attempt < 2; attempt++) {
      if (!this.#isInTime(request)) return this.#ended('time');
      const outcome = await this.#make(request);
      if (outcome === null) return this.#ended('stopped');
      if (outcome.verdict === 'pass') return 'pass';
      if (outcome.verdict === 'fail') return (await this.#hasRecovered(ratePerSec)) ? 'fail' : 'end';
    }
    return this.#ended('generator');
  }

  async #hasRecovered(failedPerSec: number): Promise<boolean> {
    // Below a rate that was never sustained a probe would say nothing.
    if (this.#low === 0) return true;
    const request = this.#request('probe', rounded(PROBE_SHARE * Math.min(this.#low, failedPerSec)));
    for (let attempt = 0; attempt < PROBES; attempt++) {
      const outcome = await this.#make(request);
      if (outcome === null) return this.#end('stopped');
      if (outcome.verdict !== 'fail') return true;
    }
    this.#didNotRecover = true;
    return this.#end('not-recovered');
  }

  async #make(request: TrialRequest): Promise<TrialOutcome | null> {
    const outcome = await this.#trial(request);
    if (outcome !== null) this.#tried.push({ request, outcome });
    return outcome;
  }

  #request(purpose: Purpose, ratePerSec: number): TrialRequest {
    const seconds = Math.max(1, Math.round(LENGTHS[purpose] * this.#options.trialSeconds));
    return { purpose, ratePerSec, seconds };
  }

  #isInTime({ seconds }: TrialRequest): boolean {
    const { maxSeconds } = this.#options;
    const took = this.#tried.reduce((sum, { outcome }) => sum + outcome.tookSeconds, 0);
    return maxSeconds === null || took + seconds <= maxSeconds;
  }

  #end(reason: EndedBy): false {
    this.#endedBy = reason;
    return false;
  }

  #ended(reason: EndedBy): 'end' {
    this.#endedBy = reason;
    return 'end';
  }

  #found(): CapacityFound {
    const high = Number.isFinite(this.#high) ? this.#high : null;
    return {
      sustainedPerSec: this.#isLowConfirmed ? this.#low : null,
      bracketPerSec: [this.#low === 0 ? null : this.#low, high],
      bindingRule: this.#bindingRule(high),
      generatorLimited: this.#endedBy === 'generator',
      didNotRecover: this.#didNotRecover,
      notMonotonic: this.#isNotMonotonic(),
      endedBy: this.#endedBy,
    };
  }

  /** The rule that most trials at the upper bound broke first. */
  #bindingRule(high: number | null): string | null {
    const rules = new Map<string, number>();
    for (const { request, outcome } of this.#tried) {
      if (request.ratePerSec !== high || outcome.verdict !== 'fail') continue;
      const rule = outcome.reasons[0]?.rule ?? '';
      rules.set(rule, (rules.get(rule) ?? 0) + 1);
    }
    return [...rules].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
  }

  #isNotMonotonic(): boolean {
    const counted = this.#tried.filter(({ request }) => request.purpose !== 'probe');
    const rates = (verdict: string) =>
      counted.filter(({ outcome }) => outcome.verdict === verdict).map(({ request }) => request.ratePerSec);
    return Math.max(...rates('pass')) > Math.min(...rates('fail')) * (1 + 3 * this.#options.precision);
  }
}

/** As people say it: four digits. */
function rounded(rate: number): number {
  return Number(rate.toPrecision(4));
}
