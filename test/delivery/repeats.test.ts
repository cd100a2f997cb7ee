/** How repeats count is in tracker.test.ts; here are the bounds of what is kept for them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyFlag, CopyLedger } from '#src/delivery/ledger.js';
import { ReceiptIds } from '#src/delivery/receipt-ids.js';
import { Repeats } from '#src/delivery/repeats.js';

const { ARRIVED, UNACKNOWLEDGED, REPEATED } = CopyFlag;

test('of 250,001 receipts that wait for their acknowledgement the oldest is forgotten: it was never acknowledged', () => {
  const { ledger, told, repeats } = begin();
  for (let key = 0; key <= 250_000; key++) {
    told.add(`r${key}`);
    ledger.setFlags(key, ARRIVED | UNACKNOWLEDGED);
    repeats.wait(`r${key}`, key);
  }
  for (const key of [0, 1, 250_000]) repeats.acknowledge(`r${key}`);
  assert.deepEqual(
    [0, 1, 250_000].map((key) => ledger.flags(key)),
    [ARRIVED | UNACKNOWLEDGED, ARRIVED, ARRIVED],
  );
});

test('of 100,001 acknowledgements that came before their receipt the oldest is forgotten', () => {
  const { repeats } = begin();
  for (let nth = 0; nth <= 100_000; nth++) repeats.acknowledge(`r${nth}`);
  assert.deepEqual(
    [0, 1, 100_000, 100_000].map((nth) => repeats.takeEarly(`r${nth}`)),
    [false, true, true, false],
  );
});

test('of more than 100,000 copies that came again the others are counted once each and not excused', () => {
  const { ledger, repeats } = begin();
  const again = (key: number, id: string) => {
    repeats.add(key, id, 2_000, true);
    ledger.setFlags(key, ledger.flags(key) | REPEATED);
  };
  for (let key = 0; key <= 100_000; key++) {
    ledger.setFlags(key, ARRIVED | UNACKNOWLEDGED);
    ledger.setFirstAtMs(key, 1_000);
    again(key, `again-${key}`);
  }
  assert.deepEqual([repeats.excused, repeats.notKept], [100_000, 1]);
  again(100_000, 'third');
  assert.deepEqual([repeats.excused, repeats.notKept], [100_000, 1]);
  assert.deepEqual([repeats.isExcused(99_999), repeats.isExcused(100_000)], [true, false]);
});

test('an acknowledgement of a copy that came again and is not kept changes nothing of it', () => {
  const { ledger, told, repeats } = begin();
  const flags = ARRIVED | UNACKNOWLEDGED | REPEATED;
  ledger.setFlags(5, flags);
  told.add('first');
  repeats.wait('first', 5);
  repeats.acknowledge('first');
  assert.equal(ledger.flags(5), flags);
});

test('one receipt may be of several copies, which one acknowledgement is for', () => {
  const { ledger, repeats } = begin();
  for (const key of [1, 2]) {
    ledger.setFlags(key, ARRIVED | UNACKNOWLEDGED);
    repeats.wait('both', key);
  }
  repeats.acknowledge('both');
  assert.deepEqual([ledger.flags(1), ledger.flags(2)], [ARRIVED, ARRIVED]);
});

function begin() {
  const ledger = new CopyLedger();
  const told = new ReceiptIds();
  return { ledger, told, repeats: new Repeats(ledger, told) };
}
