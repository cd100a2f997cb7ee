/**
 * Words into a Scenario: durations become milliseconds, sizes bytes, short forms their long ones.
 *
 * Everything has been checked by schema.ts and rules.ts; what can still go wrong here is reading a file (attachment,
 * certificate, key, users), which is reported through `report`. Entries of weight 0 are left out: nothing would ever
 * draw them.
 */

import { BugError } from '../errors.js';
import { parseThreshold, type Threshold } from '../metrics/threshold.js';
import type { KeyPath } from '../yaml/key-path.js';
import { toBytes as bytes, toMs as ms } from '../yaml/quantity-words.js';
import { readAttachment } from './attachments.js';
import { type CompleteWords, RFC5321_TIMEOUTS } from './complete.js';
import { type DeliveryContext, toActions, toDelivery } from './delivery.js';
import type { Fault } from './files-beside.js';
import { parseAddress, withPort } from './ip-address.js';
import { defaultAddress, domainsOf } from './rules/recipients.js';
import type { Report } from './rules/rule.js';
import type {
  Attachment,
  AuthOptions,
  Client,
  Credentials,
  DsnOptions,
  ExecutorSpec,
  Expectation,
  MailParameters,
  MessageEntry,
  ProxyOptions,
  RecipientEntry,
  Retries,
  Scenario,
  Step,
  Target,
  Timeouts,
  TlsOptions,
} from './scenario.js';
import type {
  ExecutorWords,
  ExpectationWords,
  MessageWords,
  RecipientWords,
  TemplateWords,
  ThresholdWords,
} from './schema/schema.js';
import type { Targets } from './targets.js';
import { readTlsFiles } from './tls-files.js';
import { readUsers } from './users-file.js';

export interface ResolveContext {
  readonly target: Targets;
  /** Files are read from here. */
  readonly folder: string;
  readonly report: Report;
}

export function resolveScenario(words: CompleteWords, context: ResolveContext): Scenario {
  return {
    name: words.name,
    seed: words.seed,
    tags: words.tags,
    target: toTarget(words.target, context),
    client: toClient(words.client),
    messages: words.messages.flatMap((message, index) =>
      message.weight === 0 ? [] : toMessage(message, ['messages', index], context),
    ),
    envelope: {
      from: words.envelope.from,
      to: toRecipients(words.envelope.to),
      parameters: toParameters(words.envelope),
    },
    scenarios: mapValues(words.scenarios, toExecutor),
    delivery: words.delivery === undefined ? null : toDelivery(words.delivery, deliveryContext(context)),
    actions: toActions(words.actions),
    thresholds: Object.fromEntries(
      Object.entries(words.thresholds).map(([metric, entry]) => [metric, toThresholds(metric, entry)]),
    ),
  };
}

function deliveryContext({ target, folder, report }: ResolveContext): DeliveryContext {
  const { isEmbedded, protocol } = target;
  const onFault = ({ message, hint }: Fault) =>
    report(['delivery', 'sink', 'behaviours'], 'SCENARIO_BEHAVIOURS_FILE', message, hint);
  return { folder, isEmbedded, protocol, onFault };
}

function toTarget(words: CompleteWords['target'], context: ResolveContext): Target {
  const { url, protocol, isEmbedded, routes, credentials } = context.target;
  return {
    url,
    protocol,
    isEmbedded,
    routes,
    dns: { ...words.dns, servers: words.dns.servers.map(toServer) },
    tls: toTls(words.tls, context),
    auth: toAuth(words.auth, credentials, context),
    authorized: words.authorized,
  };
}

const DNS_PORT = 53;

function toServer(words: string): string {
  const address = parseAddress(words);
  if (address === null) throw new BugError(`name server passed its rule: ${words}`);
  return withPort(address, DNS_PORT);
}

function toTls(words: CompleteWords['target']['tls'], { folder, report }: ResolveContext): TlsOptions {
  const files = readTlsFiles(words, folder, ({ at, message, hint }) =>
    report(['target', 'tls', at], 'SCENARIO_TLS_FILE', message, hint),
  );
  return {
    ...words,
    ciphers: words.ciphers ?? null,
    servername: words.servername ?? null,
    passphrase: words.passphrase ?? null,
    ...files,
  };
}

function toAuth(
  words: CompleteWords['target']['auth'],
  credentials: Targets['credentials'],
  context: ResolveContext,
): AuthOptions | null {
  if (words === undefined && credentials === null) return null;
  const { method = 'plain', initialResponse = true, allowPlaintext = false } = words ?? {};
  return { method, users: toUsers(words, credentials, context), initialResponse, allowPlaintext };
}

function toUsers(
  words: CompleteWords['target']['auth'],
  credentials: Targets['credentials'],
  { folder, report }: ResolveContext,
): readonly Credentials[] {
  if (words?.users !== undefined) {
    const users = readUsers(words.users, folder, words.method);
    if (!('message' in users)) return users;
    report(['target', 'auth', 'users'], 'SCENARIO_USERS_FILE', users.message, users.hint);
    return [];
  }
  const { user = '', pass = words?.token ?? '' } = credentials ?? words ?? {};
  return [{ user, pass, authzid: words?.authzid ?? '' }];
}

function toParameters(words: CompleteWords['envelope']): MailParameters {
  const { dsn } = words;
  return {
    body: words.body,
    smtputf8: words.smtputf8,
    dsn: dsn === undefined ? null : toDsn(dsn),
    requireTls: words.requireTls,
    deliverBy: words.deliverBy ?? null,
    priority: words.priority ?? null,
    prdr: words.prdr,
    mail: words.mailParameters,
    rcpt: words.rcptParameters,
  };
}

function toDsn(words: NonNullable<CompleteWords['envelope']['dsn']>): DsnOptions {
  const { notify = [], ret = null, envid = null, orcpt } = words;
  return { notify: notify === 'never' ? ['never'] : notify, ret, envid, orcpt };
}

function toClient(words: CompleteWords['client']): Client {
  const { messagesPerSession, reconnectDelay, chunking, bodyRate, idle, abandon, proxy } = words;
  return {
    kind: words.kind,
    ehlo: words.ehlo ?? null,
    hello: words.hello,
    pipelining: words.pipelining,
    messagesPerSession: toRange(messagesPerSession),
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
    encoding: template.encoding,
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

function mapValues<In, Out>(map: Readonly<Record<string, In>>, to: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, to(value)]));
}
