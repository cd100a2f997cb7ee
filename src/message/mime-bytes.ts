/**
 * MIME bytes: a message as nodemailer lays it out, written at once instead of through its streams.
 *
 * Scenario code makes a message when it is due, and the session asks for its content at once; nodemailer's own `build` is
 * asynchronous and takes four times as long (350 µs for 4 KiB of text, this 80 µs). The bytes are those of `build`,
 * but for the soft line breaks of long quoted-printable lines, which depend on how its stream is fed.
 * Content is text or bytes: no streams, files or URLs. RFC 2045 §6, RFC 2046 §5.1.1 (delimiters).
 */
import { wrap as wrapBase64 } from 'nodemailer/lib/base64';
import MailComposer, { type MailComposerOptions } from 'nodemailer/lib/mail-composer';
import type MimeNode from 'nodemailer/lib/mime-node';
import { encode as encodeQuoted, wrap as wrapQuoted } from 'nodemailer/lib/qp';
import { BugError } from '../errors.js';

/** Lines end in CRLF, the last one too. Opens no file and no URL, whatever the mail says. */
export function mimeBytes(mail: MailComposerOptions): Buffer {
  const safe = { ...mail, disableFileAccess: true, disableUrlAccess: true };
  const pieces: Buffer[] = [];
  addNode(new MailComposer(safe).compile(), pieces);
  const message = Buffer.concat(pieces);
  return message.at(-1) === LF ? message : Buffer.concat([message, Buffer.from('\r\n')]);
}

const LF = 10;
const LINE_LENGTH = 76;

function addNode(node: MimeNode, pieces: Buffer[]): void {
  // Chosen before the headers are built, which name it.
  const encoding = node.getTransferEncoding();
  pieces.push(Buffer.from(`${node.buildHeaders()}\r\n\r\n`));
  if (node.content !== undefined) pieces.push(encoded(bytesOf(node.content), encoding, node));
  // Known once the headers are built.
  const { boundary } = node;
  if (typeof boundary !== 'string') return;
  for (const [index, child] of node.childNodes.entries()) {
    pieces.push(Buffer.from(`${index === 0 ? '' : '\r\n'}--${boundary}\r\n`));
    addNode(child, pieces);
  }
  pieces.push(Buffer.from(`\r\n--${boundary}--\r\n`));
}

function encoded(content: Buffer, encoding: string | false, node: MimeNode): Buffer {
  if (encoding === 'base64') {
    return Buffer.from(wrapBase64(content.toString('base64'), LINE_LENGTH), 'latin1');
  }
  if (encoding !== 'quoted-printable') return withCrlf(content);
  if (!/^text\//i.test(node.contentType ?? '')) throw new BugError('quoted-printable is for text');
  return withCrlf(Buffer.from(wrapQuoted(encodeQuoted(content), LINE_LENGTH), 'latin1'));
}

function bytesOf(content: MimeNode['content']): Buffer {
  if (typeof content === 'string') return Buffer.from(content);
  if (Buffer.isBuffer(content)) return content;
  throw new BugError('the content of a part is neither text nor bytes');
}

/** A part that goes out as it stands may hold lone LFs: an attached message, say. */
function withCrlf(content: Buffer): Buffer {
  const text = content.toString('latin1');
  return /(?<!\r)\n/.test(text) ? Buffer.from(text.replace(/(?<!\r)\n/g, '\r\n'), 'latin1') : content;
}
