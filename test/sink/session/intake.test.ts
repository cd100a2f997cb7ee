import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { Receipt } from '#src/delivery/receipt.js';
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
