/**
 * Raw message: bytes that somebody else composed, sent as they are under the stamp.
 *
 * Lines end in CRLF on the wire, the last one too (RFC 5321 §2.3.8); nothing else is changed: Message-ID and Date are those
 * of the bytes. Lines over 998 octets (RFC 5322 §2.1.1) and NULs are refused.
 */
import { isAscii } from 'node:buffer';
import { UsageError } from '../errors.js';
import { bodyDigest, bodyOffset, patchStamp, stampLayout, writeStamp } from './stamp.js';
import type { PreparedMessage } from './supply.js';
import type { Content, VariantOptions } from './variant.js';

const MAX_LINE_BYTES = 998;

/** @throws UsageError when it cannot be sent as it is */
export function rawMessage(given: Buffer, { run, encode }: VariantOptions): PreparedMessage {
  const bytes = withCrlf(given);
  requireSendable(bytes);
  const layout = stampLayout(run);
  const message = Buffer.allocUnsafe(layout.lengthBytes + bytes.length);
  const bodyAt = bodyOffset(bytes);
  const digest = bodyDigest(bytes.subarray(bodyAt));
  const stamp = { run, number: 0, isWarmup: false, sentAtUs: 0, bodyDigest: digest };
  bytes.copy(message, writeStamp(message, 0, stamp));
  const wire = encode(message);
  const [head, tail] = [wire.subarray(0, layout.lengthBytes), wire.subarray(layout.lengthBytes)];
  return {
    sizeBytes: message.length,
    is8bit: !isAscii(bytes),
    hasUtf8Headers: !isAscii(bytes.subarray(0, bodyAt)),
    content: (number, isWarmup): Content => ({
      lengthBytes: wire.length,
      headBytes: head.length,
      tail,
      writeHead(target, at, sentAtUs) {
        head.copy(target, at);
        patchStamp(target, at, layout, { number, isWarmup, sentAtUs: Math.floor(sentAtUs) });
      },
    }),
  };
}

function withCrlf(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  if (text.endsWith('\r\n') && !/(?<!\r)\n|\r(?!\n)/.test(text)) return bytes;
  const lines = text.replace(/\r\n?|\n/g, '\r\n');
  return Buffer.from(lines.endsWith('\r\n') ? lines : `${lines}\r\n`, 'latin1');
}

function requireSendable(bytes: Buffer): void {
  if (bytes.includes(0)) throw unsendable('it holds a NUL');
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf('\r\n', start, 'latin1');
    if (end - start > MAX_LINE_BYTES)
      throw unsendable(`a line of ${end - start} bytes is over the limit of ${MAX_LINE_BYTES}`);
    start = end + 2;
  }
}

function unsendable(why: string): UsageError {
  return new UsageError('MESSAGE_RAW_UNFIT', `A raw message cannot be sent as it is: ${why}`, {
    hint: 'Encode what it holds as quoted-printable or base64.',
  });
}
