/**
 * Reencoding: whether a body that is not what was sent still says the same, because a relay converted it.
 *
 * A relay may turn 8bit parts into quoted-printable or base64 for a next hop without 8BITMIME (RFC 6152 §3), and fold lines that
 * are too long; a filter may break the lines of encoded parts elsewhere. Which parts were encoded before is not known, so
 * conversions are undone and tried against the digest of the stamp: nothing is called reencoded that could not be turned
 * back into exactly what was sent. Pure, and bounded in tries and octets; a message too big or too twisted for that
 * counts as corrupted.
 */
import { bodyDigest } from '../message/stamp.js';
import { decodedContent, type Entity, findField, mimeText, parseMime, walk } from './mime.js';
import { rewrapped } from './rewrapping.js';

/** Larger ones are not examined. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Octets digested for one message, after the first few tries. */
/** Larger ones are not written anew, which keeps the receiver busy for 50 ms at this size. */
const MAX_REWRAPPED_BYTES = 1024 * 1024;
const MAX_TRIED_BYTES = 32 * 1024 * 1024;
const SURE_TRIES = 4;
/** All choices of six parts in all forms, for both readings of long lines. */
const MAX_TRIES = 1600;
/** With more converted parts than this, not every choice of them is tried. */
const MAX_CHOSEN_FREELY = 6;
/** Postfix folds at 998 octets, others a little earlier. */
const FOLDED_FROM = 990;
const ENCODED = ['quoted-printable', 'base64'];
const SENDMAILS_NOTE = 'X-MIME-Autoconverted';

/** How the field that says 8bit was written; relays put theirs at the end of the header. */
interface Form {
  readonly place: 'there' | 'behind-type' | 'first';
  readonly word: '8bit' | '8BIT';
  /** Whether what contains them, now 7bit, was said to be 8bit too. */
  readonly isOuterToo: boolean;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const FORMS: readonly Form[] = (['there', 'behind-type', 'first'] as const).flatMap((place) =>
  (['8bit', '8BIT'] as const).flatMap((word) => [
    { place, word, isOuterToo: false },
    { place, word, isOuterToo: true },
  ]),
);

/** Whether conversions that relays make, undone, give a body with this digest. Never throws. */
export function isReencoded(message: Uint8Array, digest: string): boolean {
  if (message.length > MAX_BYTES) return false;
  const text = mimeText(message);
  const budget = { tries: 0, bytes: 0 };
  const joined = joinFolded(text);
  if (joined !== text && matches(joined, bodyStartOf(joined), digest)) return true;
  return (
    isConverted(text, digest, budget) ||
    (joined !== text && isConverted(joined, digest, budget)) ||
    isRewrapped(text, digest)
  );
}

/** Encoded before and after, and only the lines are others. */
function isRewrapped(text: string, digest: string): boolean {
  if (text.length > MAX_REWRAPPED_BYTES) return false;
  const root = parseMime(text);
  const quoted = encodedLeaves(root).filter(({ encoding }) => encoding === 'quoted-printable');
  return [quoted, encodedLeaves(root)].some((leaves) => {
    const edits = leaves.map((leaf) => ({
      start: leaf.bodyStart,
      end: leaf.end,
      text: rewrapped(text, leaf),
    }));
    return edits.length > 0 && matches(apply(text, edits), root.bodyStart, digest);
  });
}

function encodedLeaves(root: Entity): Entity[] {
  return [...walk(root)].filter(({ encoding, parts }) => parts.length === 0 && ENCODED.includes(encoding));
}

function isConverted(text: string, digest: string, budget: { tries: number; bytes: number }): boolean {
  const root = parseMime(text);
  const leaves = encodedLeaves(root);
  const forms = formsFor(root);
  for (const chosen of choices(leaves)) {
    for (const form of forms) {
      if (budget.tries >= SURE_TRIES && budget.bytes > MAX_TRIED_BYTES) return false;
      if (budget.tries++ > MAX_TRIES) return false;
      budget.bytes += text.length;
      const candidate = apply(text, editsOf(text, root, { chosen, form }));
      if (matches(candidate, root.bodyStart, digest)) return true;
    }
  }
  return false;
}

/** Those that can make a difference. */
function formsFor(root: Entity): readonly Form[] {
  if (root.parts.length === 0) return FORMS.slice(0, 1);
  const hasOuter = [...walk(root)].some((entity) => entity !== root && entity.parts.length > 0);
  return hasOuter ? FORMS : FORMS.filter(({ isOuterToo }) => !isOuterToo);
}

/** Sets of leaves that a relay may have encoded, the likely ones first. */
function* choices(leaves: readonly Entity[]): Generator<ReadonlySet<Entity>> {
  if (leaves.length === 0) return;
  const quoted = leaves.filter(({ encoding }) => encoding === 'quoted-printable');
  if (quoted.length > 0) yield new Set(quoted);
  if (quoted.length < leaves.length) yield new Set(leaves);
  if (leaves.length > MAX_CHOSEN_FREELY) {
    for (const leaf of leaves) yield new Set([leaf]);
    for (const leaf of leaves) yield new Set(leaves.filter((other) => other !== leaf));
    return;
  }
  for (let mask = 1; mask < 2 ** leaves.length - 1; mask++) {
    yield new Set(leaves.filter((_, index) => (mask & (1 << index)) !== 0));
  }
}

interface Undoing {
  readonly chosen: ReadonlySet<Entity>;
  readonly form: Form;
}

/** In the order of the text, none within another. */
function editsOf(text: string, root: Entity, { chosen, form }: Undoing): Edit[] {
  return [...walk(root)].flatMap((entity) => {
    const isChosen = chosen.has(entity);
    const isOuter = form.isOuterToo && entity.parts.length > 0 && entity.encoding === '7bit';
    // The header of the message itself is not digested.
    const header = entity !== root && (isChosen || isOuter) ? [headerEdit(text, entity, form)] : [];
    return isChosen ? [...header, contentEdit(text, entity)] : header;
  });
}

function contentEdit(text: string, entity: Entity): Edit {
  return { start: entity.bodyStart, end: entity.end, text: decodedContent(text, entity) };
}

function headerEdit(text: string, entity: Entity, { place, word }: Form): Edit {
  const { start, bodyStart } = entity;
  const field = findField(text, entity, 'Content-Transfer-Encoding');
  if (field === null) return { start, end: start, text: '' };
  const name = text.slice(field.start, text.indexOf(':', field.start));
  const line = `${name}: ${word}\r\n`;
  const without = withoutNote(text.slice(start, field.start)) + withoutNote(text.slice(field.end, bodyStart));
  const type = findField(without, { start: 0, bodyStart: without.length }, 'Content-Type');
  const there = withoutNote(text.slice(start, field.start)).length;
  const at = place === 'there' ? there : place === 'first' ? 0 : (type?.end ?? 0);
  return { start, end: bodyStart, text: without.slice(0, at) + line + without.slice(at) };
}

/** sendmail says what it did in the header of the part. */
function withoutNote(header: string): string {
  const field = findField(header, { start: 0, bodyStart: header.length }, SENDMAILS_NOTE);
  return field === null ? header : header.slice(0, field.start) + header.slice(field.end);
}

function apply(text: string, edits: readonly Edit[]): string {
  let result = '';
  let from = 0;
  for (const { start, end, text: replacement } of edits) {
    result += text.slice(from, start) + replacement;
    from = end;
  }
  return result + text.slice(from);
}

function matches(text: string, bodyStart: number, digest: string): boolean {
  return bodyDigest(Buffer.from(text.slice(bodyStart), 'latin1')) === digest;
}

function bodyStartOf(text: string): number {
  const at = text.indexOf('\r\n\r\n');
  return text.startsWith('\r\n') ? 2 : at < 0 ? text.length : at + 4;
}

/** A long line that is followed by one which begins with a space was one line. Headers are left as they are. */
function joinFolded(text: string): string {
  const pieces: string[] = [];
  const bodyStart = bodyStartOf(text);
  let from = 0;
  let lineStart = bodyStart;
  for (let at = text.indexOf('\r\n', bodyStart); at >= 0; at = text.indexOf('\r\n', lineStart)) {
    if (at - lineStart >= FOLDED_FROM && text[at + 2] === ' ') {
      pieces.push(text.slice(from, at));
      from = at + 3;
    }
    lineStart = at + 2;
  }
  return pieces.length === 0 ? text : pieces.join('') + text.slice(from);
}
