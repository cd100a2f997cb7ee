/** A receipt of message `number` of run `r1`, and snapshots that accept messages, for the tests of delivery. */

import type { Receipt } from '#src/delivery/receipt.js';
import type { NumberRange, Snapshot } from '#src/metrics/snapshot.js';

export const RUN = 'r1';
export const SENT_US = 1_700_000_000_000_000;

export function sampleReceipt(number: number | null, overrides: Partial<Receipt> = {}): Receipt {
  return {
    v: 1,
    id: `boot-${number ?? 'x'}`,
    boot: 'boot',
    session: 's1',
    at: SENT_US + 5_000,
    run: number === null ? null : RUN,
    number,
    warmup: number === null ? null : false,
    sent: number === null ? null : SENT_US,
    rcpt: [`user${number}@a.example.test`],
    bytes: 1000,
    digest: '0123456789abcdef',
    intact: number === null ? null : true,
    peer: '127.0.0.1',
    from: 'sender@example.test',
    ...overrides,
  };
}

export function acceptedNumbers(...accepted: NumberRange[]): Pick<Snapshot, 'accepted' | 'refusedCopies'> {
  return { accepted, refusedCopies: [] };
}
