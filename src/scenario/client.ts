/**
 * Words of `client` into what the run needs.
 */
import { toBytes as bytes, toMs as ms } from '../yaml/quantity-words.js';
import type { Client, ProxyOptions, Retries, Step, Timeouts } from './client-options.js';
import { type CompleteWords, RFC5321_TIMEOUTS } from './complete.js';
import { type DrawnCount, toDrawnCount } from './drawn-count.js';

export function toClient(words: CompleteWords['client']): Client {
  const { messagesPerSession, reconnectDelay, chunking, bodyRate, idle, abandon, proxy } = words;
  return {
    kind: words.kind,
    ehlo: words.ehlo ?? null,
    hello: words.hello,
    pipelining: words.pipelining,
    messagesPerSession: toMessagesPerSession(messagesPerSession),
    timeouts: toTimeouts(words.timeouts),
    reconnectDelayMs:
      typeof reconnectDelay === 'object'
        ? { first: ms(reconnectDelay.first), max: ms(reconnectDelay.max) }
        : { first: ms(reconnectDelay), max: ms(reconnectDelay) },
    chunkBytes: toChunkBytes(chunking),
    window: words.window,
    limits: words.limits,
    sourceAddresses: words.sourceAddresses,
    sourcePorts: words.sourcePorts ?? null,
    xclient: listOf(words.xclient).map(toAttributes),
    xforward: listOf(words.xforward).map(toAttributes),
    xclientBeforeTls: words.xclientBeforeTls,
    proxy: proxy === undefined ? null : toProxy(proxy),
    thinkTimeMs: toThinkTime(words.thinkTime),
    rset: words.rset,
    steps: words.steps.map(toStep),
    bodyBytesPerSec: bodyRate === undefined ? null : bytes(bodyRate),
    abandon: abandon ?? null,
    idle:
      idle === undefined
        ? null
        : {
            sessions: idle.sessions,
            noopEveryMs: idle.noopEvery === undefined ? null : ms(idle.noopEvery),
          },
    retries: toRetries(words.retries),
  };
}

/** `true`: each message in one piece. */
function toChunkBytes(words: CompleteWords['client']['chunking']): number | null {
  if (typeof words === 'boolean') return words ? Number.MAX_SAFE_INTEGER : null;
  return bytes(words);
}

function listOf<T>(words: T | readonly T[] | undefined): readonly T[] {
  if (words === undefined) return [];
  return Array.isArray(words) ? (words as readonly T[]) : [words as T];
}

/** Names are shown in capitals, as servers list them. */
function toAttributes(words: Readonly<Record<string, string | number>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(words).map(([name, value]) => [name.toUpperCase(), String(value)]),
  );
}

function toProxy(words: NonNullable<CompleteWords['client']['proxy']>): ProxyOptions {
  const { version, source, destination = null, local } = words;
  return { version, sources: listOf(source), destination, isLocal: local };
}

function toThinkTime(words: CompleteWords['client']['thinkTime']): Client['thinkTimeMs'] {
  if (typeof words === 'object') return { min: ms(words.min), max: ms(words.max) };
  return { min: ms(words), max: ms(words) };
}

function toStep(words: string): Step {
  const [verb = '', ...rest] = words.trim().split(/\s+/);
  return { verb: verb.toUpperCase() as Step['verb'], argument: rest.join(' ') };
}

function toRetries(words: CompleteWords['client']['retries']): Retries {
  if (words === undefined) return NO_RETRIES;
  const { attempts, delay, factor, classes, inDoubt, reusedSession } = words;
  return { attempts, delayMs: ms(delay), factor, classes, inDoubt, reusedSession };
}

const NO_RETRIES: Retries = {
  attempts: 1,
  delayMs: 0,
  factor: 1,
  classes: [],
  inDoubt: false,
  reusedSession: false,
};

function toMessagesPerSession(words: CompleteWords['client']['messagesPerSession']): DrawnCount {
  return toDrawnCount(words === 'unlimited' ? Number.MAX_SAFE_INTEGER : words);
}

function toTimeouts(words: CompleteWords['client']['timeouts']): Timeouts {
  const given = words === 'rfc5321' ? RFC5321_TIMEOUTS : words;
  return {
    connectMs: ms(given.connect),
    tlsMs: ms(given.tls),
    greetingMs: ms(given.greeting),
    commandMs: ms(given.command),
    authMs: ms(given.auth),
    dataInitiationMs: ms(given.dataInitiation),
    dataBlockMs: ms(given.dataBlock),
    dataTerminationMs: ms(given.dataTermination),
    quitMs: ms(given.quit),
  };
}
