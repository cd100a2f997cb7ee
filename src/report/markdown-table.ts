/** Markdown table. Cells are Markdown already; columns of numbers are right-aligned. Pure. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const isNumeric = (column: number) => rows.every((row) => /^[\d–]/.test(row[column] ?? ''));
  const rule = headings.map((_, column) => (isNumeric(column) ? '--:' : ':--'));
  return [headings, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
