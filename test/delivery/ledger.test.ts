import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CopyFlag, CopyLedger } from '#src/delivery/ledger.js';

const { ACCEPTED, ARRIVED, LATE } = CopyFlag;

test('ten million messages take less than 64 MiB, the moment of each arrival included', () => {
  const before = process.memoryUsage().arrayBuffers;
  const ledger = new CopyLedger();
  for (let number = 0; number < 10_000_000; number++) {
    ledger.setFlags(number, ACCEPTED | ARRIVED);
    ledger.setFirstAtMs(number, 1_700_000_000_000 + number);
  }
  const bytes = process.memoryUsage().arrayBuffers - before;
  assert.ok(bytes < 60 * 1024 * 1024, `${bytes} bytes`);
  assert.ok(bytes > 40 * 1024 * 1024, `${bytes} bytes: they are kept elsewhere, so this test proves nothing`);
  assert.equal(ledger.firstAtMs(9_999_999), 1_700_009_999_999);
});

test('what is kept of a copy is what a map would keep, wherever its number lies', () => {
  const key = fc.oneof(fc.nat(20_000), fc.integer({ min: 9_999_990_000, max: 9_999_999_999 }));
  const entry = fc.record({ key, flags: fc.integer({ min: 1, max: 127 }), atMs: fc.nat(1_000_000_000) });
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const ledger = new CopyLedger();
      const flagsOf = new Map<number, number>();
      const atMsOf = new Map<number, number>();
      for (const { key, flags, atMs } of entries) {
        ledger.setFlags(key, flags);
        ledger.setFirstAtMs(key, atMs);
        flagsOf.set(key, flags);
        atMsOf.set(key, atMs);
      }
      for (const [key, flags] of flagsOf) assert.equal(ledger.flags(key), flags);
      for (const [key, atMs] of atMsOf) assert.equal(ledger.firstAtMs(key), atMs);
      const late = [...flagsOf]
        .filter(([, flags]) => (flags & (LATE | ACCEPTED)) === LATE)
        .map(([key]) => key);
      assert.deepEqual(
        [...ledger.keys(LATE | ACCEPTED, LATE)],
        late.sort((a, b) => a - b),
      );
    }),
  );
});

test('copies that nothing is known of have no flags', () => {
  const ledger = new CopyLedger();
  ledger.setFlags(5, ACCEPTED);
  assert.deepEqual([ledger.flags(4), ledger.flags(5_000_000)], [0, 0]);
});

test('arrivals far from all accepted copies are refused once there are too many, until their neighbours are accepted', () => {
  const ledger = new CopyLedger();
  const far = (nth: number) => nth * 1_000_000;
  for (let nth = 1; nth <= 1024; nth++) assert.equal(ledger.setFlags(far(nth), ARRIVED), true);
  assert.equal(ledger.setFlags(far(1025), ARRIVED), false);
  assert.equal(ledger.flags(far(1025)), 0);
  assert.equal(ledger.setFlags(far(1) + 1, ACCEPTED), true);
  assert.equal(ledger.setFlags(far(1025), ARRIVED), true);
  assert.equal(ledger.setFlags(far(1026), ARRIVED), false);
  assert.equal(ledger.setFlags(far(1026), ACCEPTED), true);
});
