/**
 * Maildir message: reads one file of a Maildir, its header or all of it, never through a link.
 *
 * Files are stored with LF line ends by most servers; what is given out has CRLF, and sizes count it, as they were on
 * the wire. A header over 256 KiB counts as having ended there.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { bodyOffset } from '../message/stamp.js';
import { MAX_WHOLE_BYTES } from './mailbox.js';

export interface MaildirMessage {
  readonly header: Uint8Array;
  readonly whole: Uint8Array | null;
  /** With CRLF line ends. */
  readonly bytes: number;
  /** When the file was written, µs since the epoch. */
  readonly at: number;
}

const CHUNK_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 256 * 1024;
const LF = 10;
const CR = 13;

/** @throws what the file system throws: ENOENT when it was moved meanwhile, ELOOP for a link */
export async function readMaildirMessage(
  path: string,
  wantsWhole: (header: Uint8Array) => boolean,
): Promise<MaildirMessage> {
  // A pipe under this name must not hold us up.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await file.stat({ bigint: true });
    if (!stat.isFile()) throw new Error('not a file');
    const [at, size] = [Number(stat.mtimeNs / 1_000n), Number(stat.size)];
    const header = await readHeader(file, size);
    if (size > MAX_WHOLE_BYTES || !wantsWhole(header)) {
      return { header, whole: null, bytes: sizeIn(path) ?? (await countBytes(file)), at };
    }
    const whole = withCrlf(await readUpTo(file, size));
    return { header, whole, bytes: whole.length, at };
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle, size: number): Promise<Buffer> {
  for (let wanted = Math.min(size, 4096); ; wanted = Math.min(size, wanted * 4, MAX_HEADER_BYTES)) {
    const start = await readUpTo(file, wanted);
    const end = bodyOffset(start);
    if (end < start.length || start.length < wanted || wanted >= Math.min(size, MAX_HEADER_BYTES)) {
      return start.subarray(0, end);
    }
  }
}

/** Fewer where the file is shorter. */
async function readUpTo(file: FileHandle, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** `,W=` in the name: the size with CRLF, as Dovecot notes it, and spares us the reading. */
function sizeIn(path: string): number | null {
  const found = /,W=(\d{1,12})(?=[,:]|$)/.exec(path.slice(path.lastIndexOf('/')));
  return found === null ? null : Number(found[1]);
}

async function countBytes(file: FileHandle): Promise<number> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let [offset, loneLfs, last] = [0, 0, 0];
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, offset);
    if (bytesRead === 0) return offset + loneLfs;
    for (let at = chunk.indexOf(LF); at >= 0 && at < bytesRead; at = chunk.indexOf(LF, at + 1)) {
      if ((at === 0 ? last : chunk[at - 1]) !== CR) loneLfs++;
    }
    last = chunk[bytesRead - 1] ?? 0;
    offset += bytesRead;
  }
}

/** The message itself where it has CRLF already. */
function withCrlf(message: Buffer): Buffer {
  const text = message.toString('latin1');
  const crlf = text.replace(/(?<!\r)\n/g, '\r\n');
  return crlf.length === text.length ? message : Buffer.from(crlf, 'latin1');
}
