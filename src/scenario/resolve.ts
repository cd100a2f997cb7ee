/**
 * Words into a Scenario: durations become milliseconds, sizes bytes, short forms their long ones.
 *
 * Everything has been checked by schema.ts and rules.ts; what can still go wrong here is reading a file (attachment,
 * certificate, key, users), which is reported through `report`. Entries of weight 0 are left out: nothing would ever
 * draw them.
 */

import { resolve } from 'node:path';
import { BugError } from '../errors.js';
import { parseThreshold, type Threshold } from '../metrics/threshold.js';
import type { KeyPath } from '../yaml/key-path.js';
import { toBytes as bytes, toMs as ms, toShare } from '../yaml/quantity-words.js';
import { readAttachment } from './attachments.js';
import { toClient } from './client.js';
import type { CompleteWords } from './complete.js';
import { type DeliveryContext, toActions, toDelivery } from './delivery.js';
import { toSigners } from './dkim.js';
import { toExecutors } from './executors.js';
import { toExpectation } from './expectation.js';
import type { Fault } from './files-beside.js';
import { parseAddress, withPort } from './ip-address.js';
import { toPaths } from './paths.js';
import type { Report } from './rules/rule.js';
import type {
  Attachment,
  AuthOptions,
  CodeFile,
  CorpusMessages,
  Credentials,
  DkimSigner,
  DsnOptions,
  MailParameters,
  MessageEntry,
  Scenario,
  Target,
  TemplateMessage,
  TlsOptions,
} from './scenario.js';
import type { MessageWords, TemplateWords, ThresholdWords } from './schema/schema.js';
import { toSize } from './sizes.js';
import type { Targets } from './targets.js';
import { readTlsFiles } from './tls-files.js';
import { TYPICAL_MAIL } from './typical.js';
import { readUsers } from './users-file.js';

export interface ResolveContext {
  readonly target: Targets;
  /** Files are read from here. */
  readonly folder: string;
  /** The file itself, where it is code. */
  readonly code: CodeFile | null;
  readonly report: Report;
}

export function resolveScenario(words: CompleteWords, context: ResolveContext): Scenario {
  const { folder, report } = context;
  return {
    name: words.name,
    seed: words.seed,
    tags: words.tags,
    target: toTarget(words.target, context),
    client: toClient(words.client),
    messages: toMessages(words, context),
    envelope: {
      ...toPaths(words.envelope, { folder, report, isAuthorized: words.target.authorized }),
      parameters: toParameters(words.envelope),
    },
    scenarios: toExecutors(words.scenarios, context),
    own: expectations(words.scenarios),
    delivery: words.delivery === undefined ? null : toDelivery(words.delivery, deliveryContext(context)),
    actions: toActions(words.actions),
    code: context.code,
    thresholds: Object.fromEntries(
      Object.entries(words.thresholds).map(([metric, entry]) => [metric, toThresholds(metric, entry)]),
    ),
  };
}

/** Those that executors have; makeScenario adds what else is theirs. */
function expectations(scenarios: CompleteWords['scenarios']): Scenario['own'] {
  const own = Object.entries(scenarios).map(([name, words]) => [name, toExpectation(words.expect)] as const);
  const given = own.filter(([, expect]) => expect !== null);
  return Object.fromEntries(given.map(([name, expect]) => [name, { expect }]));
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

function toMessages(words: CompleteWords, context: ResolveContext): readonly MessageEntry[] {
  const signers = toSigners(words.dkim, ['dkim'], context);
  const messages = words.messages === 'typical' ? TYPICAL_MAIL : words.messages;
  return messages.flatMap((message, index) => {
    const path = ['messages', index];
    const dkim = message.dkim === undefined ? signers : toSigners(message.dkim, [...path, 'dkim'], context);
    return message.weight === 0 ? [] : toMessage(message, { path, dkim }, context);
  });
}

function toMessage(
  words: MessageWords,
  { path, dkim }: { readonly path: KeyPath; readonly dkim: readonly DkimSigner[] },
  context: ResolveContext,
): MessageEntry {
  const { weight, size, template, corpus } = words;
  const expect = toExpectation(words.expect);
  if (corpus !== undefined)
    return { kind: 'corpus', weight, ...toCorpus(corpus, context), digest: null, expect };
  if (template === undefined) {
    return { ...toSize(size ?? 0, [...path, 'size'], context), weight, dkim, expect };
  }
  return {
    kind: 'template',
    weight,
    subject: template.subject,
    text: toText(template.text),
    html: toText(template.html),
    encoding: template.encoding,
    headers: template.headers,
    headerEncoding: template.headerEncoding,
    attachments: toAttachments(template, [...path, 'template', 'attachments'], context),
    dkim,
    expect,
  };
}

function toCorpus(
  words: NonNullable<MessageWords['corpus']>,
  { folder }: ResolveContext,
): Omit<CorpusMessages, 'kind' | 'weight' | 'digest' | 'expect'> {
  const whole = { format: 'auto', order: 'shuffle', messageId: 'unique', allowLongLines: false } as const;
  const given = typeof words === 'string' ? { ...whole, path: words } : words;
  return { ...given, path: resolve(folder, given.path) };
}

function toText(words: TemplateWords['text']): TemplateMessage['text'] {
  if (words === undefined || typeof words === 'string') return words ?? null;
  return { sizeBytes: bytes(words.size), lineLength: words.lineLength };
}

function toAttachments(words: TemplateWords, path: KeyPath, context: ResolveContext): readonly Attachment[] {
  return words.attachments.flatMap((one, index) => {
    if (toShare(one.probability) === 0) return [];
    const attachment = readAttachment(one, context.folder);
    if (!('message' in attachment)) return attachment;
    context.report([...path, index, 'path'], 'SCENARIO_ATTACHMENT', attachment.message, attachment.hint);
    return [];
  });
}

function toThresholds(
  metric: string,
  entry: ThresholdWords | readonly ThresholdWords[],
): readonly Threshold[] {
  const conditions = (Array.isArray(entry) ? entry : [entry]) as readonly ThresholdWords[];
  return conditions.map((condition) => {
    const { source, options } =
      typeof condition === 'string' ? { source: condition, options: {} } : inFull(condition);
    const parsed = parseThreshold(metric, source, options);
    if ('problem' in parsed) throw new BugError(`threshold passed its rule: ${parsed.problem}`);
    return parsed;
  });
}

function inFull({ threshold, delayAbortEval, window, ...options }: Exclude<ThresholdWords, string>) {
  const times = { delayAbortEvalMs: ms(delayAbortEval), windowMs: ms(window) };
  return { source: threshold, options: { ...options, ...times } };
}
