import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Receipt } from '#src/delivery/receipt.js';
import {
  createDeliveryTracker,
  type DeliveryTracker,
  type DeliveryTrackerOptions,
} from '#src/delivery/tracker.js';
import type { DeliveryCase, DeliverySample, Snapshot } from '#src/metrics/snapshot.js';
import { NO_DELIVERY_COUNTS } from '#src/metrics/snapshot.js';
import { acceptedNumbers, RUN, SENT_US, sampleReceipt } from './sample-receipt.js';

const WINDOW = { fromUs: SENT_US, toUs: SENT_US + 1_000_000 };
const END = { ...WINDOW, how: 'waited', queued: null } as const;

test('20,000 messages of which 3 are lost, 2 doubled and 1 is corrupted: exactly those are named', () => {
  const tracker = startTracker();
  const lost = new Set([17, 9_000, 19_999]);
  const doubled = new Set([4, 12_345]);
  tracker.noteAccepted(acceptedNumbers([0, 10_000, 2], [1, 10_000, 2]));
  for (let number = 0; number < 20_000; number++) {
    if (lost.has(number)) continue;
    tellAcknowledged(tracker, sampleReceipt(number, { intact: number !== 777 }));
    if (doubled.has(number)) tellAcknowledged(tracker, sampleReceipt(number, { id: `again-${number}` }));
  }
  assert.equal(tracker.isComplete(), false);
  const { counts, cases } = deliveryOf(tracker.finish(END));
  assert.deepEqual(counts, {
    ...NO_DELIVERY_COUNTS,
    delivered: 19_997,
    lost: 3,
    duplicated: 2,
    corrupted: 1,
  });
  assert.deepEqual(numbersOf(cases, 'lost'), [17, 9_000, 19_999]);
  assert.deepEqual(numbersOf(cases, 'duplicated'), [4, 12_345]);
  assert.deepEqual(numbersOf(cases, 'corrupted'), [777]);
  assert.equal(cases.length, 6);
  assert.equal(cases.find(({ kind }) => kind === 'lost')?.recipient, 'user17@a.example.test');
});

function startTracker(options: Partial<DeliveryTrackerOptions> = {}): DeliveryTracker {
  return createDeliveryTracker({
    run: RUN,
    recipientsOf: (number) => [`user${number}@a.example.test`],
    maxRecipients: 1,
    from: 'bounce-{{seq}}@sender.example.test',
    lateMs: 60_000,
    isElsewhere: false,
    ...options,
  });
}

function tellAcknowledged(tracker: DeliveryTracker, receipt: Receipt): void {
  tracker.receipt(receipt);
  tracker.acknowledged(receipt.id);
}

function deliveryOf({ delivery }: Snapshot): DeliverySample {
  assert.ok(delivery !== undefined);
  return delivery;
}

function numbersOf(cases: readonly DeliveryCase[], kind: DeliveryCase['kind']): (number | null)[] {
  return cases.filter((one) => one.kind === kind).map(({ number }) => number);
}
