import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BugError } from '#src/errors.js';
import { readDeliveryDetails, writeDeliveryDetails } from '#src/result/delivery-details.js';
import { deliveryDetails } from '#test/report/fixture.js';
import { temporaryDir } from '#test/tmp.js';

test('what was written is read again', async (t) => {
  const directory = await temporaryDir(t);
  writeDeliveryDetails(directory, deliveryDetails());
  assert.deepEqual(readDeliveryDetails(directory), deliveryDetails());
});

test('details that are missing or damaged are none, and no reason not to report', async (t) => {
  const directory = await temporaryDir(t);
  assert.equal(readDeliveryDetails(directory), null);
  for (const text of ['', '{', '{"schemaVersion":2}', JSON.stringify({ ...deliveryDetails(), extra: 1 })]) {
    writeFileSync(join(directory, 'delivery.json'), text);
    assert.equal(readDeliveryDetails(directory), null, text.slice(0, 40));
  }
});

test('details that break their schema are never written', async (t) => {
  const directory = await temporaryDir(t);
  const broken = { ...deliveryDetails(), warmup: -1 };
  assert.throws(() => writeDeliveryDetails(directory, broken), BugError);
  assert.equal(readDeliveryDetails(directory), null);
});
