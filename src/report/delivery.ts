/**
 * Delivery in words: what became of the accepted copies, the same in every rendering.
 *
 * From the delivery block of a result and, where the run directory has them, its details. Case details and replies are
 * foreign text: whoever renders them escapes them.
 */
import type { DeliveryDetails } from '../result/delivery-details.js';
import type { Result } from '../result/result.js';
import { clock, count, percent } from './format.js';

export const DELIVERY_TITLE = 'Delivery';
/** Cases, and domains, shown where room is scarce; report.html has them all. */
export const CASES_SHOWN = 10;

type Delivery = NonNullable<Result['delivery']>;
export type DeliveryCaseRow = DeliveryDetails['cases'][number];

export interface DeliveryRow {
  readonly label: string;
  readonly copies: number;
  /** Of the accepted copies; null where the row is not a part of them. */
  readonly share: number | null;
  readonly meaning: string;
  /** Something to look into. */
  readonly isBad: boolean;
}

interface Kind {
  readonly key: Exclude<keyof Delivery, 'accepted'>;
  readonly label: string;
  readonly meaning: string;
  readonly isPart?: true;
  readonly isBad?: true;
  /** Not shown where it is 0. */
  readonly isRare?: true;
}

const KINDS: readonly Kind[] = [
  { key: 'delivered', label: 'delivered', meaning: 'arrived at least once', isPart: true },
  { key: 'bounced', label: 'bounced', meaning: 'the sender was told that it failed', isPart: true },
  { key: 'pending', label: 'pending', meaning: 'not seen yet, may still be queued', isPart: true },
  { key: 'lost', label: 'lost', meaning: 'accepted and never seen', isPart: true, isBad: true },
  { key: 'duplicated', label: 'duplicated', meaning: 'arrivals beyond the first', isBad: true },
  {
    key: 'duplicatedUnacknowledged',
    label: 'of them unacknowledged',
    meaning: 'the earlier 250 never got out, so a correct relay may repeat it',
    isRare: true,
  },
  { key: 'corrupted', label: 'corrupted', meaning: 'the body is not what was sent', isBad: true },
  {
    key: 'reencoded',
    label: 'reencoded',
    meaning: 'converted by a relay, the content is the same',
    isRare: true,
  },
  {
    key: 'late',
    label: 'late',
    meaning: 'delivered, but after longer than the scenario allows',
    isRare: true,
  },
  {
    key: 'unconfirmed',
    label: 'unconfirmed',
    meaning: 'arrived although no 250 was received for it',
    isRare: true,
  },
  { key: 'unexpected', label: 'unexpected', meaning: 'messages that are not of this run', isRare: true },
];

export function deliveryRows(delivery: Delivery): readonly DeliveryRow[] {
  return KINDS.filter(({ key, isRare }) => isRare !== true || delivery[key] > 0).map((kind) => {
    const copies = delivery[kind.key];
    const share = kind.isPart === true && delivery.accepted > 0 ? copies / delivery.accepted : null;
    return {
      label: kind.label,
      copies,
      share,
      meaning: kind.meaning,
      isBad: kind.isBad === true && copies > 0,
    };
  });
}

/** What it amounts to, in a sentence. */
export function deliverySentence(delivery: Delivery): string {
  const { accepted, delivered } = delivery;
  if (accepted === 0) return 'No copy was accepted, so none could arrive.';
  const troubles = troublesOf(delivery);
  if (troubles.length > 0) {
    const share = percent(delivered / accepted);
    return `${count(delivered)} of ${count(accepted)} accepted copies arrived (${share}): ${troubles.join(', ')}.`;
  }
  const whole = delivery.reencoded === 0 ? 'whole' : 'with its content whole';
  return `All ${count(accepted)} accepted copies arrived, each exactly once and ${whole}.`;
}

export function isDeliverySound(delivery: Delivery): boolean {
  return troublesOf(delivery).length === 0;
}

/** How the backlog went, in a sentence; '' where it is not known. */
export function backlogSentence(details: DeliveryDetails | null): string {
  const backlog = details?.backlog ?? null;
  if (backlog === null) return '';
  const { max, atEndOfLoad, grew } = backlog;
  const end = `${count(atEndOfLoad)} when the load ended, ${count(max)} at most`;
  return grew
    ? `The backlog grew while the load was steady (${end}): copies came in faster than they were delivered.`
    : `The backlog did not grow while the load was steady (${end}).`;
}

/** `inbox 1,900, junk 100`; '' at a sink. */
export function placementText(details: DeliveryDetails | null): string {
  const entries = Object.entries(details?.placements ?? {});
  return entries.map(([name, copies]) => `${name} ${count(copies)}`).join(', ');
}

/** What matters most. What was converted or came late must not keep what was lost from being seen. */
const BY_WEIGHT: readonly DeliveryCaseRow['kind'][] = [
  'lost',
  'pending',
  'corrupted',
  'duplicated',
  'bounced',
  'unconfirmed',
  'late',
  'unexpected',
  'reencoded',
];

/** The weightiest kinds first, in the order they came. */
export function casesByWeight(details: DeliveryDetails | null): readonly DeliveryCaseRow[] {
  const weightOf = ({ kind }: DeliveryCaseRow) => BY_WEIGHT.indexOf(kind);
  return [...(details?.cases ?? [])].sort((a, b) => weightOf(a) - weightOf(b));
}

/** Those to be shown where room is scarce. */
export function firstCases(details: DeliveryDetails | null): readonly DeliveryCaseRow[] {
  return casesByWeight(details).slice(0, CASES_SHOWN);
}

/** The reply with its queue id, then what is known; foreign text, '' where there is neither. */
export function caseReason({ reply, detail }: DeliveryCaseRow): string {
  return [reply, detail].filter((text) => text !== '').join('; ');
}

/** `lost  message 17 to user18@…`: the copy of a case, without its foreign texts. */
export function caseTitle({ kind, number }: DeliveryCaseRow): string {
  return number === null ? kind : `${kind} message ${number}`;
}

/** When it arrived, from the start of the run as in the charts; '' where it did not. */
export function caseTime({ atUs }: DeliveryCaseRow, { run }: Result): string {
  return atUs === null ? '' : clock(Math.max(0, atUs / 1000 - Date.parse(run.startedAt)));
}

function troublesOf(delivery: Delivery): string[] {
  const { lost, pending, bounced, duplicated, corrupted } = delivery;
  const all: readonly (readonly [number, string])[] = [
    [lost, 'lost'],
    [pending, 'pending'],
    [bounced, 'bounced'],
    [duplicated, 'duplicated'],
    [corrupted, 'corrupted'],
  ];
  return all.filter(([copies]) => copies > 0).map(([copies, word]) => `${count(copies)} ${word}`);
}
