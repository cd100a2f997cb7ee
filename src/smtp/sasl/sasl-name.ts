/**
 * How names and passwords are written in SCRAM and GS2: prepared (RFC 4013), and with `,` and `=` quoted (RFC 5801 §4).
 *
 * Preparing maps and normalises (§2.1, §2.2) and forbids nothing: characters that §2.3 prohibits go out as they are,
 * and the server judges them, as it would those of any client.
 */

/** Characters that §2.1 maps to a space, and to nothing. */
const SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;
const NOTHING = /\u034f|[\u180b-\u180d]|[\ufe00-\ufe0f]|\u200d|[\u00ad\u1806\u200b\u200c\u2060\ufeff]/g;

export function saslPrep(text: string): string {
  return text.replace(SPACES, ' ').replace(NOTHING, '').normalize('NFKC');
}

export function saslName(text: string): string {
  return text.replaceAll('=', '=3D').replaceAll(',', '=2C');
}
