/**
 * Console delivery: what became of the accepted copies, as lines of the summary; none where that was not proved.
 *
 * The first cases are named with the server's reply, so that its queue id can be looked up; the report has the rest.
 */
import type pc from 'picocolors';
import type { DeliveryDetails } from '../result/delivery-details.js';
import type { Result } from '../result/result.js';
import {
  backlogSentence,
  CASES_SHOWN,
  caseReason,
  caseTitle,
  type DeliveryRow,
  deliveryRows,
  deliverySentence,
  firstCases,
  isDeliverySound,
  placementText,
} from './delivery.js';
import { visible } from './escape.js';
import { count, duration, percent } from './format.js';
import { clip, columns, left, right, wrap } from './terminal.js';

interface Page {
  readonly colors: ReturnType<typeof pc.createColors>;
  readonly width: number;
}

const INDENT = '    ';
/** A row loses its meaning, then its share, before its number and name are cut. */
const ROOM_FOR_MEANINGS = 60;
const ROOM_FOR_SHARES = 50;

export function renderDelivery(result: Result, details: DeliveryDetails | null, page: Page): string[] {
  const { delivery } = result;
  if (delivery === null) return [];
  const { colors } = page;
  const isSound = isDeliverySound(delivery);
  const paint = isSound ? colors.green : colors.red;
  const rows = deliveryRows(delivery);
  const widest = Math.max(...rows.map(({ copies }) => count(copies).length));
  return [
    `  ${colors.bold('█ DELIVERY')}  ${paint(isSound ? 'COMPLETE' : 'NOT COMPLETE')}`,
    ...paragraph(deliverySentence(delivery), page),
    ...rows.map((row) => line(row, widest, page)),
    ...domainLines(details, page),
    ...paragraph(placement(details), page),
    ...paragraph(backlogSentence(details), page),
    ...caseLines(details, page),
    ...(details?.notes ?? []).flatMap((note) => paragraph(visible(note), page, colors.yellow('! '))),
  ];
}

function paragraph(text: string, { width }: Page, lead = ''): string[] {
  if (text === '') return [];
  const hang = lead === '' ? '' : '  ';
  return wrap(text, width - INDENT.length - hang.length).map(
    (part, i) => `${INDENT}${i === 0 ? lead : hang}${part}`,
  );
}

function line(row: DeliveryRow, widest: number, { colors, width }: Page): string {
  const number = right(count(row.copies), widest);
  const share = width < ROOM_FOR_SHARES ? '' : right(row.share === null ? '' : percent(row.share), 7);
  const name = left(row.label, 22);
  const meaning = width < ROOM_FOR_MEANINGS ? '' : clip(row.meaning, width - INDENT.length - widest - 34);
  const painted = row.isBad ? colors.red(`${number}  ${name}`) : `${number}  ${name}`;
  return `${INDENT}${painted} ${colors.dim(share)}  ${colors.dim(meaning)}`.trimEnd();
}

/** One domain says nothing that the trend does not. Where there is little room, durations alone. */
function domainLines(details: DeliveryDetails | null, { colors, width }: Page): string[] {
  const domains = details?.domains ?? [];
  if (domains.length < 2) return [];
  const shown = domains.slice(0, CASES_SHOWN);
  const numbers = width < ROOM_FOR_MEANINGS ? 2 : 4;
  const cell = width < ROOM_FOR_MEANINGS ? 8 : 10;
  const widest = Math.min(
    32,
    width - INDENT.length - cell * numbers - 1,
    Math.max(...shown.map(({ domain }) => columns(visible(domain)))),
  );
  const cells = (values: readonly string[]) =>
    values
      .slice(-numbers)
      .map((value) => right(value, cell))
      .join('');
  const head = `${left('by domain', widest)}${cells(['delivered', 'missing', 'p(50)', 'p(99)'])}`;
  const rows = shown.map((row) => {
    const missing = row.accepted - row.delivered - row.bounced;
    const values = [count(row.delivered), count(missing), duration(row.p50), duration(row.p99)];
    return `${left(clip(visible(row.domain), widest), widest)}${cells(values)}`;
  });
  const more = domains.length > shown.length ? [colors.dim(`and ${domains.length - shown.length} more`)] : [];
  return [colors.dim(head), ...rows, ...more].map((text) => INDENT + text);
}

function placement(details: DeliveryDetails | null): string {
  const text = placementText(details);
  return text === '' ? '' : `Placement: ${text}.`;
}

function caseLines(details: DeliveryDetails | null, { colors, width }: Page): string[] {
  const shown = firstCases(details);
  const lines = shown.flatMap((row) => {
    const what = clip(`${caseTitle(row)}  ${visible(row.recipient)}`, width - INDENT.length);
    const why = visible(caseReason(row));
    return [
      INDENT + what,
      ...(why === '' ? [] : [`${INDENT}  ${colors.dim(clip(why, width - INDENT.length - 2))}`]),
    ];
  });
  const more = (details?.cases.length ?? 0) - shown.length;
  return more > 0 ? [...lines, `${INDENT}${colors.dim(`and ${more} more in the report`)}`] : lines;
}
