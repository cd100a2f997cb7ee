import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoopObserver } from '#src/shard/health.js';
import { temporaryDir } from '#test/tmp.js';

describe('LoopObserver', () => {
  test('splits the time since the last call into busy and idle', async () => {
    const observer = new LoopObserver();
    observer.take(0);
    spin(30);
    await sleep(30);
    const { wallUs, busyUs } = observer.take(0);
    assert.ok(busyUs > 0 && busyUs < wallUs, `${busyUs} of ${wallUs}`);
    // A window begins where the last one ended.
    await sleep(1);
    assert.ok(observer.take(0).wallUs < wallUs);
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

/** Keeps the event loop busy. */
function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
