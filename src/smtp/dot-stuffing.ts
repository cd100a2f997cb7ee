/**
 * Dot-stuffing: a message made fit for DATA, or for BDAT, which needs none; once per variant and not once per message.
 *
 * For DATA, a line that begins with a dot gets another one, the message ends with CRLF, and the terminating dot line is
 * appended, so that the whole can go out in one write. RFC 5321 §4.5.2, RFC 3030 §2. Expects CRLF line ends and leaves them alone.
 */
const DOT = 46;
const CR = 13;
const LF = 10;

/** Bytes for DATA: stuffed, with the terminator `.` CRLF. */
export function dotStuff(message: Buffer): Buffer {
  const dots = leadingDots(message);
  const stuffed = Buffer.allocUnsafe(message.length + dots.length + 5);
  let [from, to] = [0, 0];
  for (const dot of dots) {
    to += message.copy(stuffed, to, from, dot);
    stuffed[to++] = DOT;
    from = dot;
  }
  to += message.copy(stuffed, to, from);
  to += stuffed.write(endsWithCrlf(message) ? '.\r\n' : '\r\n.\r\n', to, 'latin1');
  return stuffed.subarray(0, to);
}

/** Bytes for BDAT: as they are, but ended with CRLF, as they would be with DATA. */
export function endWithCrlf(message: Uint8Array): Buffer {
  return Buffer.concat(endsWithCrlf(message) ? [message] : [message, Buffer.from('\r\n')]);
}

/** A lone LF counts as a line end too: some servers take it for one, and then an unstuffed dot would end the message. */
function leadingDots(message: Buffer): readonly number[] {
  const dots = message[0] === DOT ? [0] : [];
  for (let at = message.indexOf('\n.'); at >= 0; at = message.indexOf('\n.', at + 2)) dots.push(at + 1);
  return dots;
}

function endsWithCrlf(message: Uint8Array): boolean {
  const end = message.length;
  return end === 0 || (end >= 2 && message[end - 2] === CR && message[end - 1] === LF);
}
