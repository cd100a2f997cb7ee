/**
 * Replies as behaviours write them, and what is wrong with one. RFC 5321 §4.2 (form), RFC 3463 (enhanced codes).
 */
import type { SinkReply } from '../judge.js';
import type { ReplyParts, ReplyWords } from './schema-values.js';

/** With its line end, RFC 5321 §4.5.3.1.5. */
const MAX_LINE_OCTETS = 512;

export interface ReplyDefaults {
  readonly code: number;
  readonly enhanced: string;
  readonly text: string;
  /** Whether the enhanced code is right with any text. */
  readonly isOneThing: boolean;
}

/** Text is taken as it stands; a code alone gets an enhanced one that says no more than its class. */
export function toReply(words: ReplyWords, defaults: ReplyDefaults): SinkReply {
  if (typeof words === 'string') return replyOfLine(words);
  const parts: ReplyParts = words === true ? {} : typeof words === 'number' ? { code: words } : words;
  const code = parts.code ?? defaults.code;
  return {
    code,
    enhanced: parts.enhanced ?? impliedBy(code, parts, defaults),
    lines: linesOf(parts.text ?? defaults.text),
  };
}

/** A sentence without its subject, or null. `classes`: first digits the code may have. */
export function replyProblem({ code, enhanced, lines }: SinkReply, classes: string): string | null {
  const first = String(code).slice(0, 1);
  if (!classes.includes(first)) return `has the code ${code}, which does not begin with ${orOf(classes)}`;
  if (enhanced !== '' && !enhanced.startsWith(`${first}.`)) {
    return `has the enhanced code ${enhanced}, whose class is not that of ${code}`;
  }
  if (lines.some((line) => /\p{Cc}/u.test(line))) return 'holds control characters';
  const longest = Math.max(...lines.map((line) => Buffer.byteLength(line)));
  const octets = '250 \r\n'.length + (enhanced === '' ? 0 : enhanced.length + 1) + longest;
  return octets > MAX_LINE_OCTETS ? `has a line of ${octets} octets; ${MAX_LINE_OCTETS} are allowed` : null;
}

function replyOfLine(line: string): SinkReply {
  const [, code, enhanced = '', text = ''] =
    /^(\d{3})(?: ([245]\.\d{1,3}\.\d{1,3})(?= |$))?(?: (.*))?$/s.exec(line) ?? [];
  return { code: Number(code), enhanced, lines: linesOf(text) };
}

/** What the default code stands for need not be what another code, or another text, says. */
function impliedBy(code: number, { text }: ReplyParts, defaults: ReplyDefaults): string {
  const isSame = code === defaults.code && (text === undefined || defaults.isOneThing);
  if (defaults.enhanced === '' || isSame) return defaults.enhanced;
  const first = String(code).slice(0, 1);
  return first === '3' ? '' : `${first}.0.0`;
}

/** A block of YAML ends in a line end that is not meant. */
function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n');
}

function orOf(classes: string): string {
  return [...classes].join(' or ');
}
