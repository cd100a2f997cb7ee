/**
 * Raw text: the text and html of a template put into a composed message as they stand, marked 7bit or 8bit.
 *
 * nodemailer encodes whatever is not ASCII. So it is given a word in place of the text, sends that as 7bit, and the
 * word and its mark are replaced afterwards. What cannot be sent as it stands is refused: lines over 998 octets, and
 * in 7bit whatever is not ASCII (RFC 2045 §2.7, §2.8; RFC 5322 §2.1.1).
 */
import { BugError, UsageError } from '../errors.js';

export interface RawText {
  /** Stands in the composed message once, on a line of its own. */
  readonly word: string;
  /** Lines end in CRLF. */
  readonly text: string;
  readonly encoding: '7bit' | '8bit';
}

const MARK = 'Content-Transfer-Encoding: 7bit\r\n';
const MAX_LINE_BYTES = 998;

/** @throws UsageError when it cannot be sent with this encoding */
export function putRawText(message: Buffer, { word, text, encoding }: RawText): Buffer {
  requireSendable(text, encoding);
  const at = message.indexOf(word);
  const markAt = message.lastIndexOf(MARK, at, 'latin1');
  if (at < 0 || markAt < 0) throw new BugError(`${word} cannot be found in the composed message`);
  return Buffer.concat([
    message.subarray(0, markAt),
    Buffer.from(`Content-Transfer-Encoding: ${encoding}\r\n`, 'latin1'),
    message.subarray(markAt + MARK.length, at),
    Buffer.from(text, 'utf8'),
    message.subarray(at + word.length),
  ]);
}

function requireSendable(text: string, encoding: '7bit' | '8bit'): void {
  if (encoding === '7bit' && /[^\0-\x7f]/.test(text)) throw unfit(encoding, 'it is not all ASCII');
  if (text.includes('\0')) throw unfit(encoding, 'it holds a NUL');
  const longest = Math.max(...text.split('\r\n').map((line) => Buffer.byteLength(line)));
  if (longest > MAX_LINE_BYTES) {
    throw unfit(encoding, `a line of ${longest} bytes is over the limit of ${MAX_LINE_BYTES}`);
  }
}

function unfit(encoding: string, why: string): UsageError {
  return new UsageError('MESSAGE_ENCODING_UNFIT', `A text cannot be sent as ${encoding}: ${why}`, {
    hint: 'Use `encoding: quoted-printable`, or leave the choice to `auto`.',
  });
}
