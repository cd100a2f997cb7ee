/**
 * The flags of `mailbench sink`, and what they mean: the options of a sink. Files that flags name are read here.
 *
 * Throws UsageError for flags that make no sense and EnvironmentError for files that cannot be read, all before anything
 * listens. What behaviours say is judged where they are loaded.
 */
import { readFileSync } from 'node:fs';
import type { Argv } from 'yargs';
import { EnvironmentError, UsageError } from '../errors.js';
import type { SinkCounts } from '../sink/counts.js';
import { type BehaviourOptions, CAPABILITIES, type Capability } from '../sink/options.js';
import type { GroupOptions } from '../sink/process/group.js';
import { suggestion } from '../yaml/did-you-mean.js';
import { parseDurationMs } from '../yaml/quantities.js';
import { readBehavioursFile } from './behaviours-file.js';

/** Whether the sink has seen enough. */
export type Enough = (counts: SinkCounts) => boolean;

export interface SinkArguments {
  listen: string;
  lmtp: boolean;
  name: string | undefined;
  starttls: boolean;
  'implicit-tls': boolean;
  'tls-cert': string | undefined;
  'tls-key': string | undefined;
  auth: string | undefined;
  'max-size': number | undefined;
  'max-recipients': number | undefined;
  'max-connections': number | undefined;
  idle: string | undefined;
  messages: number | undefined;
  sessions: number | undefined;
  hide: string | undefined;
  xclient: boolean;
  proxy: boolean;
  behaviours: string | undefined;
  profile: string | undefined;
  seed: number | undefined;
  'bounce-to': string | undefined;
  receipts: string | undefined;
  keep: string | undefined;
  workers: number | undefined;
  api: string | undefined;
  authorized: boolean;
  quiet: boolean;
}

const text = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const;
const number = (describe: string) => ({ type: 'number', requiresArg: true, describe }) as const;
const flag = (describe: string) => ({ type: 'boolean', default: false, describe }) as const;

export function describeSinkFlags(yargs: Argv<object>): Argv<SinkArguments> {
  const described = addOutputFlags(addBehaviourFlags(addLimitFlags(addProtocolFlags(yargs))));
  return described
    .example('$0 sink', 'Take mail on 127.0.0.1:2525 until Ctrl-C')
    .example('$0 sink --listen 2600 --lmtp', 'The same over LMTP on port 2600')
    .example('$0 sink --receipts r.ndjson --workers 2', 'Write down what arrived, in two processes')
    .example('$0 sink --behaviours b.yaml --api 2526', 'Misbehave, and be changed while it runs')
    .example('$0 sink --auth al:secret --implicit-tls', 'TLS from the first byte, AUTH required')
    .epilogue(
      'The sink never relays: whatever it accepts is gone, but for --receipts and --keep. More in docs/sink.md.',
    );
}

function addProtocolFlags<A>(yargs: Argv<A>) {
  const group = 'Protocol:';
  return yargs
    .option('listen', {
      ...text('HOST:PORT, [HOST]:PORT, PORT or unix:PATH'),
      default: '127.0.0.1:2525',
      group,
    })
    .option('lmtp', { ...flag('Speak LMTP (RFC 2033)'), group })
    .option('name', { ...text('Host name in greeting and EHLO'), group })
    .option('starttls', {
      type: 'boolean',
      default: true,
      describe: 'Offer STARTTLS; --no-starttls hides it',
      group,
    })
    .option('implicit-tls', { ...flag('TLS from the first byte (RFC 8314)'), group })
    .option('tls-cert', {
      ...text('Certificate chain, PEM file (default: one made at the start)'),
      implies: 'tls-key',
      group,
    })
    .option('tls-key', { ...text('Its key, PEM file'), implies: 'tls-cert', group })
    .option('auth', { ...text('USER:PASSWORD, offered and then required'), group })
    .option('hide', { ...text('Capabilities not to offer, such as PIPELINING,8BITMIME'), group })
    .option('xclient', { ...flag('Let clients say XCLIENT and XFORWARD'), group })
    .option('proxy', { ...flag('Expect a PROXY header (version 1 or 2) on every connection'), group });
}

function addLimitFlags<A>(yargs: Argv<A>) {
  const group = 'Limits:';
  return yargs
    .option('max-size', { ...number('Largest message in bytes (SIZE)'), group })
    .option('max-recipients', { ...number('Recipients of one message; one more gets 452'), group })
    .option('max-connections', { ...number('Sessions at once, in each worker; one more gets 421'), group })
    .option('idle', { ...text('Silence after which a session gets 421 (default 5m; 0 is never)'), group })
    .option('messages', { ...number('End when so many messages have been taken'), group })
    .option('sessions', { ...number('End when so many sessions are over'), group });
}

function addBehaviourFlags<A>(yargs: Argv<A>) {
  const group = 'Behaviours:';
  return yargs
    .option('behaviours', { ...text('YAML file that says how to misbehave; SIGHUP reads it again'), group })
    .option('profile', { ...text('Behave like a receiver: gmail, outlook or yahoo'), group })
    .option('seed', { ...number('Of chance, unless the file has one (default 0)'), group })
    .option('bounce-to', { ...text('smtp://HOST:PORT that gets the DSNs of behaviours that bounce'), group });
}

function addOutputFlags<A>(yargs: Argv<A>) {
  const group = 'Output and processes:';
  return yargs
    .option('receipts', { ...text('File that gets a line for each message; worker 2 writes FILE.1…'), group })
    .option('keep', {
      ...text('Folder that gets each message as .eml; needs --receipts'),
      implies: 'receipts',
      group,
    })
    .option('workers', { ...number('Processes that share the port (default 1)'), group })
    .option('api', { ...text('Loopback HOST:PORT to watch and change the sink through HTTP'), group })
    .option('authorized', { ...flag('Listen on an address that is not loopback'), group })
    .option('quiet', { ...flag('Print nothing but errors'), group });
}

export function groupOptions(flags: SinkArguments): GroupOptions {
  const tls = readCertificate(flags['tls-cert'], flags['tls-key']);
  const workers = countOf(flags, 'workers', 1);
  return {
    ...parseListen(flags.listen),
    protocol: flags.lmtp ? 'lmtp' : 'smtp',
    allowPublic: flags.authorized,
    tlsMode: flags['implicit-tls'] ? 'implicit' : flags.starttls ? 'starttls' : 'none',
    auth: flags.auth === undefined ? null : parseAuth(flags.auth),
    ...(tls === null ? {} : { tls }),
    ...(flags.name === undefined ? {} : { name: parseName(flags.name) }),
    ...(flags['max-size'] === undefined ? {} : { maxSizeBytes: parseMaxSize(flags['max-size']) }),
    maxRecipients: countOf(flags, 'max-recipients', 0) ?? 0,
    maxConnections: countOf(flags, 'max-connections', 0) ?? 0,
    ...(flags.idle === undefined ? {} : { idleMs: parseIdle(flags.idle) }),
    hidden: flags.hide === undefined ? [] : parseHidden(flags.hide),
    xclient: flags.xclient,
    proxy: flags.proxy,
    receipts: flags.receipts === undefined ? null : { path: flags.receipts, keepDir: flags.keep ?? null },
    behaviours: behaviourOptions(flags),
    ...(workers === null ? {} : { workers }),
  };
}

/** Null when the sink is to be well-behaved, now and later. Reads the file each time. */
export function behaviourOptions(flags: SinkArguments): BehaviourOptions | null {
  const { behaviours: path, profile, 'bounce-to': bounceTo, api } = flags;
  const seed = countOf(flags, 'seed', 0) ?? 0;
  if ([path, profile, bounceTo, api].every((value) => value === undefined)) return null;
  return {
    profile: profile ?? null,
    text: path === undefined ? '' : readBehavioursFile(path),
    path: path ?? 'behaviours',
    seed,
    bounceTo: bounceTo ?? null,
  };
}

/** `127.0.0.1:2525`, `[::1]:2525`, `localhost:2525`, `2525` or `unix:/run/sink.sock`. Throws UsageError SINK_LISTEN_INVALID. */
export function parseListen(text: string): { host: string; port: number } {
  if (/^unix:./.test(text)) return { host: text, port: 0 };
  const match = /^(?:(?:\[([^\]]+)\]|([^:\s]+)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new UsageError('SINK_LISTEN_INVALID', `--listen ${text} is not an address to listen on`, {
      hint: 'Write HOST:PORT, such as 127.0.0.1:2525 or [::1]:2525; port 0 takes a free one. Or unix:PATH.',
    });
  }
  return { host: match[1] ?? match[2] ?? '127.0.0.1', port };
}

/** Throws UsageError SINK_API_INVALID. */
export function parseApi(text: string): { host: string; port: number } {
  const place = text.startsWith('unix:') ? null : listenOrNull(text);
  if (place !== null) return place;
  throw new UsageError('SINK_API_INVALID', `--api ${text} is not an address to listen on`, {
    hint: 'Write HOST:PORT or PORT, such as 127.0.0.1:2526; port 0 takes a free one.',
  });
}

function listenOrNull(text: string): { host: string; port: number } | null {
  try {
    return parseListen(text);
  } catch {
    return null;
  }
}

function parseAuth(text: string): { user: string; pass: string } {
  const colon = text.indexOf(':');
  if (colon < 1 || colon === text.length - 1) {
    throw new UsageError('SINK_AUTH_INVALID', '--auth needs a user name and a password', {
      hint: 'Write USER:PASSWORD; everything after the first colon is the password.',
    });
  }
  return { user: text.slice(0, colon), pass: text.slice(colon + 1) };
}

/** It stands in replies: what is no host name could forge lines there. */
function parseName(name: string): string {
  if (/^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i.test(name) && name.length <= 253) return name;
  throw new UsageError('SINK_NAME_INVALID', '--name is not a host name', {
    hint: 'Write letters, digits, dots and hyphens, such as mx.example.test.',
  });
}

function parseMaxSize(bytes: number): number {
  if (!Number.isSafeInteger(bytes) || bytes < 1) {
    throw new UsageError('SINK_MAX_SIZE_INVALID', '--max-size is not a number of bytes', {
      hint: 'Write a whole number of bytes, such as 10485760.',
    });
  }
  return bytes;
}

/** When the sink has seen enough; null: never. Throws UsageError SINK_COUNT_INVALID. */
export function enoughOf(flags: SinkArguments): Enough | null {
  const messages = countOf(flags, 'messages', 1);
  const sessions = countOf(flags, 'sessions', 1);
  if (messages === null && sessions === null) return null;
  return (counts) => counts.messages >= (messages ?? Infinity) || counts.ended >= (sessions ?? Infinity);
}

const MAX_COUNTS = {
  workers: 64,
  messages: Number.MAX_SAFE_INTEGER,
  sessions: Number.MAX_SAFE_INTEGER,
  'max-recipients': 1_000_000,
  'max-connections': 1_000_000,
  seed: 2 ** 32 - 1,
};

function countOf(flags: SinkArguments, name: keyof typeof MAX_COUNTS, least: number): number | null {
  const count = flags[name];
  if (count === undefined) return null;
  if (Number.isSafeInteger(count) && count >= least && count <= MAX_COUNTS[name]) return count;
  throw new UsageError(
    'SINK_COUNT_INVALID',
    `--${name} is not a number from ${least} to ${MAX_COUNTS[name]}`,
    {
      hint: `Write a whole number, such as --${name} ${Math.max(least, 2)}.`,
    },
  );
}

/** What a timer holds: a longer one would fire at once, again and again. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function parseIdle(word: string): number {
  const ms = word === '0' ? 0 : parseDurationMs(word);
  if (ms !== null && ms <= MAX_TIMER_MS) return ms;
  throw new UsageError('SINK_IDLE_INVALID', `--idle ${word} is not a duration of at most 24 days`, {
    hint: 'Write a number with its unit, such as 30s or 5m; 0 is never.',
  });
}

function parseHidden(list: string): readonly Capability[] {
  return list.split(',').map((word) => {
    const name = word.trim().toUpperCase();
    const known = CAPABILITIES.find((capability) => capability === name);
    if (known !== undefined) return known;
    throw new UsageError('SINK_HIDE_INVALID', `--hide: ${word.trim()} is no capability of the sink`, {
      hint: suggestion(name, CAPABILITIES) ?? `Known here: ${CAPABILITIES.join(', ')}.`,
    });
  });
}

function readCertificate(certPath: string | undefined, keyPath: string | undefined) {
  if (certPath === undefined || keyPath === undefined) return null;
  return { cert: readPem('--tls-cert', certPath), key: readPem('--tls-key', keyPath) };
}

function readPem(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new EnvironmentError('SINK_CERTIFICATE_UNREADABLE', `cannot read the file of ${flag}: ${path}`, {
      hint: 'Check the path and that you may read it.',
      cause,
    });
  }
}
