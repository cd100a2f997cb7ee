/** Messages as they lie in mailboxes, and a listener that remembers what it was told. */

import type { DeliveryListener } from '#src/delivery/reader.js';
import type { Receipt } from '#src/delivery/receipt.js';
import { bodyDigest, writeStamp } from '#src/message/stamp.js';

export const RUN = '20261122-160141-a1b2c3';
export const SENT_AT_US = 1_764_000_000_123_456;

export interface StampedParts {
  readonly number: number;
  readonly run?: string;
  /** What the server wrote above the stamp, with its line end. */
  readonly above?: string;
  readonly body?: string;
}

/** CRLF line ends, as on the wire. */
export function stamped({ number, run = RUN, above = '', body = 'text\r\n' }: StampedParts): string {
  const line = Buffer.alloc(200);
  const end = writeStamp(line, 0, {
    run,
    number,
    isWarmup: false,
    sentAtUs: SENT_AT_US,
    bodyDigest: bodyDigest(Buffer.from(body, 'latin1')),
  });
  return `${above}${line.toString('latin1', 0, end)}Subject: ${number}\r\n\r\n${body}`;
}

export interface Heard extends DeliveryListener {
  readonly receipts: Receipt[];
  readonly acknowledgements: string[];
  readonly skips: string[];
}

export function listener(): Heard {
  const [receipts, acknowledgements, skips]: [Receipt[], string[], string[]] = [[], [], []];
  return {
    receipts,
    acknowledgements,
    skips,
    receipt: (receipt) => receipts.push(receipt),
    acknowledged: (id) => acknowledgements.push(id),
    skipped: (what) => skips.push(what),
  };
}

export function numbers({ receipts }: Heard): (number | null)[] {
  return receipts.map(({ number }) => number).sort((a, b) => (a ?? -1) - (b ?? -1));
}
