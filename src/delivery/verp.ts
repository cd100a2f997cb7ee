/**
 * VERP: the message's number out of a reverse-path that holds it, for bounces that do not quote what they are about.
 *
 * Pure. The pattern is `envelope.from` with `{{seq}}`; case makes no difference, because relays change it.
 */

const SEQ = '{{seq}}';
const VERP = '\\{\\{verp\\}\\}';
const SPECIAL = /[.*+?^${}()|[\]\\]/g;

export type NumberOfAddress = (address: string) => number | null;

/** Of several patterns the first that fits, by the number modulo their number; null where none holds a number. */
export function compileVerp(from: readonly string[]): NumberOfAddress {
  const each = from.map(compileOne);
  return (address) => {
    for (const [index, numberOf] of each.entries()) {
      const number = numberOf?.(address) ?? null;
      if (number !== null && number % each.length === index) return number;
    }
    return null;
  };
}

function compileOne(from: string): NumberOfAddress | null {
  const literals = from.split(SEQ);
  if (literals.length < 2) return null;
  // What VERP makes of a recipient may be anything without an @.
  const quoted = literals.map((literal) => literal.replace(SPECIAL, '\\$&').replaceAll(VERP, '[^@]+'));
  const pattern = new RegExp(`^${quoted[0]}(\\d{1,10})${quoted.slice(1).join('\\1')}$`, 'i');
  return (address) => {
    const digits = pattern.exec(address)?.[1];
    return digits === undefined ? null : Number(digits);
  };
}
