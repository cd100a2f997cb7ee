import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ClockDriver } from '#src/load/clock-driver.js';
import { range } from './rig.js';
import { VirtualClock, type VirtualClockOptions } from './virtual-clock.js';

const TURN_US = 10;

/** When an alarm rings that is set, on ringing, to each of the moments in turn. */
function ringsOf(
  duesUs: readonly number[],
  options: VirtualClockOptions,
): { rings: number[]; turns: number } {
  const clock = new VirtualClock({ turnUs: TURN_US, ...options });
  const rings: number[] = [];
  const alarm = new ClockDriver(clock).createAlarm(() => {
    rings.push(clock.nowUs());
    if (rings.length < duesUs.length) alarm.set(duesUs[rings.length]!);
  });
  alarm.set(duesUs[0]!);
  clock.run();
  return { rings, turns: clock.turns };
}

test('an alarm is never early and at most one turn late, whatever the timers do', () => {
  const moments = fc.array(fc.integer({ min: 0, max: 5_000_000 }), { minLength: 1, maxLength: 8 });
  const shift = fc.integer({ min: 0, max: 900 });
  fc.assert(
    fc.property(moments, shift, shift, (unsorted, timersEarlyUs, timersLateUs) => {
      const dues = unsorted.sort((a, b) => a - b);
      const { rings } = ringsOf(dues, { timersEarlyUs, timersLateUs });
      assert.equal(rings.length, dues.length);
      let lastUs = 0;
      rings.forEach((ringUs, i) => {
        const soonestUs = Math.max(dues[i]!, lastUs);
        assert.ok(ringUs >= dues[i]! && ringUs <= soonestUs + TURN_US, `due ${dues[i]}, rang ${ringUs}`);
        lastUs = ringUs;
      });
    }),
  );
});

test('a moment far away is slept through, and only its last 2 ms are polled', () => {
  const { turns } = ringsOf([60_000_000], { timersEarlyUs: 400 });
  assert.ok(turns < 2 * (3_000 / TURN_US), `${turns} turns`);
  assert.ok(turns > 1_000 / TURN_US, `${turns} turns`);
});

test('a wait longer than any timer is slept through in parts', () => {
  const fortyDaysUs = 40 * 86_400 * 1_000_000;
  const { rings, turns } = ringsOf([fortyDaysUs], {});
  assert.ok(rings[0]! >= fortyDaysUs && rings[0]! <= fortyDaysUs + TURN_US);
  assert.ok(turns < 10_000, `${turns} turns`);
});

test('what arrives while a late timer is on its way is seen before the alarm rings', () => {
  const clock = new VirtualClock({ timersLateUs: 5_000 });
  const seen: string[] = [];
  new ClockDriver(clock)
    .createAlarm(() => {
      seen.push('alarm');
    })
    .set(4_000);
  clock.at(7_005, () => seen.push('reply'));
  clock.run();
  assert.deepEqual(seen, ['reply', 'alarm']);
});

test('events between two polls are served', () => {
  const clock = new VirtualClock({ turnUs: TURN_US });
  const seenUs: number[] = [];
  let isOver = false;
  const alarm = new ClockDriver(clock).createAlarm(() => {
    isOver = true;
  });
  alarm.set(1_000);
  for (const i of range(9)) clock.at(100 * (i + 1) + 5, () => isOver || seenUs.push(clock.nowUs()));
  clock.run();
  assert.deepEqual(
    seenUs,
    range(9).map((i) => 100 * (i + 1) + 5),
  );
});

test('an alarm that is set anew rings at the new moment only, and a cleared one not at all', () => {
  const clock = new VirtualClock();
  const rings: string[] = [];
  const driver = new ClockDriver(clock);
  const moved = driver.createAlarm(() => rings.push(`moved ${clock.nowUs()}`));
  const cleared = driver.createAlarm(() => rings.push('cleared'));
  moved.set(50_000);
  cleared.set(20_000);
  moved.set(30_000);
  cleared.clear();
  clock.run();
  assert.deepEqual(rings, ['moved 30000']);
  assert.equal(clock.pending, 0);
});

test('a cleared alarm leaves nothing behind that keeps the loop alive', () => {
  const clock = new VirtualClock();
  const alarm = new ClockDriver(clock).createAlarm(() => {});
  alarm.set(20_000);
  alarm.set(10_000);
  assert.equal(clock.pending, 1);
  alarm.clear();
  assert.equal(clock.pending, 0);
});

test('several alarms ring each at its own moment', () => {
  const clock = new VirtualClock({ turnUs: 1 });
  const rings: [number, number][] = [];
  const driver = new ClockDriver(clock);
  for (const dueUs of [9_000, 3_000, 3_001, 40_000]) {
    driver.createAlarm(() => rings.push([dueUs, clock.nowUs()])).set(dueUs);
  }
  clock.run();
  assert.deepEqual(
    rings.map(([dueUs]) => dueUs),
    [3_000, 3_001, 9_000, 40_000],
  );
  for (const [dueUs, ringUs] of rings) assert.ok(ringUs >= dueUs && ringUs <= dueUs + 1);
});

test('polling is accounted for once, however many alarms wait', () => {
  for (const alarms of [1, 3]) {
    const clock = new VirtualClock({ turnUs: TURN_US });
    const driver = new ClockDriver(clock);
    for (const _ of range(alarms)) driver.createAlarm(() => {}).set(1_500);
    clock.run();
    // From the first poll, one turn after the start, to the one that rings.
    assert.equal(driver.takePollUs(), 1_500 - TURN_US);
    assert.equal(driver.takePollUs(), 0);
  }
});

test('a gap with work in it is not polling', () => {
  const clock = new VirtualClock({ turnUs: TURN_US });
  const driver = new ClockDriver(clock);
  driver.createAlarm(() => {}).set(1_500);
  clock.at(705, () => clock.spend(300));
  clock.run();
  // The turn that was interrupted at 705 µs ends at 1,005 µs and is work: 305 µs since the poll at 700 µs.
  assert.equal(driver.takePollUs(), 1_505 - TURN_US - 305);
});

test('the work an alarm does is not polling, short as it may be', () => {
  const clock = new VirtualClock({ turnUs: TURN_US });
  const driver = new ClockDriver(clock);
  let rings = 0;
  const alarm = driver.createAlarm(() => {
    clock.spend(20);
    if (++rings < 5) alarm.set(clock.nowUs());
  });
  alarm.set(0);
  clock.run();
  assert.equal(rings, 5);
  assert.equal(driver.takePollUs(), 0);
});
