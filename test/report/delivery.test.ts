import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  backlogSentence,
  caseTime,
  deliveryRows,
  deliverySentence,
  isDeliverySound,
} from '#src/report/delivery.js';
import { deliveredResult, deliveryDetails, soundlyDeliveredResult } from './fixture.js';

const sound = soundlyDeliveredResult().delivery!;

test('each trouble alone makes a delivery unsound and is named', () => {
  for (const key of ['bounced', 'lost', 'pending', 'duplicated', 'corrupted'] as const) {
    const delivery = { ...sound, [key]: 5 };
    assert.equal(isDeliverySound(delivery), false, key);
    assert.match(deliverySentence(delivery), new RegExp(`: 5 ${key}\\.$`));
  }
});

test('late, reencoded, unconfirmed and unexpected copies are shown, and no trouble', () => {
  const delivery = { ...sound, late: 1, reencoded: 2, unconfirmed: 3, unexpected: 4 };
  assert.equal(isDeliverySound(delivery), true);
  assert.match(deliverySentence(delivery), /with its content whole\.$/);
  const labels = deliveryRows(delivery).map(({ label }) => label);
  assert.deepEqual(labels.slice(-4), ['reencoded', 'late', 'unconfirmed', 'unexpected']);
});

test('a run that accepted nothing does not divide by nothing', () => {
  const delivery = { ...sound, accepted: 0, delivered: 0 };
  assert.equal(deliverySentence(delivery), 'No copy was accepted, so none could arrive.');
  assert.ok(deliveryRows(delivery).every(({ share }) => share === null));
});

test('only the parts of the accepted copies have a share of them', () => {
  const shares = deliveryRows(deliveredResult().delivery!).filter(({ share }) => share !== null);
  assert.deepEqual(
    shares.map(({ label }) => label),
    ['delivered', 'bounced', 'pending', 'lost'],
  );
  assert.equal(Math.round(shares.reduce((sum, { share }) => sum + (share ?? 0), 0) * 1e9), 1e9);
});

test('a backlog that did not grow says so, and one that is not known says nothing', () => {
  const details = deliveryDetails();
  const backlog = { max: 9, atEndOfLoad: 2, grew: false };
  assert.match(
    backlogSentence({ ...details, backlog }),
    /did not grow .*\(2 when the load ended, 9 at most\)/,
  );
  assert.equal(backlogSentence({ ...details, backlog: null }), '');
  assert.equal(backlogSentence(null), '');
});

test('when a copy arrived is told from the start of the run', () => {
  const arrived = deliveryDetails().cases.find(({ kind }) => kind === 'duplicated')!;
  assert.equal(caseTime(arrived, deliveredResult()), '38s');
  assert.equal(caseTime({ ...arrived, atUs: null }, deliveredResult()), '');
});
