import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveryListener, DeliveryReader } from '#src/delivery/reader.js';
import { createDeliveryTracker, type DeliveryTracker } from '#src/delivery/tracker.js';
import { type VerificationOptions, verifyDelivery } from '#src/delivery/verification.js';
import { NO_DELIVERY_COUNTS } from '#src/metrics/snapshot.js';
import { acceptedNumbers, RUN, sampleReceipt } from './sample-receipt.js';

test('one look is enough where everything is there', async () => {
  const { options, log } = setUp({ receiptsAt: [0, 0], waitMs: 60_000 });
  const { snapshot } = await verifyDelivery(options);
  assert.deepEqual(log, ['read', 'close']);
  assert.deepEqual([snapshot.seq, snapshot.final, snapshot.delivery?.counts.delivered], [0, true, 2]);
});

test('what is missing is asked for once a second until the time is up', async () => {
  const { options, log } = setUp({ receiptsAt: [0], waitMs: 2_500 });
  const { snapshot } = await verifyDelivery(options);
  assert.deepEqual(log, ['read', 'sleep 1000', 'read', 'sleep 1000', 'read', 'sleep 500', 'read', 'close']);
  assert.equal(snapshot.delivery?.counts.lost, 1);
  assert.equal(snapshot.toUs - snapshot.fromUs, 2_500_000);
});

test('it ends when the last copy arrives', async () => {
  const { options, log } = setUp({ receiptsAt: [0, 2], waitMs: 60_000 });
  const { snapshot } = await verifyDelivery(options);
  assert.equal(log.filter((what) => what === 'read').length, 3);
  assert.equal(snapshot.delivery?.counts.delivered, 2);
});

test('without a wait there is one look; what was stopped leaves copies pending, not lost', async () => {
  const once = setUp({ receiptsAt: [0], waitMs: 0 });
  assert.equal((await verifyDelivery(once.options)).snapshot.delivery?.counts.lost, 1);
  assert.deepEqual(once.log, ['read', 'close']);
  const stopped = setUp({ receiptsAt: [0], waitMs: 60_000 });
  const { snapshot } = await verifyDelivery({ ...stopped.options, isStopped: () => true });
  assert.deepEqual([snapshot.delivery?.counts.pending, snapshot.delivery?.counts.lost], [1, 0]);
});

test('what was not looked at in the end is pending, not lost', async () => {
  const { options, log } = setUp({ receiptsAt: [0], waitMs: 1_500 });
  const blind: DeliveryReader = {
    open: async () => {},
    read: async () => !log.push('blind'),
    close: async () => {},
  };
  const { snapshot, isUnread } = await verifyDelivery({ ...options, readers: [...options.readers, blind] });
  const { delivered, lost, pending } = snapshot.delivery?.counts ?? NO_DELIVERY_COUNTS;
  assert.deepEqual([delivered, lost, pending, isUnread], [1, 0, 1, true]);
  assert.match(snapshot.delivery?.cases[0]?.detail ?? '', /not everything could be looked at/);
});

test('a reader that does not come back is left behind when it is stopped', async () => {
  const { options } = setUp({ receiptsAt: [0], waitMs: 60_000 });
  let isStopped = false;
  const stuck: DeliveryReader = {
    open: async () => {},
    read: () => new Promise(() => {}),
    close: async () => {},
  };
  const { snapshot, isUnread } = await verifyDelivery({
    ...options,
    readers: [...options.readers, stuck],
    isStopped: () => isStopped,
    onStop: (stop) =>
      setImmediate(() => {
        isStopped = true;
        stop();
      }),
  });
  const { delivered, lost, pending } = snapshot.delivery?.counts ?? NO_DELIVERY_COUNTS;
  assert.deepEqual([delivered, lost, pending, isUnread], [1, 0, 1, false]);
});

test('what a reader says as it is closed is in the notes', async () => {
  const { options } = setUp({ receiptsAt: [0, 0], waitMs: 0 });
  assert.deepEqual((await verifyDelivery(options)).snapshot.delivery?.notes, ['closed']);
});

/** Two messages were accepted; receipt k is there from the `receiptsAt[k]`-th second on. */
function setUp({ receiptsAt, waitMs }: { receiptsAt: number[]; waitMs: number }): {
  options: VerificationOptions;
  log: string[];
} {
  const log: string[] = [];
  let nowUs = 5_000_000;
  const tracker = createDeliveryTracker({
    run: RUN,
    recipientsOf: (number) => [`user${number}@a.example.test`],
    from: [],
    lateMs: 60_000,
    isElsewhere: false,
  });
  tracker.noteAccepted(acceptedNumbers([0, 2, 1]));
  const reader = scripted(tracker, log, () =>
    receiptsAt.flatMap((second, number) => (nowUs >= 5_000_000 + second * 1e6 ? [number] : [])),
  );
  const sleep = async (ms: number) => {
    log.push(`sleep ${ms}`);
    nowUs += ms * 1000;
  };
  return {
    log,
    options: {
      ...{ tracker, readers: [reader], waitMs, nowUs: () => nowUs, sleep },
      isStopped: () => false,
      onStop: () => {},
    },
  };
}

function scripted(tracker: DeliveryTracker, log: string[], there: () => number[]): DeliveryReader {
  const listener: DeliveryListener = tracker;
  return {
    open: async () => {},
    read: async () => {
      log.push('read');
      for (const number of there()) listener.receipt(sampleReceipt(number));
      return true;
    },
    close: async () => {
      log.push('close');
      listener.skipped('closed');
    },
  };
}
