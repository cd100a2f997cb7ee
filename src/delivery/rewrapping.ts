/**
 * Rewrapping: encoded content written anew the way the sender writes it, whatever lines a relay gave it.
 *
 * A filter that decodes a message and encodes it again breaks its lines elsewhere (RFC 2045 §6.7 leaves open where). All our
 * messages are encoded by nodemailer, which always breaks the same content at the same places. So this is no guess:
 * a body is only called the same when what comes out is exactly what was sent.
 */
import { encode, wrap } from 'nodemailer/lib/qp';
import { decodedContent, type Entity } from './mime.js';

const LINE_CHARS = 76;
const LINES = /.{1,76}/g;

/** Content of a part that is quoted-printable or base64. */
export function rewrapped(text: string, entity: Entity): string {
  if (entity.encoding === 'base64') return rewrappedBase64(text.slice(entity.bodyStart, entity.end));
  return wrap(encode(Buffer.from(decodedContent(text, entity), 'latin1')), LINE_CHARS);
}

function rewrappedBase64(content: string): string {
  const encoded = Buffer.from(content, 'base64').toString('base64');
  const lines = encoded.match(LINES) ?? [];
  return lines.join('\r\n') + (content.endsWith('\r\n') ? '\r\n' : '');
}
