import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createRealClock, takeAnchor } from '#src/shard/real-clock.js';

test('the clock starts at the wall clock of its anchor and only goes forward', () => {
  const anchor = takeAnchor();
  const clock = createRealClock(anchor);
  let lastUs = anchor.wallUs;
  for (let i = 0; i < 10_000; i++) {
    const nowUs = clock.nowUs();
    assert.ok(nowUs >= lastUs);
    lastUs = nowUs;
  }
});

test('the clock counts microseconds since the epoch, from the anchor on and not from the wall clock', () => {
  const anchor = { wallUs: 1_000_000_000, hrtimeUs: takeAnchor().hrtimeUs - 5_000_000 };
  const elapsedUs = createRealClock(anchor).nowUs() - 1_000_000_000;
  // At least the five seconds put between; how many more is the machine's affair.
  assert.ok(elapsedUs >= 5_000_000 && elapsedUs < 65_000_000, `${elapsedUs}`);
});

test('a stamp taken in a worker thread lies between those taken around it here', async () => {
  const anchor = takeAnchor();
  const clock = createRealClock(anchor);
  const source = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { createRealClock } = await import(workerData.module);
    const clock = createRealClock(workerData.anchor);
    parentPort.on('message', () => { parentPort.postMessage(clock.nowUs()); parentPort.close(); });
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: { anchor, module: import.meta.resolve('#src/shard/real-clock.js') },
  });
  await new Promise((resolve) => worker.once('online', resolve));
  const beforeUs = clock.nowUs();
  worker.postMessage(null);
  const thereUs = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  const afterUs = clock.nowUs();
  // Each clock knows its offset to a few µs.
  assert.ok(thereUs > beforeUs - 50 && thereUs < afterUs + 50, `${beforeUs} ${thereUs} ${afterUs}`);
});

test('timers and turns call back once, and not when cancelled', async () => {
  const clock = createRealClock(takeAnchor());
  const calls: string[] = [];
  clock.setTimer(() => calls.push('cancelled timer'), 1)();
  clock.setImmediate(() => calls.push('cancelled turn'))();
  await Promise.all([
    new Promise<void>((resolve) => {
      clock.setTimer(() => resolve(void calls.push('called')), 1);
    }),
    new Promise<void>((resolve) => {
      clock.setImmediate(() => resolve(void calls.push('called')));
    }),
  ]);
  assert.deepEqual(calls, ['called', 'called']);
});
