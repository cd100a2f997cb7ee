/**
 * The terminal: whether to colour, and how wide it is.
 */
import process from 'node:process';

/** NO_COLOR and FORCE_COLOR as everywhere; `--no-color` beats both. */
export function isColored(stream: NodeJS.WriteStream, usesColor: boolean): boolean {
  if (!usesColor || (process.env.NO_COLOR ?? '') !== '') return false;
  if ((process.env.FORCE_COLOR ?? '') !== '' && process.env.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && process.env.TERM !== 'dumb';
}

/** A terminal that does not know its width says 0. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return stream.columns || 100;
}
