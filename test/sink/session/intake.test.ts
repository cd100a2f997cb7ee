import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { Receipt } from '#src/delivery/receipt.js';
import type { Undeliverable } from '#src/sink/bounces/bounce.js';
import { noCounts } from '#src/sink/counts.js';
import { openKeptMail } from '#src/sink/receipts/kept-mail.js';
import { Intake, type Parcel } from '#src/sink/session/intake.js';
import { temporaryDir } from '#test/tmp.js';

const PARCEL: Parcel = {
  message: Buffer.from('x\r\n'),
  session: 'boot.0',
  peer: '127.0.0.1',
  from: '',
  recipients: ['a@example.test'],
  parameters: { mail: false, recipients: [false] },
  held: null,
  fate: null,
};

/** An intake whose disk takes so many receipts. */
function intakeWith(room: number, folder: string) {
  const receipts: Receipt[] = [];
  const acks: string[] = [];
  const counts = noCounts();
  const intake = new Intake({
    receipts: {
      append: (receipt) => receipts.length < room && receipts.push(receipt) > 0,
      acknowledge: (id) => acks.push(id),
      clear: () => {},
      close: () => {},
    },
    kept: openKeptMail(folder),
    counts,
    boot: 'boot',
    wallUs: () => 1,
    onBounce: () => {},
  });
  return { intake, receipts, acks, counts };
}

test('a message whose receipt did not fit is not kept either', async (t) => {
  const folder = await temporaryDir(t);
  const { intake, counts } = intakeWith(1, folder);
  assert.equal(intake.take(PARCEL)?.length, 1);
  assert.equal(intake.take(PARCEL), null);
  assert.deepEqual(readdirSync(folder), ['boot-0.eml']);
  assert.equal(counts.unwritten, 1);
});

test('a message that is to be doubled is taken when only its first receipt fits', async (t) => {
  const { intake, receipts, counts, acks } = intakeWith(1, await temporaryDir(t));
  const ids = intake.take({ ...PARCEL, fate: { kind: 'twice' } });
  assert.deepEqual(
    ids,
    receipts.map(({ id }) => id),
  );
  intake.acknowledge(ids ?? []);
  assert.deepEqual(acks, ids);
  assert.deepEqual([counts.doubled, counts.unwritten], [0, 0]);
});

test('a sink that writes nothing still counts what it lost, doubled and bounced', () => {
  const counts = noCounts();
  const bounced: [Undeliverable, number][] = [];
  const intake = new Intake({
    receipts: null,
    kept: null,
    counts,
    boot: 'boot',
    wallUs: () => 7_600,
    onBounce: (message, afterMs) => bounced.push([message, afterMs]),
  });
  const fates = [
    { kind: 'lose' },
    { kind: 'twice' },
    { kind: 'bounce', afterMs: 5, status: '5.1.1', text: 'no' },
  ] as const;
  for (const fate of [null, ...fates]) assert.deepEqual(intake.take({ ...PARCEL, fate }), []);
  assert.deepEqual([counts.lost, counts.doubled, counts.bounced, counts.unwritten], [1, 1, 1, 0]);
  assert.deepEqual(
    bounced.map(([{ arrivedAtMs, recipients }, afterMs]) => [arrivedAtMs, recipients.length, afterMs]),
    [[8, 1, 5]],
  );
});

test('what a client asked of notifications goes with the message that comes back', () => {
  const bounced: Undeliverable[] = [];
  const intake = new Intake({
    receipts: null,
    kept: null,
    counts: noCounts(),
    boot: 'boot',
    wallUs: () => 1,
    onBounce: (message) => bounced.push(message),
  });
  const fate = { kind: 'bounce', afterMs: 0, status: '5.1.1', text: 'no' } as const;
  const mail = { RET: 'hdrs', ENVID: 'e1' };
  const asked = { NOTIFY: 'failure,DELAY', ORCPT: 'rfc822;b@example.test' };
  const recipients = ['a@example.test', 'b@example.test'];
  intake.take({ ...PARCEL, fate, recipients, parameters: { mail, recipients: [{}, asked] } });
  intake.take({ ...PARCEL, fate, parameters: { mail: { RET: 'all' }, recipients: [] } });
  const [one, other] = bounced;
  assert.deepEqual([one?.ret, one?.envelopeId, other?.ret, other?.envelopeId], ['HDRS', 'e1', null, '']);
  assert.deepEqual(
    one?.recipients.map(({ notify, original }) => [notify, original]),
    [
      [[], ''],
      [['FAILURE', 'DELAY'], 'rfc822;b@example.test'],
    ],
  );
  assert.deepEqual(
    other?.recipients.map(({ notify }) => notify),
    [[]],
  );
  assert.notEqual(one?.id, other?.id);
});
