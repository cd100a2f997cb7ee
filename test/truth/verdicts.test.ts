/**
 * Verdicts on experiments that are simulated, so that the truth is known: how often they cry wolf, and how often they see a wolf.
 *
 * Seeds 1 to 400. A run's number is its variant's, times e to the power of a drift (AR(1) from run to run, ρ 0.9, σ 3 %) plus a noise of its
 * own (σ 2.5 %): what two servers on a shared machine look like. Ten rounds in an order of chance, four measures.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Measure, PRIMARIES, parseMeasure } from '#src/compare/measure.js';
import { type Answer, judge } from '#src/compare/verdict.js';
import { createDraws } from '#src/statistics/draws.js';
import { comparePairs, type Pair } from '#src/statistics/paired.js';

const ROUNDS = 10;
const EXPERIMENTS = 400;
const DRIFT = { sigma: 0.03, rho: 0.9 };
const NOISE = 0.025;
const MEASURES = PRIMARIES.map((name) => parseMeasure(name) as Measure);

/** Nearly normal: the sum of twelve draws. */
function normal(draw: () => number): number {
  return Array.from({ length: 12 }, draw).reduce((sum, one) => sum + one, -6);
}

/** Pairs of each of so many measures, which share the drift of the machine. */
function simulate(seed: number, change: number, measures: number): readonly (readonly Pair[])[] {
  const draw = createDraws(seed);
  const rounds: number[][][] = [];
  let drift = DRIFT.sigma * normal(draw);
  for (let round = 0; round < ROUNDS; round++) {
    const values: number[][] = [];
    for (const variant of draw() < 0.5 ? [0, 1] : [1, 0]) {
      drift = DRIFT.rho * drift + Math.sqrt(1 - DRIFT.rho ** 2) * DRIFT.sigma * normal(draw);
      const shift = variant === 1 ? Math.log1p(change) : 0;
      values[variant] = Array.from(
        { length: measures },
        () => 10 * Math.exp(drift + shift + NOISE * normal(draw)),
      );
    }
    rounds.push(values);
  }
  return Array.from({ length: measures }, (_, at) =>
    rounds.map(([base, value]) => ({ base: base![at]!, value: value![at]! })),
  );
}

function verdictsOf(seed: number, change: number, margin: number): readonly Answer[] {
  const pairs = simulate(seed, change, MEASURES.length);
  return judge(
    MEASURES.map((measure, at) =>
      // Of a share the differences count: as noisy as the others, around a failure rate of 1 %.
      measure.scale === 'ratio'
        ? { measure, margin, pairs: pairs[at]! }
        : {
            measure,
            margin: margin / 100,
            pairs: pairs[at]!.map(({ base, value }) => ({ base: base / 1000, value: value / 1000 })),
          },
    ),
  );
}

test('of 400 experiments with the same server twice, at most 6 % find a difference in any of four measures', () => {
  // Without a margin: whatever chance does not explain is a verdict.
  const wrong = seeds().filter((seed) =>
    verdictsOf(seed, 0, 0).some(({ verdict }) => verdict !== 'inconclusive'),
  );
  assert.ok(wrong.length <= 0.06 * EXPERIMENTS, `${wrong.length} of ${EXPERIMENTS}`);
  assert.ok(wrong.length >= 1, 'a test that never errs sees nothing either');
});

test('with the margins that are set without a word, hardly any does', () => {
  const wrong = seeds().filter((seed) =>
    verdictsOf(seed, 0, 0.05).some(({ verdict }) => verdict === 'better' || verdict === 'worse'),
  );
  assert.ok(wrong.length <= 0.01 * EXPERIMENTS, `${wrong.length} of ${EXPERIMENTS}`);
});

test('a change of 5 % is noticed as often as the research says, 95 %, one of 3 % in about half', () => {
  const seen = (change: number) =>
    seeds().filter((seed) => comparePairs(simulate(seed, change, 1)[0]!, 'ratio').p < 0.05).length /
    EXPERIMENTS;
  const [five, three] = [seen(0.05), seen(0.03)];
  assert.ok(Math.abs(five - 0.95) <= 0.05, `${five}`);
  assert.ok(Math.abs(three - 0.52) <= 0.08, `${three}`);
});

test('a change is put at its size, and its interval holds it 95 times in 100', () => {
  const estimates = seeds().map((seed) => comparePairs(simulate(seed, 0.05, 1)[0]!, 'ratio'));
  const held = estimates.filter(({ interval }) => interval!.low <= 0.05 && interval!.high >= 0.05).length;
  assert.ok(held / EXPERIMENTS > 0.93 && held / EXPERIMENTS < 0.99, `${held / EXPERIMENTS}`);
  const mean = estimates.reduce((sum, { change }) => sum + change, 0) / EXPERIMENTS;
  assert.ok(Math.abs(mean - 0.05) < 0.002, `${mean}`);
});

test('who is slower is worse, who is faster better, whichever way the measure counts', () => {
  const [median, , accepted] = [1, 2, 3, 4, 5].map((seed) => verdictsOf(seed, 0.2, 0.05)).at(0)!;
  assert.deepEqual([median?.verdict, accepted?.verdict], ['worse', 'better']);
  const [faster, , fewer] = verdictsOf(1, -0.2, 0.05);
  assert.deepEqual([faster?.verdict, fewer?.verdict], ['better', 'worse']);
});

function seeds(): readonly number[] {
  return Array.from({ length: EXPERIMENTS }, (_, i) => i + 1);
}
