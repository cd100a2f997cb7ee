/**
 * Raw message: bytes that somebody else composed, sent as they are under the stamp; under a Message-ID of its own where
 * receivers would drop repeats.
 *
 * Made once and patched for each time it is sent, as a composed variant is. Everything else stays as it was given.
 */
import { isAscii } from 'node:buffer';
import { UsageError } from '../errors.js';
import { chooseMarker, findMarkers } from './placeholder.js';
import {
  bodyOffset,
  NUMBER_DIGITS,
  patchStamp,
  type StampLayout,
  stampLayout,
  withStamp,
  writeDigits,
} from './stamp.js';
import type { PreparedMessage } from './supply.js';
import { MESSAGE_ID_DOMAIN } from './template.js';
import { type Content, type Patch, PatchedContent, type VariantOptions } from './variant.js';
import { obstacleOf, toWireForm } from './wire-form.js';

export interface RawMessageOptions extends VariantOptions {
  readonly messageId: 'unique' | 'keep';
}

export class RawMessage implements PreparedMessage {
  readonly sizeBytes: number;
  readonly is8bit: boolean;
  readonly hasUtf8Headers: boolean;
  readonly lengthBytes: number;
  readonly headBytes: number;
  readonly tail: Buffer;
  readonly #head: Buffer;
  readonly #layout: StampLayout;
  /** Where the number in the Message-ID stands; -1: it is the file's. */
  readonly #number: number;

  /** @param message with CRLF line ends */
  constructor(message: Buffer, { run, encode, messageId }: RawMessageOptions) {
    const marker = messageId === 'unique' ? markerFor(message) : '';
    const body = bodyOffset(message);
    const named = marker === '' ? message : withMessageId(message, `<${marker}.${run}@${MESSAGE_ID_DOMAIN}>`);
    const stamped = withStamp(named, run);
    const wire = encode(stamped);
    this.#layout = stampLayout(run);
    this.#number = marker === '' ? -1 : (findMarkers(wire, marker)[0] as number);
    this.sizeBytes = stamped.length;
    this.is8bit = !isAscii(message);
    this.hasUtf8Headers = !isAscii(message.subarray(0, body));
    this.lengthBytes = wire.length;
    this.headBytes = Math.max(this.#layout.lengthBytes, this.#number + NUMBER_DIGITS);
    this.#head = wire.subarray(0, this.headBytes);
    this.tail = wire.subarray(this.headBytes);
  }

  content(number: number, isWarmup: boolean): Content {
    return new PatchedContent(this, number, isWarmup);
  }

  writeHead(target: Buffer, at: number, patch: Patch): void {
    this.#head.copy(target, at);
    patchStamp(target, at, this.#layout, patch);
    if (this.#number >= 0) writeDigits(target, at + this.#number, patch.number, NUMBER_DIGITS);
  }
}

/** Of bytes with any line ends, with the Message-ID that they have. Throws UsageError when they cannot be sent. */
export function rawMessage(given: Buffer, options: VariantOptions): RawMessage {
  const obstacle = obstacleOf(given, false);
  if (obstacle === null) return new RawMessage(toWireForm(given, false), { ...options, messageId: 'keep' });
  throw new UsageError('MESSAGE_RAW_UNFIT', `A raw message cannot be sent as it is: it ${obstacle}`, {
    hint: 'Begin with header fields, and encode what SMTP does not let through as quoted-printable or base64.',
  });
}

function markerFor(message: Buffer): string {
  for (let attempt = 0; ; attempt++) {
    const marker = chooseMarker([], attempt);
    if (!message.includes(marker)) return marker;
  }
}

/** In the place of the one that is there, whatever that is folded like; else on top. */
function withMessageId(message: Buffer, id: string): Buffer {
  const header = message.toString('latin1', 0, bodyOffset(message));
  const found = /(?:^|\r\n)(Message-ID)[ \t]*:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*/i.exec(header);
  if (found === null) return Buffer.concat([Buffer.from(`Message-ID: ${id}\r\n`, 'latin1'), message]);
  const from = found.index + (found[0].startsWith('\r\n') ? 2 : 0);
  const to = found.index + found[0].length;
  const field = Buffer.from(`${found[1]}: ${id}`, 'latin1');
  return Buffer.concat([message.subarray(0, from), field, message.subarray(to)]);
}
