import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Looks } from '#src/delivery/looks.js';
import type { DeliveryReader } from '#src/delivery/reader.js';

test('a look saw everything when every reader did, and what one throws is told', async () => {
  const told: string[] = [];
  const looks = (...readers: DeliveryReader[]) => new Looks(readers, (sentence) => told.push(sentence));
  const whole = reader(async () => true);
  assert.equal(await looks(whole, whole).look(), true);
  assert.equal(
    await looks(
      whole,
      reader(async () => false),
    ).look(),
    false,
  );
  const broken = reader(async () => {
    throw new Error('no such thing');
  });
  assert.equal(await looks(broken, whole).look(), false);
  assert.deepEqual(told, ['no such thing']);
});

test('a reader is never asked twice at a time, and a look that began during another one asks anew', async () => {
  const calls: ((isWhole: boolean) => void)[] = [];
  const looks = new Looks([reader(() => new Promise((resolve) => calls.push(resolve)))], () => {});
  const [first, second] = [looks.look(), looks.look()];
  assert.equal(calls.length, 1);
  calls[0]?.(false);
  assert.equal(await first, false);
  await settled();
  assert.equal(calls.length, 2);
  calls[1]?.(true);
  assert.equal(await second, true);
});

test('whoever does not come back is left behind, now and later', async () => {
  const told: string[] = [];
  let asked = 0;
  const stuck = reader(() => {
    asked++;
    return new Promise(() => {});
  });
  const looks = new Looks([reader(async () => true), stuck], (sentence) => told.push(sentence));
  const look = looks.look();
  await settled();
  looks.giveUp();
  looks.giveUp();
  assert.equal(await look, false);
  assert.equal(await looks.look(), false);
  assert.deepEqual([asked, told], [1, ['Reading what arrived did not end in time and was given up.']]);
});

test('giving up when nobody is late is not worth a word', async () => {
  const told: string[] = [];
  const looks = new Looks([reader(async () => true)], (sentence) => told.push(sentence));
  await looks.look();
  looks.giveUp();
  assert.deepEqual(told, []);
});

function reader(read: () => Promise<boolean>): DeliveryReader {
  return { open: async () => {}, read, close: async () => {} };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
