import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  backlogSentence,
  caseReason,
  caseTime,
  deliveryRows,
  deliverySentence,
  firstCases,
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

test('what was converted or is not ours does not keep what was lost from being seen', () => {
  const one = deliveryDetails().cases[0]!;
  const cases = [
    ...Array.from({ length: 20 }, (_, number) => ({ ...one, kind: 'reencoded' as const, number })),
    ...Array.from({ length: 20 }, () => ({ ...one, kind: 'unexpected' as const, number: null })),
    { ...one, kind: 'duplicated' as const, number: 7 },
    { ...one, kind: 'lost' as const, number: 9 },
    { ...one, kind: 'lost' as const, number: 8 },
  ];
  const shown = firstCases({ ...deliveryDetails(), cases });
  assert.deepEqual(
    shown.map(({ kind, number }) => [kind, number]),
    [['lost', 9], ['lost', 8], ['duplicated', 7], ...Array.from({ length: 7 }, () => ['unexpected', null])],
  );
  assert.deepEqual(firstCases(null), []);
});

test('a case tells the reply that accepted it and why it is one', () => {
  const one = deliveryDetails().cases[0]!;
  const [reply, detail] = ['250 2.0.0 Ok: queued as 4XyZ7b1K2mz9', '5.1.1 550 no such user'];
  assert.equal(caseReason({ ...one, reply, detail }), `${reply}; ${detail}`);
  assert.equal(caseReason({ ...one, reply: '', detail }), detail);
  assert.equal(caseReason({ ...one, reply, detail: '' }), reply);
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
  assert.equal(caseTime(arrived, deliveredResult()), '00:38');
  assert.equal(caseTime({ ...arrived, atUs: null }, deliveredResult()), '');
});
