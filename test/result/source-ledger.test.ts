import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SourceLedger } from '#src/result/source-ledger.js';

test('a complete source has nothing missing', () => {
  const ledger = new SourceLedger(['shard-0']);
  for (let seq = 0; seq < 3; seq += 1) assert.ok(ledger.note('shard-0', [seq, seq], seq === 2));
  assert.deepEqual(ledger.missing(), []);
  assert.deepEqual(ledger.unfinished(), []);
});

test('a gap is named by source and numbers', () => {
  const ledger = new SourceLedger(['shard-0']);
  ledger.note('shard-0', [1, 1], false);
  ledger.note('shard-0', [4, 5], false);
  assert.deepEqual(
    ledger.missing().map((sentence) => sentence.split(' did not')[0]),
    ['snapshot 0 of shard-0', 'snapshots 2 to 3 of shard-0'],
  );
});

test('an expected source that never reported is named, one that stopped early is unfinished', () => {
  const ledger = new SourceLedger(['shard-0', 'shard-1']);
  ledger.note('shard-1', [0, 0], false);
  assert.match(ledger.missing()[0] ?? '', /^shard-0 never reported/);
  assert.deepEqual(ledger.unfinished(), ['shard-1']);
});

test('a snapshot that came before is refused, alone or within a sum', () => {
  const ledger = new SourceLedger([]);
  assert.ok(ledger.note('s', [0, 9], false));
  assert.equal(ledger.note('s', [9, 9], false), false);
  assert.equal(ledger.note('s', [5, 12], false), false);
  assert.ok(ledger.note('other', [5, 12], false));
});

test('the order in which snapshots come makes no difference', () => {
  const numbers = fc.uniqueArray(fc.nat(30), { minLength: 1 });
  fc.assert(
    fc.property(numbers, (seqs) => {
      const [asDrawn, sorted] = [new SourceLedger([]), new SourceLedger([])];
      for (const seq of seqs) asDrawn.note('s', [seq, seq], false);
      for (const seq of [...seqs].sort((a, b) => a - b)) sorted.note('s', [seq, seq], false);
      assert.deepEqual(asDrawn.missing(), sorted.missing());
    }),
  );
});
