import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHealthMeter, parseCpuWaitUs } from '#src/sink/process/health.js';

test('windows touch and hold what was added since the one before', () => {
  const now = { nowUs: 1_000, loopActiveUs: 50, cpuWaitUs: 7, cpuUs: 300 };
  const meter = createHealthMeter({
    nowUs: () => now.nowUs,
    loopActiveUs: () => now.loopActiveUs,
    cpuWaitUs: () => now.cpuWaitUs,
    cpuUs: () => now.cpuUs,
  });
  Object.assign(now, { nowUs: 1_001_000, loopActiveUs: 250_050, cpuWaitUs: 1_007, cpuUs: 400_300 });
  assert.deepEqual(meter.next(), {
    fromUs: 1_000,
    toUs: 1_001_000,
    wallUs: 1_000_000,
    busyUs: 250_000,
    cpuWaitUs: 1_000,
    cpuUs: 400_000,
  });
  now.nowUs = 1_501_000;
  assert.deepEqual(meter.next(), {
    fromUs: 1_001_000,
    toUs: 1_501_000,
    wallUs: 500_000,
    busyUs: 0,
    cpuWaitUs: 0,
    cpuUs: 0,
  });
});

test('a loop is never busy for longer than its window', () => {
  const now = { nowUs: 0, loopActiveUs: 0 };
  const meter = createHealthMeter({
    nowUs: () => now.nowUs,
    loopActiveUs: () => now.loopActiveUs,
    cpuWaitUs: () => 0,
    cpuUs: () => 0,
  });
  Object.assign(now, { nowUs: 1_000, loopActiveUs: 1_009 });
  assert.equal(meter.next().busyUs, 1_000);
});

test('the wait is the second field of schedstat, in nanoseconds', () => {
  assert.equal(parseCpuWaitUs('8531234567 1234567 4321\n'), 1_235);
  assert.equal(parseCpuWaitUs(''), 0);
  assert.equal(parseCpuWaitUs('not a schedstat'), 0);
});

test('a loop that works is busy, and what it reports fits into its window', async () => {
  const meter = createHealthMeter();
  await new Promise((resolve) => setImmediate(resolve));
  meter.next();
  const untilMs = performance.now() + 20;
  while (performance.now() < untilMs);
  await new Promise((resolve) => setImmediate(resolve));
  const window = meter.next();
  assert.ok(window.busyUs > 0, `busy ${window.busyUs} µs`);
  assert.ok(window.busyUs <= window.wallUs, `busy ${window.busyUs} of ${window.wallUs} µs`);
  assert.equal(window.wallUs, window.toUs - window.fromUs);
});
