/**
 * Placeholders: where `{{seq}}` ended up after a template was composed.
 *
 * A marker of the same width stands in for the number while nodemailer folds and encodes; afterwards its bytes are
 * found and overwritten for each message. So a marker must come through as it is: it is lower-case letters and digits,
 * header words are encoded around it, and soft line breaks are moved out of it.
 * RFC 2045 §6.7 (quoted-printable), RFC 2047 (encoded words).
 */
import { encodeWord } from 'nodemailer/lib/mime-funcs';
import { NUMBER_DIGITS } from './stamp.js';

export const SEQ = '{{seq}}';
/** In a reverse-path: the recipient, as mailing lists write it. */
export const VERP = '{{verp}}';

/** Structured fields, where an encoded word cannot stand just anywhere; nodemailer knows them. */
const STRUCTURED = new Set(['from', 'sender', 'to', 'cc', 'bcc', 'reply-to', 'in-reply-to', 'references']);
const NEEDS_ENCODING = /[^\x20-\x7e]|"|=\?/;
/** Longest encoded word nodemailer itself makes in a header. */
const WORD_CHARS = 52;

/** The `attempt`-th marker that occurs in none of the texts, in any case. */
export function chooseMarker(texts: readonly string[], attempt: number): string {
  for (let candidate = attempt; ; candidate++) {
    const marker = `zq${(candidate * 7919 + 104729).toString(36).padStart(NUMBER_DIGITS - 2, 'x7k0w4j9')}`;
    if (!texts.some((text) => text.toLowerCase().includes(marker))) return marker;
  }
}

export function countSeq(text: string): number {
  return text.split(SEQ).length - 1;
}

export function fillSeq(text: string, marker: string): string {
  return text.replaceAll(SEQ, marker);
}

/** A header value with the marker filled in, encoded here where nodemailer would split or hide it. */
export function fillHeaderSeq(name: string, value: string, marker: string): string {
  const isFree = !STRUCTURED.has(name.toLowerCase()) && NEEDS_ENCODING.test(value) && value.includes(SEQ);
  if (!isFree) return fillSeq(value, marker);
  // White space between two encoded words is not shown (RFC 2047 §6.2), so the pieces read as one.
  return value
    .split(SEQ)
    .map((piece) => (piece === '' ? '' : encodeWord(piece, 'Q', WORD_CHARS)))
    .join(` =?UTF-8?Q?${marker}?= `)
    .trim();
}

/** Moves quoted-printable soft breaks from inside markers to both sides of them: no line grows past its limit. */
export function unsplitMarkers(message: Buffer, marker: string): Buffer {
  const split = new RegExp([...marker].join('(?:=\r\n)?'), 'g');
  const text = message.toString('latin1');
  return Buffer.from(
    text.replace(split, (found) => (found === marker ? found : `=\r\n${marker}=\r\n`)),
    'latin1',
  );
}

/** Offsets of the marker, ascending. */
export function findMarkers(message: Buffer, marker: string): number[] {
  const offsets: number[] = [];
  for (let at = message.indexOf(marker); at >= 0; at = message.indexOf(marker, at + marker.length)) {
    offsets.push(at);
  }
  return offsets;
}
