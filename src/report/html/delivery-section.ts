/**
 * Delivery section of report.html: what became of the accepted copies, the backlog over time, domains and single cases.
 *
 * Nothing where delivery was not proved.
 */
import type { DeliveryDetails } from '../../result/delivery-details.js';
import type { Result } from '../../result/result.js';
import {
  backlogSentence,
  casesByWeight,
  caseTime,
  DELIVERY_TITLE,
  deliveryRows,
  deliverySentence,
  isDeliverySound,
  placementText,
} from '../delivery.js';
import { count, percent, spacedDuration } from '../format.js';
import { chart } from './chart-sections.js';
import { type Insert, type Markup, markup } from './markup.js';
import { section } from './section.js';
import { type Column, table } from './table.js';

export function deliverySection(result: Result, details: DeliveryDetails | null): Markup {
  const { delivery } = result;
  if (delivery === null) return markup``;
  const word = isDeliverySound(delivery) ? 'ok' : 'degraded';
  return section({
    id: 'delivery',
    title: markup`${DELIVERY_TITLE} <span class="chip ${word}">${word === 'ok' ? 'complete' : 'not complete'}</span>`,
    lead: deliverySentence(delivery),
    body: [
      copies(delivery),
      backlog(result, details),
      placement(details),
      domains(details),
      cases(result, details),
      notes(details),
    ],
  });
}

function copies(delivery: NonNullable<Result['delivery']>): Markup {
  const rows = deliveryRows(delivery).map((row): Insert[] => [
    row.isBad ? markup`<span class="chip invalid">${row.label}</span>` : row.label,
    count(row.copies),
    row.share === null ? '' : percent(row.share),
    row.meaning,
  ]);
  const columns: Column[] = [
    { heading: 'Copies' },
    { heading: 'Count', isNumber: true },
    { heading: 'Of accepted', isNumber: true },
    { heading: 'Meaning', isWide: true },
  ];
  return table({ caption: 'What became of the accepted copies, whole run', columns, rows });
}

function backlog({ series }: Result, details: DeliveryDetails | null): Insert {
  const sentence = backlogSentence(details);
  const isKnown = series.some((row) => row.backlog !== null);
  if (!isKnown || series.length < 2) return null;
  return [
    markup`<h3>Backlog</h3>`,
    markup`<p class="lead">Copies accepted and not delivered yet. ${sentence}</p>`,
    chart({ name: 'backlog', label: 'Backlog over time: copies accepted and not yet delivered' }),
  ];
}

function placement(details: DeliveryDetails | null): Insert {
  const text = placementText(details);
  return text === ''
    ? null
    : markup`<h3>Placement</h3>
<p>${text}</p>`;
}

function domains(details: DeliveryDetails | null): Insert {
  const rows = (details?.domains ?? []).map((row): Insert[] => [
    row.domain,
    ...[row.accepted, row.delivered, row.bounced, row.pending, row.lost].map(count),
    ...[row.p50, row.p99, row.max].map(spacedDuration),
  ]);
  if (rows.length === 0) return null;
  const numbers = ['accepted', 'delivered', 'bounced', 'pending', 'lost', 'p(50)', 'p(99)', 'max'];
  const columns = [
    { heading: 'Domain', isWide: true },
    ...numbers.map((heading) => ({ heading, isNumber: true })),
  ];
  return [
    markup`<h3>By domain</h3>`,
    table({ caption: 'Copies and time to delivery by domain of the recipient', columns, rows }),
  ];
}

function cases(result: Result, details: DeliveryDetails | null): Insert {
  const rows = casesByWeight(details).map((row): Insert[] => [
    row.kind,
    row.number === null ? '' : String(row.number),
    caseTime(row, result),
    [row.recipient, row.detail, row.reply].filter((text) => text !== '').map(foreign),
  ]);
  if (rows.length === 0) return null;
  const columns: Column[] = [
    { heading: 'Kind' },
    { heading: 'Message', isNumber: true },
    { heading: 'Arrived at', isNumber: true },
    { heading: 'Recipient, what is known, the server’s reply', isWide: true },
  ];
  return [
    markup`<h3>Single copies</h3>`,
    markup`<p class="lead">At most 100 of each kind. The reply is the one the message was accepted with, usually with the server’s queue id.</p>`,
    table({ caption: 'Copies to look up in the server’s log', columns, rows }),
  ];
}

function notes(details: DeliveryDetails | null): Insert {
  const items = (details?.notes ?? []).map((note) => markup`<li>${note}</li>`);
  return items.length === 0
    ? null
    : markup`<h3>Notes</h3>
<ul class="reasons">${items}</ul>`;
}

function foreign(text: string): Markup {
  return markup`<div><code class="sample"><bdi>${text}</bdi></code></div>`;
}
