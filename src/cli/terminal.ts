/**
 * The terminal: whether to colour, how wide it is, and how to tell it something that may get lost.
 */
import process from 'node:process';

/** NO_COLOR and FORCE_COLOR as everywhere; `--color` and `--no-color` beat both. @param wanted what the flag says, if given */
export function isColored(stream: NodeJS.WriteStream, wanted: boolean | undefined): boolean {
  if (wanted !== undefined) return wanted;
  if ((process.env.NO_COLOR ?? '') !== '') return false;
  if ((process.env.FORCE_COLOR ?? '') !== '' && process.env.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && process.env.TERM !== 'dumb';
}

/** Whether lines can be drawn over. */
export function isDrawable(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb';
}

/** Writes to stderr. Nobody may be there to read (a closed pipe or terminal, a full disk); that must not end a run. */
export function tell(text: string): void {
  try {
    process.stderr.write(text);
  } catch {
    // Files and terminals are written synchronously, and throw.
  }
}

/** A terminal that does not know its width says 0. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return stream.columns || 100;
}
