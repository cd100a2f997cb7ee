/**
 * Terminal: text measured and cut by the columns it takes.
 *
 * Works on text without escape sequences: cut and pad first, colour last. Wide East Asian characters and emoji take
 * two columns and combining marks none; where terminals disagree a line comes out short rather than long.
 */

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const ZERO = /[\p{Mn}\p{Me}\p{Cf}]/u;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Columns the text takes. */
export function columns(text: string): number {
  let sum = 0;
  for (const character of text) sum += charColumns(character);
  return sum;
}

/** The text, or as much of it as fits `width` columns with `…` at its end. */
export function clip(text: string, width: number): string {
  if (columns(text) <= width) return text;
  if (width < 1) return '';
  let taken = '';
  let used = 0;
  for (const character of text) {
    used += charColumns(character);
    if (used > width - 1) break;
    taken += character;
  }
  return `${taken}…`;
}

/** The text filled up with `fill` on its right. */
export function left(text: string, width: number, fill = ' '): string {
  return text + fill.repeat(Math.max(0, width - columns(text)));
}

/** The text filled up with blanks on its left. */
export function right(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - columns(text))) + text;
}

/** A bar of up to `width` columns for a share 0…1, in eighths of a column; never empty for a share over 0. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const shown = share > 0 ? Math.max(1, eighths) : 0;
  return '█'.repeat(Math.floor(shown / 8)) + (EIGHTHS[shown % 8] ?? '');
}

/** The text in lines of at most `width` columns, broken between words; a longer word is cut. */
export function wrap(text: string, width: number): readonly string[] {
  return flow(text.split(' '), width, ' ');
}

/** The pieces in lines of at most `width` columns, never broken within a piece; a longer piece is cut. */
export function flow(pieces: readonly string[], width: number, gap: string): readonly string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    const joined = last === undefined ? null : `${last}${gap}${piece}`;
    if (joined !== null && columns(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(clip(piece, width));
  }
  return lines;
}

function charColumns(character: string): number {
  if (character <= '~') return 1;
  if (ZERO.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
