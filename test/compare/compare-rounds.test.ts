import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compareRounds, type Round } from '#src/compare/compare-rounds.js';
import { compareRuns, defaultMarginOf, defaultPrimaries, makeComparison } from '#src/compare/comparison.js';
import { differencesOf, unlikenessOf } from '#src/compare/differences.js';
import { comparisonSchema } from '#src/result/comparison.js';
import type { Result } from '#src/result/result.js';
import { resultOf } from './sample-results.js';

const OPTIONS = {
  variants: ['a', 'b'],
  primaries: defaultPrimaries(),
  marginOf: defaultMarginOf,
  isPaired: true,
};

/** Ten rounds in which b takes twice as long, but for what `change` says. */
function tenRounds(change: (round: number) => Partial<Round> = () => ({})): Round[] {
  return Array.from({ length: 10 }, (_, i) => ({
    a: resultOf({ medianMs: 10 + i / 10, p99Ms: 40 + i }),
    b: resultOf({ medianMs: 20 + i / 5, p99Ms: 41 + i }),
    ...change(i),
  })) as Round[];
}

describe('rounds that are compared', () => {
  test('give a row for each primary, with medians, change, points and verdict', () => {
    const { rows } = compareRounds(tenRounds(), OPTIONS);
    const [median, , accepted] = rows;
    assert.equal(rows.length, 4);
    assert.equal(median?.metric, 'smtp_message_duration med');
    assert.equal(median.verdict, 'worse');
    assert.ok(Math.abs(median.base! - 10.45) < 1e-9 && Math.abs(median.value! - 20.9) < 1e-9);
    assert.ok(Math.abs(median.changePct! - 100) < 1e-6);
    assert.deepEqual(median.points[2], { round: 3, base: 10.2, value: 20.4 });
    assert.equal(median.pairs, 10);
    assert.equal(median.marginPct, 5);
    assert.equal(accepted?.verdict, 'same');
  });

  test('that were not made side by side give no verdict', () => {
    const { rows, further } = compareRounds(tenRounds(), { ...OPTIONS, isPaired: false });
    assert.deepEqual(
      [...rows, ...further].flatMap(({ verdict, pHolm }) => [verdict, pHolm]).filter((one) => one !== null),
      [],
    );
    assert.ok(rows[0]?.changePct !== null);
  });

  test('leave out those without samples, and say so', () => {
    const empty = { ...resultOf(), metrics: {} };
    const { rows } = compareRounds(
      tenRounds((round) => (round === 4 ? { b: empty } : {})),
      OPTIONS,
    );
    assert.equal(rows[0]?.pairs, 9);
    assert.equal(rows[0]?.note, 'no samples in 1 of 10 rounds');
    assert.equal(rows[0]?.points[4]?.value, null);
  });

  test('say so where a quantile rests on few samples', () => {
    const few = resultOf();
    few.metrics.smtp_message_duration!.n = 300;
    const { rows } = compareRounds(
      tenRounds((round) => (round === 0 ? { a: few } : {})),
      OPTIONS,
    );
    assert.match(rows[1]?.note ?? '', /few samples, n=300/);
    assert.equal(rows[0]?.note, '');
  });

  test('of several variants compare each with the first, and adjust for all', () => {
    const rounds = tenRounds().map((round) => ({ ...round, c: round.a! }));
    const { rows } = compareRounds(rounds, { ...OPTIONS, variants: ['a', 'b', 'c'] });
    assert.deepEqual(
      rows.slice(0, 2).map(({ variant, verdict }) => [variant, verdict]),
      [
        ['b', 'worse'],
        ['c', 'same'],
      ],
    );
    const alone = compareRounds(tenRounds(), OPTIONS).rows[0]!.pHolm!;
    assert.ok(rows[0]!.pHolm! > alone);
  });
});

describe('a comparison', () => {
  test('keeps its schema, with rounds and with single runs', () => {
    const runs = [{ round: 1, variant: 'a', run: 'runs/a' }];
    const around = { name: 'n', at: '2026-11-23T10:00:00.000Z', mailbench: '1.0.0', runs };
    const whole = makeComparison(tenRounds(), { ...OPTIONS, ...around, seed: 7, void: [] });
    assert.deepEqual(comparisonSchema.parse(structuredClone(whole)), whole);
    assert.equal(whole.exploratory, false);
    const single = compareRuns({ old: resultOf(), new: resultOf({ medianMs: 30 }) }, around);
    assert.deepEqual(comparisonSchema.parse(structuredClone(single)), single);
    assert.equal(single.exploratory, true);
    assert.deepEqual(
      single.rows.map(({ verdict }) => verdict),
      [null, null, null, null],
    );
    assert.equal(single.baseline, 'old');
  });
});

test('runs that were cut short are told', () => {
  const cut = resultOf({}, { status: 'aborted' });
  const around = { name: 'n', at: '', mailbench: '', runs: [], seed: 7, void: [] };
  const rounds = tenRounds((round) => (round === 5 || round === 0 ? { b: cut } : {}));
  const { warnings } = makeComparison(rounds, { ...OPTIONS, ...around });
  assert.match(warnings.join(' '), /1 runs of later rounds did not .* b did not come to its end \(aborted\)/);
});

describe('what differs', () => {
  const with_ = (scenario: Record<string, unknown>, run: Partial<Result['run']> = {}): Result => ({
    ...resultOf({}, run),
    scenario,
  });

  test('is told by path, and what is missing as nothing', () => {
    const found = differencesOf({
      a: with_({ target: { url: 'x', tls: { mode: 'none' } }, tags: { build: '1' }, seed: 1 }),
      b: with_({ target: { url: 'y', tls: {} }, list: [1, 2], tags: { build: '2' }, seed: 2 }),
    });
    const paths = Object.fromEntries(found.map(({ path, values }) => [path, values]));
    assert.deepEqual(paths['target.url'], { a: 'x', b: 'y' });
    assert.deepEqual(paths['target.tls.mode'], { a: 'none', b: '' });
    assert.deepEqual(paths['list[1]'], { a: '', b: '2' });
    assert.ok(!('seed' in paths) && !('tags.build' in paths));
  });

  test('in the load makes runs others; seed, host, version and health are warned of', () => {
    const base = resultOf();
    const other = (change: Partial<Result>, run: Partial<Result['run']> = {}) =>
      unlikenessOf({ a: base, b: { ...base, ...change, run: { ...base.run, ...run } } });
    assert.deepEqual(unlikenessOf({ a: base, b: base }), []);
    const [load] = other({ scenario: { ...base.scenario, messages: [{ size: '1MiB' }] } });
    assert.equal(load?.isOther, true);
    assert.match(load.warning, /did not send the same: messages/);
    const warnings = [
      ...other({}, { seed: base.run.seed + 1 }),
      ...other({}, { host: { ...base.run.host, hostname: 'elsewhere' } }),
      ...other({}, { host: { ...base.run.host, kernel: 'other' } }),
      ...other({}, { host: { ...base.run.host, workers: 7 } }),
      ...other({}, { mailbench: '9.9.9' }),
      ...other({}, { status: 'aborted' }),
      ...other({ health: { ...base.health, verdict: 'invalid' } }),
    ];
    assert.equal(warnings.length, 7);
    assert.ok(warnings.every(({ isOther }) => !isOther));
    assert.match(
      warnings.map(({ warning }) => warning).join(' '),
      /seeds.*hosts.*kernel.*workers.*versions.*aborted.*bottleneck/,
    );
  });
});
