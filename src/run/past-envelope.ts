/**
 * Past envelope: who should have got the messages of a run that is over, as its journal says it. Files of addresses are read
 * again, and must be what they were.
 */
import { UsageError } from '../errors.js';
import type { JournalHeader } from '../result/journal.js';
import { readAddresses } from '../scenario/address-file.js';
import type { AddressList, Envelope, RecipientEntry } from '../scenario/scenario.js';
import type { SoughtEnvelope } from './run-tracker.js';

type PastEntry = NonNullable<JournalHeader['envelope']>['to'][number];

type PastEnvelope = NonNullable<JournalHeader['envelope']>;

/** What the journal keeps of them. */
export function toPast(
  envelopes: readonly Pick<Envelope, 'from' | 'to'>[],
): Pick<JournalHeader, 'envelope' | 'envelopes'> {
  const [first, ...others] = envelopes.map(({ from, to }) => ({ from, to: to.map(toPastEntry) }));
  if (first === undefined || others.length === 0) return { envelope: first };
  return { envelopes: [first, ...others] };
}

function toPastEntry({ domains, list, perMessage, expect: _, ...entry }: RecipientEntry): PastEntry {
  const { min, max, weights } = perMessage;
  return {
    ...entry,
    domains: domains.map(({ domain, weight }) => ({ domain, weight })),
    perMessage: { min, max, weights: weights === undefined ? null : [...weights] },
    list: list && { path: list.path, sha256: list.sha256 },
  };
}

/** null: the journal does not say. Throws UsageError where a file is gone or another. */
export function pastEnvelopes({
  envelope,
  envelopes,
}: Pick<JournalHeader, 'envelope' | 'envelopes'>): readonly SoughtEnvelope[] | null {
  const past: readonly PastEnvelope[] = envelopes ?? (envelope === undefined ? [] : [envelope]);
  if (past.length === 0) return null;
  return past.map(({ from, to }) => ({ from, to: pastRecipients(to) }));
}

function pastRecipients(to: readonly PastEntry[]): SoughtEnvelope['to'] {
  return to.map(({ list, perMessage: { min, max, weights }, ...entry }) => ({
    ...entry,
    perMessage: { min, max, ...(weights !== null && { weights }) },
    list: list && pastList(list),
  }));
}

function pastList({ path, sha256 }: NonNullable<PastEntry['list']>): AddressList {
  // Whether they may get mail was asked before the run.
  const read = readAddresses(path, '.', true);
  if (!('message' in read) && read.sha256 === sha256) return read;
  const why = 'message' in read ? read.message : 'is not what it was when the run was made';
  throw new UsageError('VERIFY_ADDRESSES_CHANGED', `the file of addresses ${JSON.stringify(path)} ${why}`, {
    hint: 'Put the file back that the run was made with: it says who should have got what.',
  });
}
