/**
 * Outcome by address: what a recipient's local part asks for, as prefixes that each end in `-`.
 *
 * `450-…`, `550-5.1.1-…`, `421-…`: that reply at RCPT. `delay-200ms-…`: waits before it; may stand before others.
 * `drop-…`, `reset-…`: no reply. `lose-…`, `twice-…`, `bounce-…`: taken, and that becomes of the message.
 * `bounce-17@…`, a number alone, asks for nothing: it is mailbench's own return path, where bounces have to arrive.
 */
import { MAX_DURATION_MS, parseDurationMs } from '../../yaml/quantities.js';
import type { Fate, SinkReply } from '../judge.js';
import type { Drop } from './behaviour.js';
import { DEFAULT_BOUNCE } from './outcome-words.js';

export interface AddressWish {
  readonly delayMs: number;
  readonly reply: SinkReply | null;
  readonly drop: Drop | null;
  readonly fate: Fate | null;
}

const DELAY = /^delay-(\d{1,9}(?:ms|s|m))-/i;
const REPLY = /^([45]\d\d)(?:-([45]\.\d{1,3}\.\d{1,3}))?-/;
const WORD = /^(drop|reset|lose|twice|bounce(?!-\d+@))-/i;

const NOTHING = { reply: null, drop: null, fate: null } as const;
const FATES: Readonly<Record<string, Fate>> = {
  lose: { kind: 'lose' },
  twice: { kind: 'twice' },
  bounce: DEFAULT_BOUNCE,
};

/** Null for an address that asks for nothing. */
export function wishOf(address: string): AddressWish | null {
  let rest = address;
  let delayMs = 0;
  for (let match = DELAY.exec(rest); match !== null; match = DELAY.exec(rest)) {
    delayMs += parseDurationMs(match[1]?.toLowerCase() ?? '') ?? 0;
    rest = rest.slice(match[0].length);
  }
  const wish = wishWithoutDelay(rest);
  if (wish === null && delayMs === 0) return null;
  return { ...(wish ?? NOTHING), delayMs: Math.min(delayMs, MAX_DURATION_MS) };
}

function wishWithoutDelay(text: string): Omit<AddressWish, 'delayMs'> | null {
  const [, code, enhanced = ''] = REPLY.exec(text) ?? [];
  if (code !== undefined) return { ...NOTHING, reply: replyFor(code, enhanced) };
  const word = WORD.exec(text)?.[1]?.toLowerCase();
  if (word === undefined) return null;
  if (word === 'drop') return { ...NOTHING, drop: { at: 'before', isReset: false } };
  if (word === 'reset') return { ...NOTHING, drop: { at: 'before', isReset: true } };
  return { ...NOTHING, fate: FATES[word] ?? null };
}

/** An enhanced code of another class than the code's would be a lie. */
function replyFor(code: string, enhanced: string): SinkReply {
  const first = code.slice(0, 1);
  const fits = enhanced.startsWith(`${first}.`);
  return { code: Number(code), enhanced: fits ? enhanced : `${first}.0.0`, lines: ['As the address asks'] };
}

/** For an address that asks for a bounce where nothing says where to. */
export const NO_BOUNCE_TO: SinkReply = {
  code: 550,
  enhanced: '5.3.5',
  lines: ['This address asks for a bounce, and the sink was not told where bounces may go'],
};
