/**
 * Identities: the sums that must come out, so that a reader can check that no message went missing.
 *
 * Over the whole run, warm-up included. An identity that does not hold is shown as such and never mended.
 */
import type { Result } from '../result/result.js';

export interface Identity {
  readonly subject: 'iterations' | 'messages' | 'copies' | 'accepted copies';
  readonly total: Term;
  readonly parts: readonly Term[];
  readonly holds: boolean;
}

export interface Term {
  readonly label: string;
  readonly count: number;
}

export function identitiesOf({ counts, delivery }: Result): readonly Identity[] {
  const sums = [
    identity(
      'iterations',
      { scheduled: counts.scheduled },
      { started: counts.started, dropped: counts.dropped },
    ),
    identity(
      'messages',
      { begun: counts.begun },
      {
        accepted: counts.accepted,
        rejected: counts.rejected,
        failed: counts.failed,
        interrupted: counts.interrupted,
      },
    ),
    identity(
      'copies',
      { offered: counts.offered },
      { accepted: counts.acceptedCopies, refused: counts.refused, undecided: counts.undecided },
    ),
  ];
  if (delivery === null) return sums;
  const { accepted, delivered, bounced, lost, pending } = delivery;
  return [...sums, identity('accepted copies', { accepted }, { delivered, bounced, lost, pending })];
}

/** `30,000 scheduled`, `= 29,986 started`, `+ 14 dropped`: pieces that a line may break between. */
export function identityTerms(identity: Identity, write: (count: number) => string): readonly string[] {
  const sign = identity.holds ? '=' : '≠';
  const term = ({ label, count }: Term) => `${write(count)} ${label}`;
  return [term(identity.total), ...identity.parts.map((part, i) => `${i === 0 ? sign : '+'} ${term(part)}`)];
}

function identity(
  subject: Identity['subject'],
  whole: Readonly<Record<string, number>>,
  parts: Readonly<Record<string, number>>,
): Identity {
  const terms = toTerms(parts);
  const [total = { label: '', count: 0 }] = toTerms(whole);
  return {
    subject,
    total,
    parts: terms,
    holds: total.count === terms.reduce((sum, { count }) => sum + count, 0),
  };
}

function toTerms(counts: Readonly<Record<string, number>>): readonly Term[] {
  return Object.entries(counts).map(([label, count]) => ({ label, count }));
}
