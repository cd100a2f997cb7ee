/**
 * Words of `delivery` and `actions` into what the run needs; the file of behaviours is read here.
 */
import { isAbsolute, join, resolve } from 'node:path';
import type { Action, Delivery, DeliverySink, ImapSource } from './delivery-options.js';
import { type Fault, type Limit, readBeside } from './files-beside.js';
import { parseAddress } from './ip-address.js';
import { msOf } from './rules/rule.js';
import type { ActionWords, DeliveryWords } from './schema/delivery.js';

/** What the words need to know of the rest of the scenario. */
export interface DeliveryContext {
  readonly folder: string;
  readonly isEmbedded: boolean;
  readonly protocol: 'smtp' | 'lmtp';
  readonly onFault: (fault: Fault) => void;
}

const LIMIT: Limit = { bytes: 1024 * 1024, hint: 'A file of behaviours of 1 MiB is large already.' };

export function toDelivery(words: DeliveryWords, context: DeliveryContext): Delivery {
  const { expect, bounces = null, imap, maildir, wait, late, sample, queue = null } = words;
  const needsSink = expect === 'sink' || bounces === 'sink';
  const waitMs = msOf(wait) ?? 0;
  return {
    expect,
    bounces,
    sink: needsSink || words.sink !== undefined ? toSink(words.sink, context) : null,
    imap: imap === undefined ? null : toImap(imap),
    maildir: maildir === undefined ? null : { ...maildir, path: resolve(context.folder, maildir.path) },
    waitMs,
    lateMs: msOf(late) ?? waitMs,
    sample,
    queue,
  };
}

export function toActions(words: readonly ActionWords[]): readonly Action[] {
  const actions = words.map(({ at, name, run }) => ({ atMs: msOf(at) ?? 0, name, run }));
  return actions.sort((a, b) => a.atMs - b.atMs);
}

function toSink(words: DeliveryWords['sink'], context: DeliveryContext): DeliverySink {
  const { listen, receipts = [], protocol, behaviours, auth = null, bounceTo = null } = words ?? {};
  return {
    listen: listen === undefined ? null : hostAndPort(listen),
    receipts: receipts.map((one) => (/^https?:\/\//i.test(one) ? one : resolve(context.folder, one))),
    protocol: context.isEmbedded ? context.protocol : (protocol ?? 'smtp'),
    behaviours: behaviours === undefined ? null : readBehaviours(behaviours, context),
    auth,
    bounceTo,
  };
}

function readBehaviours(path: string, { folder, onFault }: DeliveryContext): DeliverySink['behaviours'] {
  const content = readBeside(folder, path, LIMIT);
  // As the place of a problem in it: from where the scenario file was named.
  if (!('message' in content))
    return { text: content.toString('utf8'), path: isAbsolute(path) ? path : join(folder, path) };
  onFault(content);
  return null;
}

function toImap({ url, tls, verify, accounts, folders }: NonNullable<DeliveryWords['imap']>): ImapSource {
  const { protocol, hostname, port } = new URL(url);
  const isImplicit = protocol === 'imaps:';
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isImplicit ? 993 : 143) : Number(port),
    tls: isImplicit ? 'implicit' : tls,
    verify,
    accounts,
    folders,
  };
}

export function hostAndPort(text: string): { readonly host: string; readonly port: number } {
  const at = text.lastIndexOf(':');
  const host = text.slice(0, at).replace(/^\[|\]$/g, '');
  return { host: parseAddress(host)?.address ?? host, port: Number(text.slice(at + 1)) };
}
