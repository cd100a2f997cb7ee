import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDraws } from '#src/statistics/draws.js';
import { describeScaling, fitUsl, throughputAt } from '#src/statistics/usl.js';
import { REFERENCE } from './reference.js';

const LEVELS = [1, 2, 4, 8, 16, 32, 64];

function curve(sigma: number, kappa: number, levels = LEVELS) {
  return levels.map((concurrency) => ({
    concurrency,
    throughput: throughputAt({ gamma: 100, sigma, kappa }, concurrency),
  }));
}

function near(value: number, wanted: number, tolerance = 1e-6): void {
  assert.ok(Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted)), `${value}, not ${wanted}`);
}

test('coefficients agree with SciPy, also where one of them would be negative', () => {
  for (const { points, gamma, sigma, kappa } of REFERENCE.usl) {
    const fit = fitUsl(points.map(([concurrency, throughput]) => ({ concurrency, throughput })))!;
    near(fit.gamma, gamma);
    near(fit.sigma, sigma);
    near(fit.kappa, kappa);
  }
});

test('a curve that is one is found, with its peak', () => {
  const report = describeScaling(curve(0.05, 0.001), createDraws(1))!;
  near(report.gamma, 100);
  near(report.sigma, 0.05);
  near(report.kappa, 0.001);
  near(report.peak!.concurrency, Math.sqrt(0.95 / 0.001));
  near(report.peak!.throughput, throughputAt({ gamma: 100, sigma: 0.05, kappa: 0.001 }, Math.sqrt(950)));
});

test('a peak beyond twice the highest level is not foretold', () => {
  assert.equal(describeScaling(curve(0.02, 0.00001), createDraws(1))?.peak, null);
  assert.equal(describeScaling(curve(0.02, 0), createDraws(1))?.peak, null);
  assert.equal(describeScaling(curve(0.02, 0), createDraws(1))?.peak95, null);
});

test('fewer than six levels are no curve, however often each was tried', () => {
  const five = curve(0.05, 0.001, [1, 2, 4, 8, 16]);
  assert.equal(describeScaling([...five, ...five], createDraws(1)), null);
});

test('intervals hold the truth of noisy levels most of the time, and are narrower with more rounds', () => {
  const noise = createDraws(7);
  const noisy = (rounds: number) =>
    Array.from({ length: rounds }, () => curve(0.05, 0.001))
      .flat()
      .map((level) => ({ ...level, throughput: level.throughput * (0.97 + 0.06 * noise()) }));
  const reports = Array.from({ length: 20 }, (_, i) => describeScaling(noisy(3), createDraws(i))!);
  const held = reports.filter(({ kappa95 }) => kappa95!.low <= 0.001 && kappa95!.high >= 0.001).length;
  assert.ok(held >= 16, `${held} of 20`);
  const width = (rounds: number) => {
    const { sigma95 } = describeScaling(noisy(rounds), createDraws(1))!;
    return sigma95!.high - sigma95!.low;
  };
  assert.ok(width(12) < width(2));
});
