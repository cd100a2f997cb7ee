/**
 * Table: a captioned HTML table in a container of its own that scrolls, so that a phone need not.
 */
import { type Insert, type Markup, markup } from './markup.js';

export interface Column {
  readonly heading: string;
  /** Right-aligned, tabular numerals. */
  readonly isNumber?: boolean;
  /** Stretches: bars and long texts. */
  readonly isWide?: boolean;
}

export interface TableContent {
  /** Says what the table holds; read out, and shown where `isCaptionShown`. */
  readonly caption: string;
  readonly isCaptionShown?: boolean;
  readonly columns: readonly Column[];
  /** The first cell of a row is its heading. */
  readonly rows: readonly (readonly Insert[])[];
}

export function table({ caption, isCaptionShown = false, columns, rows }: TableContent): Markup {
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
<table>
<caption class="${isCaptionShown ? '' : 'unseen'}">${caption}</caption>
<thead><tr>${columns.map((column) => markup`<th scope="col" class="${classOf(column)}">${column.heading}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => bodyRow(row, columns))}</tbody>
</table>
</div>`;
}

function bodyRow(row: readonly Insert[], columns: readonly Column[]): Markup {
  const cells = row.map((cell, i) => {
    const name = classOf(columns[i] ?? { heading: '' });
    return i === 0
      ? markup`<th scope="row" class="${name}">${cell}</th>`
      : markup`<td class="${name}">${cell}</td>`;
  });
  return markup`<tr>${cells}</tr>
`;
}

function classOf({ isNumber = false, isWide = false }: Column): string {
  return isNumber ? 'number' : isWide ? 'wide' : '';
}
