import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HealthWindows } from '#src/metrics/health-windows.js';
import type { HealthSample } from '#src/metrics/snapshot.js';

function sample(busyUs: number, cpuWaitUs = 0, wallUs = 1e6): HealthSample {
  return { wallUs, busyUs, cpuWaitUs, lateness: '', arrivalsDropped: 0, faults: {} };
}

test('shares are per window: one bad second in twenty is the maximum and not the p95', () => {
  const windows = new HealthWindows();
  for (let second = 0; second < 19; second++) windows.add(sample(300_000, 20_000));
  windows.add(sample(990_000, 400_000));
  assert.deepEqual(windows.read(), {
    utilisation: { p95: 0.3, max: 0.99 },
    cpuWait: { p95: 0.02, max: 0.4 },
  });
  windows.add(sample(990_000, 400_000));
  assert.equal(windows.read()?.utilisation.p95, 0.99, 'two in twenty-one are');
});

test('a window is judged by its own length', () => {
  const windows = new HealthWindows();
  windows.add(sample(5e6, 0, 10e6));
  assert.equal(windows.read()?.utilisation.max, 0.5);
});

test('windows under a quarter of a second say nothing', () => {
  const windows = new HealthWindows();
  windows.add(sample(200_000, 200_000, 200_000));
  windows.add(sample(0, 0, 0));
  assert.equal(windows.read(), null);
  windows.add(sample(100_000, 0, 250_000));
  assert.equal(windows.read()?.utilisation.max, 0.4);
});

test('no share is above 1, because clocks differ', () => {
  const windows = new HealthWindows();
  windows.add(sample(1_002_000, 1_100_000));
  assert.deepEqual(windows.read(), { utilisation: { p95: 1, max: 1 }, cpuWait: { p95: 1, max: 1 } });
});
