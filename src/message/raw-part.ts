/**
 * Raw part: a text or an attachment put into a composed message as it stands, marked 7bit, 8bit or binary.
 *
 * nodemailer encodes whatever is not ASCII. So it is given a word instead, sends that as 7bit, and the word and its mark are
 * replaced afterwards. What cannot be sent as it stands is refused: with 7bit and 8bit NULs, lone CRs and lines over 998
 * octets, in 7bit whatever is not ASCII; binary takes anything (RFC 2045 §2.7 to §2.9; RFC 5322 §2.1.1; RFC 3030).
 */
import { isAscii } from 'node:buffer';
import { BugError, UsageError } from '../errors.js';
import { contentObstacleOf } from './wire-form.js';

export type RawEncoding = '7bit' | '8bit' | 'binary';

export interface RawPart {
  /** Stands in the composed message once, on a line of its own. */
  readonly word: string;
  /** Lines end in CRLF, unless it is binary. */
  readonly content: Buffer;
  readonly encoding: RawEncoding;
}

const CRLF = Buffer.from('\r\n');
const MARK = 'Content-Transfer-Encoding: 7bit\r\n';

export function isRawEncoding(encoding: string): encoding is RawEncoding {
  return encoding === '7bit' || encoding === '8bit' || encoding === 'binary';
}

/** @throws UsageError when it cannot be sent with this encoding */
export function putRawPart(message: Buffer, { word, content, encoding }: RawPart): Buffer {
  requireSendable(content, encoding);
  const at = message.indexOf(word);
  const markAt = message.lastIndexOf(MARK, at, 'latin1');
  if (at < 0 || markAt < 0) throw new BugError(`${word} cannot be found in the composed message`);
  const rest = message.subarray(at + word.length);
  // At the very end the line of the word was ended; the content may have ended its own.
  const isEnded = rest.equals(CRLF) && content.subarray(-2).equals(CRLF);
  return Buffer.concat([
    message.subarray(0, markAt),
    Buffer.from(`Content-Transfer-Encoding: ${encoding}\r\n`, 'latin1'),
    message.subarray(markAt + MARK.length, at),
    content,
    ...(isEnded ? [] : [rest]),
  ]);
}

function requireSendable(content: Buffer, encoding: RawEncoding): void {
  if (encoding === 'binary') return;
  const isOverAscii = encoding === '7bit' && !isAscii(content);
  const obstacle = isOverAscii ? 'is not all ASCII' : contentObstacleOf(content, false);
  if (obstacle === null) return;
  throw new UsageError('MESSAGE_ENCODING_UNFIT', `A part cannot be sent as ${encoding}: it ${obstacle}`, {
    hint: 'Use `encoding: quoted-printable` for text, base64 for anything, or leave the choice to `auto`.',
  });
}
