/**
 * A table of figures with their samples' spread: median, minimum … maximum, number of samples.
 */
export interface Row {
  readonly name: string;
  readonly samples: readonly number[];
  readonly unit: string;
  /** What it should meet, and whether the median does; for rows with a target. */
  readonly target?: { readonly text: string; readonly isMet: (median: number) => boolean };
}

export function renderTable(title: string, rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    `${figure(median(row.samples))} ${row.unit}`.trim(),
    `${figure(Math.min(...row.samples))} … ${figure(Math.max(...row.samples))}`,
    String(row.samples.length),
    row.target === undefined
      ? ''
      : `${row.target.text} ${row.target.isMet(median(row.samples)) ? 'met' : 'MISSED'}`,
  ]);
  const header = ['', 'median', 'min … max', 'n', 'target'];
  const widths = header.map((name, i) => Math.max(name.length, ...cells.map((row) => (row[i] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return `\n${title}\n${[header, ...cells].map(line).join('\n')}\n`;
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function figure(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
