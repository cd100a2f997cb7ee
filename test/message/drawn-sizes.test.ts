import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSupply } from '#src/message/create-supply.js';
import { bodyDigest, parseStamp } from '#src/message/stamp.js';
import type { MessageEntry, SizeDistribution } from '#src/scenario/scenario.js';
import { createDraw } from '#src/shard/random.js';
import { bodyOf, dotStuff, sized, unstuff, wireOf } from './wire.js';

const KIB = 1024;
const OPTIONS = { run: 'run-1', from: 'a@a.example.test', encode: dotStuff, signedAtMs: 0 };
const LOGNORMAL: SizeDistribution = {
  kind: 'lognormal',
  medianBytes: 4 * KIB,
  p95Bytes: 40 * KIB,
  minBytes: KIB,
  maxBytes: 1024 * KIB,
};

function drawn(sizes: SizeDistribution): MessageEntry {
  return { kind: 'sizes', weight: 1, sizes, dkim: [], expect: null };
}

test('sizes follow the distribution: 20,000 draws with a seed, Kolmogorov–Smirnov at 1%', async () => {
  const sigma = Math.log(10) / 1.6448536269514722;
  const supply = await createSupply(drawn(LOGNORMAL), OPTIONS);
  const draw = createDraw(7, 1);
  const count = 20_000;
  const seen = Array.from({ length: count }, (_, number) => supply.forNumber(number, draw).sizeBytes);
  // What a step stands for reaches half a step (of 188) to either side.
  const allowed = 1.63 / Math.sqrt(count) + 1 / 188;
  for (const sizeBytes of [1_500, 2_000, 3_000, 4_096, 8_000, 20_000, 40_960, 100_000, 300_000]) {
    const share = seen.filter((size) => size <= sizeBytes).length / count;
    const wanted = normalShare(Math.log(sizeBytes / 4_096) / sigma);
    assert.ok(Math.abs(share - wanted) < allowed, `${sizeBytes}: ${share} for ${wanted}`);
  }
});

test('every drawn message is exactly as large as it says, and intact', async () => {
  const supply = await createSupply(drawn(LOGNORMAL), OPTIONS);
  const draw = createDraw(1, 1);
  for (let number = 0; number < 300; number++) {
    const prepared = supply.forNumber(number, draw);
    const message = unstuff(wireOf(prepared.content(number, false)));
    assert.equal(message.length, prepared.sizeBytes);
    assert.equal(parseStamp(message)?.number, number);
    assert.equal(parseStamp(message)?.bodyDigest, bodyDigest(bodyOf(message)));
  }
});

test('variants of all sizes share one text: what they hold is little more than the largest', async () => {
  const supply = await createSupply(drawn({ kind: 'uniform', minBytes: KIB, maxBytes: 500 * KIB }), OPTIONS);
  const draw = createDraw(3, 1);
  const held = new Map<unknown, number>();
  let heads = 0;
  for (let number = 0; number < 2_000; number++) {
    const content = supply.forNumber(number, draw).content(number, false);
    held.set(content.tail.buffer, content.tail.buffer.byteLength);
    heads = Math.max(heads, content.headBytes);
  }
  const bytes = [...held.values()].reduce((sum, size) => sum + size, 0);
  assert.ok(bytes < 520 * KIB, `${bytes} in ${held.size}`);
  assert.ok(heads < 2 * KIB, `${heads}`);
});

test('an entry of one size draws nothing', async () => {
  const supply = await createSupply(sized(1024), OPTIONS);
  const noDraw = () => assert.fail('drawn');
  assert.equal(supply.forNumber(1, noDraw).sizeBytes, 1024);
});

/** Φ, by Simpson's rule: written apart from the quantile function under test. */
function normalShare(z: number): number {
  const [from, steps] = [-10, 2_000];
  const width = (z - from) / steps;
  let sum = 0;
  for (let step = 0; step <= steps; step++) {
    const factor = step === 0 || step === steps ? 1 : step % 2 === 0 ? 2 : 4;
    sum += factor * Math.exp(-((from + step * width) ** 2) / 2);
  }
  return (sum * width) / 3 / Math.sqrt(2 * Math.PI);
}
