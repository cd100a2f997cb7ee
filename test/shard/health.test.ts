import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoopObserver } from '#src/shard/health.js';
import { temporaryDir } from '#test/tmp.js';

describe('LoopObserver', () => {
  test('splits the time since the last call into busy and idle', async () => {
    await sleep(1); // A loop that has not begun yet tells no time at all, and this may be the first test to run in it.
    const beganAt = performance.now();
    const observer = new LoopObserver();
    spin(30);
    await idle();
    const first = observer.take(0);
    assert.ok(first.busyUs >= 30_000 && first.busyUs < first.wallUs, `${first.busyUs} of ${first.wallUs}`);
    // A window begins where the last one ended: two that overlap would be longer than the time there was.
    const sumUs = first.wallUs + observer.take(0).wallUs;
    const elapsedUs = (performance.now() - beganAt) * 1000;
    assert.ok(sumUs <= elapsedUs, `${sumUs} of ${elapsedUs}`);
  });

  test('does not take polling for work, and never less than none', async () => {
    const observer = new LoopObserver();
    await sleep(1);
    observer.take(0);
    spin(5);
    await sleep(1);
    assert.equal(observer.take(1e9).busyUs, 0);
  });

  test('reads how long the thread waited for a CPU, in µs since the last call', async (t) => {
    const path = join(await temporaryDir(t), 'schedstat');
    writeFileSync(path, '1000 5000000 3\n');
    const observer = new LoopObserver(path);
    writeFileSync(path, '2000 7500000 4\n');
    assert.equal(observer.take(0).cpuWaitUs, 2_500);
    assert.equal(observer.take(0).cpuWaitUs, 0);
  });

  for (const text of [null, '', 'nonsense', '1 x 2']) {
    test(`has no CPU wait where the system says ${text === null ? 'nothing' : `"${text}"`}`, async (t) => {
      const path = join(await temporaryDir(t), 'schedstat');
      if (text !== null) writeFileSync(path, text);
      const observer = new LoopObserver(path);
      assert.equal(observer.take(0).cpuWaitUs, 0);
    });
  }
});

/** Until the event loop has slept, however late a busy machine lets it. */
async function idle(): Promise<void> {
  const before = performance.eventLoopUtilization().idle;
  while (performance.eventLoopUtilization().idle <= before) await sleep(1);
}

/** Keeps the event loop busy. */
function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
