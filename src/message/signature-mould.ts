/**
 * Signature mould: a DKIM signature of its own for each message of a variant.
 *
 * Made from one signature over the composed message, markers and all. What it covers is canonicalised once; per message the
 * numbers, the date and the body's hash are patched in, and what the key makes of it is written over the characters of
 * `b=`, whose number never changes. Costs one signature a message, and a hash of the body where that holds placeholders.
 * RFC 6376 §3.4.2, §3.4.4 (relaxed), §3.7 (what is signed), RFC 8463 §3 (Ed25519 signs a SHA-256).
 */
import { createPrivateKey, hash, type KeyObject, sign } from 'node:crypto';
import { BugError } from '../errors.js';
import { DATE_BYTES, type DateField } from './date-field.js';
import { findMarkers } from './placeholder.js';
import { bodyOffset, NUMBER_DIGITS, writeDigits } from './stamp.js';

export interface MouldOptions {
  /** The DKIM-Signature field with its CRLF, as it stands in the message. */
  readonly field: string;
  /** Where it stands, from the first signature on. */
  readonly at: number;
  /** PEM of the private key. */
  readonly key: string;
}

interface Piece {
  readonly at: number;
  readonly length: number;
}

export class SignatureMould {
  readonly #key: KeyObject;
  readonly #isRsa: boolean;
  readonly #covered: Buffer;
  readonly #numbers: readonly number[];
  readonly #date: number;
  readonly #body: CoveredBody | null;
  /** Where the body's hash stands: in what is covered, and in the message. */
  readonly #hashes: { readonly covered: number; readonly field: number };
  readonly #pieces: readonly Piece[];

  constructor(
    message: { readonly bytes: Buffer; readonly marker: string },
    { field, at, key }: MouldOptions,
  ) {
    this.#key = createPrivateKey(key);
    this.#isRsa = this.#key.asymmetricKeyType === 'rsa';
    this.#covered = Buffer.from(coveredText(message.bytes, field), 'latin1');
    this.#numbers = findMarkers(this.#covered, message.marker);
    this.#date = dateOffset(this.#covered);
    this.#body = CoveredBody.of(message.bytes, message.marker);
    const bodyHash = tagOf(field, 'bh');
    this.#hashes = { covered: this.#covered.lastIndexOf(bodyHash), field: at + field.lastIndexOf(bodyHash) };
    this.#pieces = signaturePieces(field).map((piece) => ({ ...piece, at: at + piece.at }));
    if (!field.includes(bodyHash)) throw new BugError('The body hash of a DKIM signature is folded.');
  }

  /** Writes this message's signature; `at` is where the first signature of the message stands in the target. */
  write(
    target: Buffer,
    at: number,
    message: { readonly number: number; readonly sentAtUs: number; readonly date: DateField },
  ): void {
    for (const place of this.#numbers) writeDigits(this.#covered, place, message.number, NUMBER_DIGITS);
    if (this.#date >= 0) message.date.write(this.#covered, this.#date, message.sentAtUs);
    if (this.#body !== null) {
      const bodyHash = this.#body.hash(message.number);
      this.#covered.write(bodyHash, this.#hashes.covered, 'latin1');
      target.write(bodyHash, at + this.#hashes.field, 'latin1');
    }
    const signature = this.#sign();
    let taken = 0;
    for (const piece of this.#pieces) {
      target.write(signature.slice(taken, taken + piece.length), at + piece.at, 'latin1');
      taken += piece.length;
    }
  }

  #sign(): string {
    const signed = this.#isRsa
      ? sign('sha256', this.#covered, this.#key)
      : sign(null, Buffer.from(hash('sha256', this.#covered, 'hex'), 'hex'), this.#key);
    return signed.toString('base64');
  }
}

/** The body in relaxed form, whose hash differs where it holds placeholders. */
class CoveredBody {
  readonly #bytes: Buffer;
  readonly #numbers: readonly number[];

  static of(message: Buffer, marker: string): CoveredBody | null {
    const body = message.subarray(bodyOffset(message));
    if (findMarkers(body, marker).length === 0) return null;
    const relaxed = relaxedBody(body);
    return new CoveredBody(relaxed, findMarkers(relaxed, marker));
  }

  private constructor(bytes: Buffer, numbers: readonly number[]) {
    this.#bytes = bytes;
    this.#numbers = numbers;
  }

  hash(number: number): string {
    for (const place of this.#numbers) writeDigits(this.#bytes, place, number, NUMBER_DIGITS);
    return hash('sha256', this.#bytes, 'base64');
  }
}

/** The fields that `h=` names, of equal ones the last first, then the signature itself without its value (RFC 6376 §5.4.2). */
function coveredText(message: Buffer, field: string): string {
  const fields = message.toString('latin1', 0, bodyOffset(message)).split(/\r\n(?![ \t])/);
  const names = tagOf(field, 'h').split(':');
  const covered = names.map((name) => {
    const at = fields.findLastIndex((one) => nameOf(one) === name.trim().toLowerCase());
    if (at < 0) throw new BugError(`A DKIM signature covers ${name}, which is not there.`);
    return `${relaxedField(fields.splice(at, 1)[0] as string)}\r\n`;
  });
  return covered.join('') + relaxedField(field.trimEnd().replace(/([;\s]b=)[^;]*$/, '$1'));
}

function nameOf(field: string): string {
  return field.slice(0, field.indexOf(':')).trim().toLowerCase();
}

function relaxedField(field: string): string {
  const value = field.slice(field.indexOf(':') + 1).replace(/\r\n/g, '');
  return `${nameOf(field)}:${value.replace(/[ \t]+/g, ' ').trim()}`;
}

function relaxedBody(body: Buffer): Buffer {
  const text = body
    .toString('latin1')
    .replace(/[ \t]+/g, ' ')
    .replaceAll(' \r\n', '\r\n');
  let end = text.length;
  while (text.startsWith('\r\n', end - 2)) end -= 2;
  return Buffer.from(end === 0 ? '' : `${text.slice(0, end)}\r\n`, 'latin1');
}

/** A tag's value without the white space it was folded with. */
function tagOf(field: string, tag: string): string {
  const value = new RegExp(`[;\\s]${tag}=([^;]*)`).exec(field)?.[1];
  if (value === undefined) throw new BugError(`A DKIM signature without ${tag}=.`);
  return value.replace(/\s+/g, '');
}

/** Where the characters of `b=` stand, the last tag, folded as they are. */
function signaturePieces(field: string): readonly Piece[] {
  const start = /[;\s]b=[^;]*$/.exec(field)?.index;
  if (start === undefined) throw new BugError('A DKIM signature does not end in b=.');
  const from = field.indexOf('b=', start) + 2;
  return [...field.slice(from).matchAll(/\S+/g)].map(({ 0: piece, index }) => ({
    at: from + index,
    length: piece.length,
  }));
}

function dateOffset(covered: Buffer): number {
  const name = 'date:';
  const at = covered.indexOf(`\r\n${name}`);
  const offset = covered.subarray(0, name.length).equals(Buffer.from(name))
    ? name.length
    : at < 0
      ? -1
      : at + 2 + name.length;
  if (offset >= 0 && covered.indexOf('\r\n', offset) !== offset + DATE_BYTES)
    throw new BugError('A signed Date field is not of 31 characters.');
  return offset;
}
