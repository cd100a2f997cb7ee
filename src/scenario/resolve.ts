/**
 * Words into a Scenario: durations become milliseconds, sizes bytes, short forms their long ones.
 *
 * Everything has been checked by schema.ts and rules.ts; the one thing that can still go wrong here is reading an
 * attachment, which is reported through `report`. Entries of weight 0 are left out: nothing would ever draw them.
 */

import { BugError } from '../errors.js';
import { parseThreshold, type Threshold } from '../metrics/threshold.js';
import { readAttachment } from './attachments.js';
import { type CompleteWords, RFC5321_TIMEOUTS } from './complete.js';
import type { KeyPath } from './key-path.js';
import { parseDurationMs, parseSizeBytes } from './quantities.js';
import type { Report } from './rule.js';
import { defaultAddress, domainsOf } from './rules-recipients.js';
import type {
  Attachment,
  AuthOptions,
  Client,
  ExecutorSpec,
  Expectation,
  MessageEntry,
  RecipientEntry,
  Scenario,
  Target,
  Timeouts,
} from './scenario.js';
import type {
  DurationWord,
  ExecutorWords,
  ExpectationWords,
  MessageWords,
  RecipientWords,
  TemplateWords,
  ThresholdWords,
} from './schema.js';
import type { ParsedTarget } from './target-url.js';

export interface ResolveContext {
  readonly target: ParsedTarget;
  /** Attachments are read from here. */
  readonly folder: string;
  readonly report: Report;
}

export function resolveScenario(words: CompleteWords, context: ResolveContext): Scenario {
  return {
    name: words.name,
    seed: words.seed,
    tags: words.tags,
    target: toTarget(words.target, context.target),
    client: toClient(words.client),
    messages: words.messages.flatMap((message, index) =>
      message.weight === 0 ? [] : toMessage(message, ['messages', index], context),
    ),
    envelope: { from: words.envelope.from, to: toRecipients(words.envelope.to) },
    scenarios: mapValues(words.scenarios, toExecutor),
    thresholds: Object.fromEntries(
      Object.entries(words.thresholds).map(([metric, entry]) => [metric, toThresholds(metric, entry)]),
    ),
  };
}

function toTarget(words: CompleteWords['target'], target: ParsedTarget): Target {
  const { url, protocol, isEmbedded, address, credentials } = target;
  const fromUrl: AuthOptions | null = credentials === null ? null : { method: 'plain', ...credentials };
  return {
    url,
    protocol,
    isEmbedded,
    address,
    tls: words.tls,
    auth: words.auth ?? fromUrl,
    authorized: words.authorized,
  };
}

function toClient(words: CompleteWords['client']): Client {
  const { messagesPerSession, reconnectDelay } = words;
  return {
    ehlo: words.ehlo ?? null,
    pipelining: words.pipelining,
    messagesPerSession: toRange(messagesPerSession),
    timeouts: toTimeouts(words.timeouts),
    reconnectDelayMs:
      typeof reconnectDelay === 'object'
        ? { first: ms(reconnectDelay.first), max: ms(reconnectDelay.max) }
        : { first: ms(reconnectDelay), max: ms(reconnectDelay) },
  };
}

function toRange(words: CompleteWords['client']['messagesPerSession']): Client['messagesPerSession'] {
  if (words === 'unlimited') return { min: Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
  return typeof words === 'number' ? { min: words, max: words } : words;
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

function toMessage(words: MessageWords, path: KeyPath, context: ResolveContext): MessageEntry {
  const { weight, size, template } = words;
  const expect = toExpectation(words.expect);
  if (template === undefined) return { kind: 'size', weight, sizeBytes: bytes(size ?? 0), expect };
  return {
    kind: 'template',
    weight,
    subject: template.subject,
    text: template.text ?? null,
    html: template.html ?? null,
    headers: template.headers,
    attachments: toAttachments(template, [...path, 'template', 'attachments'], context),
    expect,
  };
}

function toAttachments(words: TemplateWords, path: KeyPath, context: ResolveContext): readonly Attachment[] {
  return words.attachments.flatMap((one, index) => {
    const attachment = readAttachment(one, context.folder);
    if (!('message' in attachment)) return attachment;
    context.report([...path, index, 'path'], 'SCENARIO_ATTACHMENT', attachment.message, attachment.hint);
    return [];
  });
}

function toRecipients(words: CompleteWords['envelope']['to']): readonly RecipientEntry[] {
  if (typeof words === 'string') return [{ ...ONE_ADDRESS, address: words }];
  const entries = Array.isArray(words) ? words : [words];
  return entries.filter(({ weight }) => weight > 0).map(toRecipient);
}

const ONE_ADDRESS = { weight: 1, domains: [], users: 1000, perMessage: 1, expect: null };

function toRecipient(words: RecipientWords): RecipientEntry {
  return {
    weight: words.weight,
    address: words.address ?? defaultAddress(words.domains),
    domains: domainsOf(words.domains).filter(({ weight }) => weight > 0),
    users: words.users,
    perMessage: words.perMessage,
    expect: toExpectation(words.expect),
  };
}

/** A code or class without an outcome says which one it means: 4yz, 5yz and every class are refusals. */
function toExpectation(words: ExpectationWords | undefined): Expectation | null {
  if (words === undefined) return null;
  const {
    outcome,
    code,
    enhanced,
    class: replyClass,
  } = typeof words === 'string' ? { outcome: words } : words;
  const isSuccess = code !== undefined ? code < 400 : enhanced?.startsWith('2');
  const isRefusal = isSuccess === undefined ? replyClass !== undefined : !isSuccess;
  const implied = replyClass === 'network' ? 'failed' : isRefusal ? 'rejected' : 'accepted';
  return {
    outcome: outcome ?? implied,
    code: code ?? null,
    enhanced: enhanced ?? null,
    class: replyClass ?? null,
  };
}

function toExecutor(words: ExecutorWords): ExecutorSpec {
  const common = {
    startTimeMs: ms(words.startTime),
    gracefulStopMs: ms(words.gracefulStop),
    warmupMs: ms(words.warmup),
    iteration: words.iteration,
    tags: words.tags,
  };
  switch (words.executor) {
    case 'shared-iterations':
    case 'per-vu-iterations': {
      const { executor, vus, iterations, maxDuration } = words;
      return { executor, vus, iterations, maxDurationMs: ms(maxDuration), ...common };
    }
    case 'constant-vus':
      return {
        executor: words.executor,
        vus: words.vus,
        durationMs: ms(words.duration),
        ...common,
      };
    case 'constant-arrival-rate': {
      const { executor, rate, timeUnit, arrival, duration, preAllocatedVUs, maxVUs } = words;
      const times = { timeUnitMs: ms(timeUnit), durationMs: ms(duration) };
      return {
        executor,
        rate,
        arrival,
        preAllocatedVUs,
        maxVUs: maxVUs ?? preAllocatedVUs,
        ...times,
        ...common,
      };
    }
    default: {
      const never: never = words;
      return never;
    }
  }
}

function toThresholds(
  metric: string,
  entry: ThresholdWords | readonly ThresholdWords[],
): readonly Threshold[] {
  const conditions = (Array.isArray(entry) ? entry : [entry]) as readonly ThresholdWords[];
  return conditions.map((condition) => {
    const { threshold, abortOnFail, delayAbortEval } =
      typeof condition === 'string'
        ? { threshold: condition, abortOnFail: false, delayAbortEval: 0 }
        : condition;
    const parsed = parseThreshold(metric, threshold, { abortOnFail, delayAbortEvalMs: ms(delayAbortEval) });
    if ('problem' in parsed) throw new BugError(`threshold passed its rule: ${parsed.problem}`);
    return parsed;
  });
}

function ms(word: DurationWord): number {
  const durationMs = parseDurationMs(word);
  if (durationMs === null) throw new BugError(`duration passed the schema: ${word}`);
  return durationMs;
}

function bytes(word: string | number): number {
  const sizeBytes = parseSizeBytes(word);
  if (sizeBytes === null) throw new BugError(`size passed the schema: ${word}`);
  return sizeBytes;
}

function mapValues<In, Out>(map: Readonly<Record<string, In>>, to: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, to(value)]));
}
