import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Receipt } from '#src/delivery/receipt.js';
import {
  createDeliveryTracker,
  type DeliveryTracker,
  type DeliveryTrackerOptions,
} from '#src/delivery/tracker.js';
import { Histogram } from '#src/metrics/histogram.js';
import type { DeliveryCase, DeliveryCounts, DeliverySample, Snapshot } from '#src/metrics/snapshot.js';
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

test('an arrival before its shard says that it was accepted counts once both are known', () => {
  const tracker = startTracker();
  tellAcknowledged(tracker, sampleReceipt(1));
  assert.equal(deliveryOf(tracker.take(WINDOW)).counts.delivered, 0);
  assert.equal(tracker.isComplete(), true);
  tracker.noteAccepted(acceptedNumbers([0, 2, 1]));
  assert.equal(deliveryOf(tracker.take(WINDOW)).counts.delivered, 1);
  assert.equal(tracker.missing(), 1);
  assert.equal(deliveryOf(tracker.finish(END)).counts.unconfirmed, 0);
});

test('each copy leaves the backlog once, at the tenth of a second in which anything was first heard of it', () => {
  for (const isElsewhere of [false, true]) {
    const tracker = startTracker({ isElsewhere });
    tracker.noteAccepted(acceptedNumbers([0, 3, 1]));
    const second = Math.floor(SENT_US / 1e6);
    const at = (tenths: number) => second * 1e6 + tenths * 100_000 + 1;
    tellAcknowledged(tracker, sampleReceipt(0, { at: at(3) }));
    tellAcknowledged(tracker, sampleReceipt(1, { at: at(3) }));
    tellAcknowledged(tracker, sampleReceipt(0, { at: at(5), id: 'again' }));
    tellAcknowledged(tracker, sampleReceipt(2, { at: at(14) }));
    const { settled } = deliveryOf(tracker.take(WINDOW));
    assert.deepEqual(settled, isElsewhere ? null : { [second * 10 + 3]: 2, [second * 10 + 14]: 1 });
    assert.deepEqual(deliveryOf(tracker.take(WINDOW)).settled, isElsewhere ? null : {});
  }
});

test('what was never accepted leaves no backlog, and what is accepted later leaves it when it was heard of', () => {
  const tracker = startTracker();
  const second = Math.floor(SENT_US / 1e6);
  const at = (tenths: number) => second * 1e6 + tenths * 100_000 + 2_000;
  tellAcknowledged(tracker, sampleReceipt(0, { at: at(3) }));
  tellAcknowledged(tracker, sampleReceipt(7, { at: at(3) }));
  tracker.receipt({ ...bounceReceipt(1, { address: 'user1@a.example.test', id: 'dsn' }), at: at(5) });
  assert.deepEqual(deliveryOf(tracker.take(WINDOW)).settled, {});
  tracker.noteAccepted(acceptedNumbers([0, 3, 1]));
  tracker.noteAccepted(acceptedNumbers([0, 3, 1]));
  assert.deepEqual(deliveryOf(tracker.take(WINDOW)).settled, { [second * 10 + 3]: 1, [second * 10 + 5]: 1 });
  const { counts, settled } = deliveryOf(tracker.finish(END));
  assert.deepEqual([counts.lost, counts.unconfirmed, settled], [1, 1, {}]);
});

test('snapshots hold changes, are numbered, and only the last is final', () => {
  const tracker = startTracker();
  tracker.noteAccepted(acceptedNumbers([0, 3, 1]));
  tellAcknowledged(tracker, sampleReceipt(0));
  const first = tracker.take(WINDOW);
  tellAcknowledged(tracker, sampleReceipt(1));
  const second = tracker.take({ fromUs: WINDOW.toUs, toUs: WINDOW.toUs + 5 });
  const last = tracker.finish(END);
  assert.deepEqual(
    [first, second, last].map((one) => [one.source, one.seq, one.final, deliveryOf(one).counts.delivered]),
    [
      ['delivery', 0, false, 1],
      ['delivery', 1, false, 1],
      ['delivery', 2, true, 0],
    ],
  );
  assert.deepEqual([second.fromUs, second.toUs], [WINDOW.toUs, WINDOW.toUs + 5]);
  assert.equal(deliveryOf(last).counts.lost, 1);
});

test('placements, domains, warm-up, cases and notes are told once', () => {
  const tracker = startTracker();
  tracker.noteAccepted(acceptedNumbers([0, 1, 1]));
  tellAcknowledged(tracker, sampleReceipt(0, { placement: 'junk', warmup: true, intact: false }));
  tracker.skipped('a note');
  const [first, second] = [deliveryOf(tracker.take(WINDOW)), deliveryOf(tracker.take(WINDOW))];
  assert.deepEqual([first.placements, first.warmup, first.notes], [{ junk: 1 }, 1, ['a note']]);
  assert.deepEqual([Object.keys(first.domains), first.cases.length], [['a.example.test'], 1]);
  assert.deepEqual(second.counts, NO_DELIVERY_COUNTS);
  assert.deepEqual([second.placements, second.warmup, second.notes], [{}, 0, []]);
  assert.deepEqual([second.domains, second.cases], [{}, []]);
});

test('repeats and unconfirmed copies of the warm-up count, and move no metric', () => {
  const tracker = startTracker();
  tracker.noteAccepted(acceptedNumbers([0, 2, 1]));
  for (const [nth, warmup] of [true, false].entries()) {
    tellAcknowledged(tracker, sampleReceipt(nth, { warmup }));
    tellAcknowledged(tracker, sampleReceipt(nth, { warmup, id: `again-${nth}` }));
    tellAcknowledged(tracker, sampleReceipt(10 + nth, { warmup }));
  }
  const snapshot = tracker.finish(END);
  const { counts } = deliveryOf(snapshot);
  assert.deepEqual([counts.duplicated, counts.unconfirmed], [2, 2]);
  const { delivery_duplicated, delivery_unconfirmed } = snapshot.counters;
  assert.deepEqual([delivery_duplicated, delivery_unconfirmed], [1, 1]);
});

test('a reencoded copy is not counted as a corrupted one', () => {
  const tracker = startTracker();
  tracker.noteAccepted(acceptedNumbers([0, 3, 1]));
  tellAcknowledged(tracker, sampleReceipt(0, { intact: false, reencoded: true }));
  tellAcknowledged(tracker, sampleReceipt(1, { intact: false, reencoded: true }));
  tellAcknowledged(tracker, sampleReceipt(2, { intact: false, reencoded: false }));
  const snapshot = tracker.finish(END);
  const { counts } = deliveryOf(snapshot);
  assert.deepEqual([counts.reencoded, counts.corrupted], [2, 1]);
  assert.equal(snapshot.counters.delivery_corrupted, 1);
});

test('a copy that was refused is not waited for, and unconfirmed when it comes all the same', () => {
  const tracker = startTracker({
    recipientsOf: () => ['a@x.test', 'b@x.test', 'c@x.test'],
  });
  tracker.noteAccepted({ accepted: [[7, 1, 1]], refusedCopies: [[7, 0, 2]] });
  assert.equal(tracker.missing(), 1);
  tellAcknowledged(tracker, sampleReceipt(7, { rcpt: ['B@X.test', 'c@x.test'] }));
  const { counts, cases } = deliveryOf(tracker.finish(END));
  assert.deepEqual(counts, { ...NO_DELIVERY_COUNTS, delivered: 1, unconfirmed: 1 });
  assert.deepEqual(cases, [
    {
      kind: 'unconfirmed',
      number: 7,
      recipient: 'c@x.test',
      atUs: SENT_US + 5_000,
      detail: 'no 250 was received for it',
    },
  ]);
});

test('a receipt that is read twice counts once', () => {
  const tracker = startTracker();
  tracker.noteAccepted(acceptedNumbers([0, 1, 1]));
  for (let time = 0; time < 3; time++) tellAcknowledged(tracker, sampleReceipt(0));
  assert.deepEqual(deliveryOf(tracker.finish(END)).counts, { ...NO_DELIVERY_COUNTS, delivered: 1 });
});

test('a repeat is excused where the earlier receipt was never acknowledged, and only there', () => {
  const tracker = startTracker();
  tracker.noteAccepted(acceptedNumbers([0, 3, 1]));
  const again = (number: number, id: string) => sampleReceipt(number, { id, at: SENT_US + 900_000 });
  tracker.receipt(sampleReceipt(0));
  tellAcknowledged(tracker, again(0, 'again-0'));
  tellAcknowledged(tracker, sampleReceipt(1));
  tracker.receipt(again(1, 'again-1'));
  tracker.receipt(sampleReceipt(2));
  tracker.receipt(again(2, 'again-2'));
  assert.equal(deliveryOf(tracker.take(WINDOW)).counts.duplicatedUnacknowledged, 2);
  tracker.acknowledged('boot-2');
  assert.equal(deliveryOf(tracker.take(WINDOW)).counts.duplicatedUnacknowledged, -1);
  const { counts, cases } = deliveryOf(tracker.finish(END));
  assert.deepEqual([counts.duplicated, counts.duplicatedUnacknowledged], [0, 0]);
  assert.deepEqual(
    cases
      .filter(({ kind }) => kind === 'duplicated')
      .map(({ detail }) => detail.includes('never acknowledged')),
    [true, false, false],
  );
});

/** Each arrival was compared with all before it: 20,000 took 15 s, and at 200,000 the stack ran over. */
test('a copy that a mail loop brings 200,000 times is counted, and not every arrival of it examined', () => {
  const tracker = startTracker();
  tracker.noteAccepted(acceptedNumbers([0, 1, 1]));
  tracker.receipt(sampleReceipt(0, { rcpt: Array<string>(200_000).fill('user0@a.example.test') }));
  const { counts, notes } = deliveryOf(tracker.finish(END));
  assert.deepEqual([counts.delivered, counts.duplicated], [1, 199_999]);
  assert.ok(counts.duplicatedUnacknowledged < 200);
  assert.match(notes.join('\n'), /1 copies arrived more than once and were not examined/);
});

test('a bounce counts until the copy arrives after all', () => {
  const tracker = startTracker();
  tracker.noteAccepted(acceptedNumbers([0, 2, 1]));
  for (const number of [0, 1]) tracker.receipt(bounceReceipt(number));
  assert.equal(deliveryOf(tracker.take(WINDOW)).counts.bounced, 2);
  assert.equal(tracker.isComplete(), true);
  tellAcknowledged(tracker, sampleReceipt(1));
  const { counts, cases } = deliveryOf(tracker.finish(END));
  assert.deepEqual([counts.bounced, counts.delivered, counts.lost], [-1, 1, 0]);
  assert.deepEqual(cases, [
    {
      kind: 'bounced',
      number: 0,
      recipient: 'user0@a.example.test',
      atUs: SENT_US + 9_000,
      detail: '5.1.1 550 no such user',
    },
  ]);
});

test('a notification without a stamp is known by the return path it came to', () => {
  const tracker = startTracker();
  tracker.noteAccepted(acceptedNumbers([0, 9, 1]));
  tracker.receipt(bounceReceipt(8, { run: null, number: null, to: 'BOUNCE-8@sender.example.test' }));
  tracker.receipt(bounceReceipt(8, { run: null, number: null, to: 'other-7@sender.example.test' }));
  tracker.receipt(bounceReceipt(8, { run: 'another', number: 8, to: 'bounce-7@sender.example.test' }));
  const { counts } = deliveryOf(tracker.finish(END));
  assert.deepEqual([counts.bounced, counts.unexpected], [1, 2]);
});

test('a bounce for an address that the message was not for is unexpected', () => {
  const recipientsOf = () => ['a@x.test', 'b@x.test'];
  const tracker = startTracker({ recipientsOf });
  tracker.noteAccepted(acceptedNumbers([0, 1, 1]));
  tracker.receipt(bounceReceipt(0, { address: 'c@x.test' }));
  tracker.receipt(bounceReceipt(0, { address: 'B@X.test' }));
  const { counts, cases } = deliveryOf(tracker.finish(END));
  assert.deepEqual([counts.bounced, counts.lost, counts.unexpected], [1, 1, 1]);
  const odd = cases.find(({ kind }) => kind === 'unexpected');
  assert.match(`${odd?.recipient}: ${odd?.detail}`, /^c@x\.test: bounced, but not a recipient of message 0/);
});

test('a notice of delay is told and changes nothing', () => {
  const tracker = startTracker();
  tracker.noteAccepted(acceptedNumbers([0, 1, 1]));
  tracker.receipt(bounceReceipt(0, { action: 'delayed' }));
  const { counts, notes } = deliveryOf(tracker.finish(END));
  assert.deepEqual(counts, { ...NO_DELIVERY_COUNTS, lost: 1 });
  assert.match(notes.join(), /1 notice said that a copy is delayed/);
});

test('what did not arrive is pending where the wait was cut or the server still has a queue', () => {
  const ends = [
    { how: 'cut', queued: 0 },
    { how: 'waited', queued: 5 },
    { how: 'waited', queued: 0 },
    { how: 'waited', queued: null },
  ] as const;
  const settled = ends.map((end) => {
    const tracker = startTracker();
    tracker.noteAccepted(acceptedNumbers([0, 2, 1]));
    const { counts, domains } = deliveryOf(tracker.finish({ ...WINDOW, ...end }));
    return [counts.pending, counts.lost, domains['a.example.test']?.pending, domains['a.example.test']?.lost];
  });
  assert.deepEqual(settled, [
    [2, 0, 2, 0],
    [2, 0, 2, 0],
    [0, 2, 0, 2],
    [0, 2, 0, 2],
  ]);
});

test('durations and counters are of the steady state, counts of the whole run', () => {
  const tracker = startTracker({ lateMs: 4 });
  tracker.noteAccepted(acceptedNumbers([0, 4, 1]));
  tellAcknowledged(tracker, sampleReceipt(0, { warmup: true, intact: false }));
  tellAcknowledged(tracker, sampleReceipt(0, { warmup: true, id: 'again-0' }));
  tellAcknowledged(tracker, sampleReceipt(1, { at: SENT_US + 3_000, intact: false }));
  tellAcknowledged(tracker, sampleReceipt(2, { intact: false, reencoded: true }));
  tellAcknowledged(tracker, sampleReceipt(9));
  const snapshot = tracker.finish(END);
  const { counts, warmup } = deliveryOf(snapshot);
  assert.deepEqual(counts, {
    ...NO_DELIVERY_COUNTS,
    delivered: 3,
    lost: 1,
    duplicated: 1,
    corrupted: 2,
    reencoded: 1,
    late: 2,
    unconfirmed: 1,
  });
  assert.equal(warmup, 1);
  assert.deepEqual(snapshot.counters, { delivery_corrupted: 1, delivery_lost: 1, delivery_unconfirmed: 1 });
  const trend = Histogram.decode(snapshot.trends['smtp_delivery_duration{domain:a.example.test}'] ?? '');
  assert.deepEqual([trend.count, trend.min], [3, 3_000]);
  trend.destroy();
});

test('mail of another run, or of none, is unexpected and named', () => {
  const tracker = startTracker();
  tracker.receipt(sampleReceipt(3, { run: 'r2' }));
  tracker.receipt(sampleReceipt(null));
  tracker.receipt(sampleReceipt(null, { id: 'b', rcpt: ['bounce-3@sender.example.test'] }));
  const { counts, cases } = deliveryOf(tracker.finish(END));
  assert.deepEqual(counts, { ...NO_DELIVERY_COUNTS, unexpected: 3 });
  assert.match(cases[0]?.detail ?? '', /^of run r2; /);
  assert.match(cases[1]?.detail ?? '', /^without a stamp; /);
  assert.match(cases[2]?.detail ?? '', /^to the return path of message 3, and not a delivery status/);
});

test('with one recipient any address will do, with several it must be one of them', () => {
  const single = startTracker();
  single.noteAccepted(acceptedNumbers([0, 2, 1]));
  tellAcknowledged(single, sampleReceipt(0, { rcpt: ['alias@elsewhere.test'] }));
  tellAcknowledged(single, sampleReceipt(1, { rcpt: [] }));
  assert.equal(deliveryOf(single.finish(END)).counts.delivered, 2);

  const several = startTracker({ recipientsOf: () => ['a@x.test', 'b@x.test'] });
  several.noteAccepted(acceptedNumbers([0, 2, 1]));
  tellAcknowledged(several, sampleReceipt(0, { rcpt: ['a@x.test', 'alias@elsewhere.test'] }));
  tellAcknowledged(several, sampleReceipt(1, { rcpt: [] }));
  const { counts } = deliveryOf(several.finish(END));
  assert.deepEqual([counts.delivered, counts.unexpected, counts.lost], [1, 2, 3]);
});

test('placement is where copies were found first', () => {
  const tracker = startTracker();
  tracker.noteAccepted(acceptedNumbers([0, 3, 1]));
  tellAcknowledged(tracker, sampleReceipt(0, { placement: 'inbox' }));
  tellAcknowledged(tracker, sampleReceipt(1, { placement: 'junk' }));
  tellAcknowledged(tracker, sampleReceipt(1, { placement: 'inbox', id: 'again' }));
  tellAcknowledged(tracker, sampleReceipt(2, { placement: 'junk' }));
  assert.deepEqual(deliveryOf(tracker.finish(END)).placements, { inbox: 1, junk: 2 });
});

test('clocks that differ are told, and times before the sending count as nothing', () => {
  const tracker = startTracker({ isElsewhere: true });
  tracker.noteAccepted(acceptedNumbers([0, 1, 1]));
  tellAcknowledged(tracker, sampleReceipt(0, { at: SENT_US - 5_000 }));
  const snapshot = tracker.finish(END);
  assert.equal(
    deliveryOf(snapshot).notes.filter((note) => note.startsWith('clock: unsynchronised')).length,
    2,
  );
  assert.equal(snapshot.counters.samples_clamped, undefined);
});

test('at most 100 cases of a kind are kept, and 500 domains', () => {
  const tracker = startTracker({ recipientsOf: (number) => [`u@d${number}.example.test`] });
  tracker.noteAccepted(acceptedNumbers([0, 700, 1]));
  for (let number = 0; number < 300; number++) tellAcknowledged(tracker, sampleReceipt(number));
  const { cases, domains, counts } = deliveryOf(tracker.finish(END));
  assert.equal(cases.length, 100);
  assert.equal(counts.lost, 400);
  assert.equal(Object.keys(domains).length, 501);
  assert.deepEqual(domains.other, { accepted: 200, delivered: 0, bounced: 0, lost: 200, pending: 0 });
});

test('forged numbers far from all that was sent fill neither memory nor counts', () => {
  const tracker = startTracker();
  tracker.noteAccepted(acceptedNumbers([0, 1, 1]));
  for (let forged = 1; forged <= 5_000; forged++)
    tellAcknowledged(tracker, sampleReceipt(forged * 1_000_000));
  const { counts } = deliveryOf(tracker.finish(END));
  assert.ok(counts.unexpected > 3_000);
  assert.equal(counts.unexpected + counts.unconfirmed, 5_000);
});

test('whatever the order in which things are told, the counts at the end are the same and add up', () => {
  fc.assert(
    fc.property(history(), ({ events, shuffled }) => {
      const counts = countsAfter(events);
      assert.deepEqual(countsAfter(shuffled), counts);
      const { delivered, bounced, lost, pending, duplicated, unconfirmed } = counts;
      assert.equal(delivered + bounced + lost + pending, acceptedIn(events));
      assert.equal(delivered + unconfirmed + duplicated, arrivalsIn(events));
      assert.ok(counts.duplicatedUnacknowledged <= duplicated);
      assert.ok(counts.late <= delivered);
    }),
    { numRuns: 500 },
  );
});

test('a copy that came again is excused exactly where one before it was never acknowledged', () => {
  fc.assert(
    fc.property(history(), ({ events, shuffled }) => {
      const receipts = events.filter((event) => event.kind === 'receipt');
      const acked = new Set(events.filter((event) => event.kind === 'ack').map(({ of }) => of));
      const excused = receipts.filter((one) =>
        receipts.some((other) => isSameCopy(one, other) && other.atMs < one.atMs && !acked.has(other.id)),
      );
      assert.equal(countsAfter(shuffled).duplicatedUnacknowledged, excused.length);
    }),
    { numRuns: 500 },
  );
});

type Event =
  | { readonly kind: 'accepted'; readonly number: number }
  | {
      readonly kind: 'receipt';
      readonly number: number;
      readonly to: number;
      readonly id: number;
      readonly atMs: number;
    }
  | { readonly kind: 'ack'; readonly of: number }
  | { readonly kind: 'bounce'; readonly number: number; readonly to: number; readonly id: number };

const ADDRESSES = ['a@x.test', 'b@y.test'];

/** Few messages of two recipients, so that things meet; every receipt has an id and a moment of its own. */
function history(): fc.Arbitrary<{ events: Event[]; shuffled: Event[] }> {
  const number = fc.nat(3);
  const to = fc.nat(1);
  const event = fc.oneof(
    fc.record({ kind: fc.constant('accepted' as const), number }),
    fc.record({ kind: fc.constant('receipt' as const), number, to, isAcknowledged: fc.boolean() }),
    fc.record({ kind: fc.constant('bounce' as const), number, to }),
  );
  return fc.array(event, { maxLength: 25 }).chain((drawn) => {
    const events = drawn.flatMap((one, id): Event[] => {
      if (one.kind === 'accepted') return [one];
      if (one.kind === 'bounce') return [{ ...one, id }];
      const receipt = { ...one, id, atMs: (id * 7919) % 101 };
      return one.isAcknowledged ? [receipt, { kind: 'ack', of: id }] : [receipt];
    });
    return fc
      .shuffledSubarray(events, { minLength: events.length })
      .map((shuffled) => ({ events, shuffled }));
  });
}

function isSameCopy(a: { number: number; to: number }, b: { number: number; to: number }): boolean {
  return a.number === b.number && a.to === b.to;
}

function countsAfter(events: readonly Event[]): DeliveryCounts {
  const tracker = startTracker({ recipientsOf: () => ADDRESSES, lateMs: 50 });
  const sum: Record<string, number> = { ...NO_DELIVERY_COUNTS };
  events.forEach((event, index) => {
    tell(tracker, event);
    if (index % 3 === 0) addTo(sum, deliveryOf(tracker.take(WINDOW)).counts);
  });
  addTo(sum, deliveryOf(tracker.finish(END)).counts);
  return sum as unknown as DeliveryCounts;
}

function addTo(sum: Record<string, number>, counts: DeliveryCounts): void {
  for (const [key, change] of Object.entries(counts)) sum[key] = (sum[key] ?? 0) + change;
}

function tell(tracker: DeliveryTracker, event: Event): void {
  switch (event.kind) {
    case 'accepted':
      tracker.noteAccepted({
        accepted: [[event.number, 1, 1]],
        refusedCopies: [[event.number, event.number % 3]],
      });
      return;
    case 'receipt':
      tracker.receipt(
        sampleReceipt(event.number, {
          id: `id-${event.id}`,
          rcpt: [ADDRESSES[event.to] as string],
          at: SENT_US + event.atMs * 1000,
        }),
      );
      return;
    case 'ack':
      tracker.acknowledged(`id-${event.of}`);
      return;
    case 'bounce':
      tracker.receipt(
        bounceReceipt(event.number, { address: ADDRESSES[event.to] as string, id: `dsn-${event.id}` }),
      );
      return;
    default: {
      const never: never = event;
      return never;
    }
  }
}

/** Recipient n mod 3 of message n is refused, so messages 2 and 5 have two accepted copies and the others one. */
function acceptedIn(events: readonly Event[]): number {
  const numbers = new Set(events.filter((event) => event.kind === 'accepted').map((event) => event.number));
  return [...numbers].reduce((copies, number) => copies + (number % 3 === 2 ? 2 : 1), 0);
}

function arrivalsIn(events: readonly Event[]): number {
  return events.filter((event) => event.kind === 'receipt').length;
}

let bounces = 0;

interface BounceOptions {
  readonly run?: string | null;
  readonly number?: number | null;
  readonly to?: string;
  readonly action?: 'failed' | 'delayed';
  readonly address?: string;
  readonly id?: string;
}

function bounceReceipt(about: number, options: BounceOptions = {}): Receipt {
  const { run = RUN, number = about, to = 'mail@sender.example.test', action = 'failed' } = options;
  const { address = `user${about}@a.example.test`, id = `bounce-${bounces++}` } = options;
  const recipients = [{ address, action, status: '5.1.1', diagnostic: '550 no such user' }];
  return sampleReceipt(null, {
    id,
    from: '',
    rcpt: [to],
    at: SENT_US + 9_000,
    dsn: { run, number, recipients },
  });
}

function startTracker(options: Partial<DeliveryTrackerOptions> = {}): DeliveryTracker {
  return createDeliveryTracker({
    run: RUN,
    recipientsOf: (number) => [`user${number}@a.example.test`],
    from: ['bounce-{{seq}}@sender.example.test'],
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
