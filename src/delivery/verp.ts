/**
 * VERP: the message's number out of a reverse-path that holds it, for bounces that do not quote what they are about.
 *
 * Pure. The pattern is `envelope.from` with `{{seq}}`; case makes no difference, because relays change it.
 */

const SEQ = '{{seq}}';
const VERP = '\\{\\{verp\\}\\}';
const SPECIAL = /[.*+?^${}()|[\]\\]/g;

export type NumberOfAddress = (address: string) => number | null;

/** null where the pattern holds no number. */
export function compileVerp(from: string): NumberOfAddress | null {
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
