/** A transaction with content of a given length, head and tail, for tests. */
import { dotStuff, endWithCrlf } from '#src/smtp/dot-stuffing.js';
import type { Transaction } from '#src/smtp/outcome.js';

export interface TestMessage extends Transaction {
  /** What must stand on the wire, with DATA terminator included. */
  readonly wire: string;
}

const HEAD_BYTES = 18;

export interface TestMessageOptions extends Partial<Omit<Transaction, 'content' | 'to'>> {
  /** For BDAT. */
  readonly isChunked?: boolean;
}

export function testMessage(
  number: number,
  to: readonly string[],
  sizeBytes = 100,
  { isChunked = false, ...options }: TestMessageOptions = {},
): TestMessage {
  const head = `X-Number: ${String(number).padStart(6, '0')}\r\n`;
  const filler = 'x'.repeat(Math.max(0, sizeBytes - HEAD_BYTES - 4));
  const encode = isChunked ? endWithCrlf : dotStuff;
  const tail = encode(Buffer.from(`\r\n${filler}\r\n`, 'latin1'));
  return {
    from: 'sender@example.test',
    to,
    is8bit: false,
    isUtf8: false,
    envid: '',
    firstMailAtUs: 0,
    sizeBytes,
    content: {
      lengthBytes: HEAD_BYTES + tail.length,
      headBytes: HEAD_BYTES,
      tail,
      writeHead: (target, at) => {
        target.write(head, at, 'latin1');
      },
    },
    wire: head + tail.toString('latin1'),
    ...options,
  };
}
