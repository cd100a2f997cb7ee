/**
 * `mailbench sink`: a receiving server in the foreground, until Ctrl-C or SIGTERM; then totals and exit code 0.
 *
 * Prints where it listens, a line every ten seconds in which something came, and the totals. Throws UsageError for
 * flags that make no sense and EnvironmentError (SINK_PORT_TAKEN…) where the machine says no.
 */
import { readFileSync } from 'node:fs';
import type { Argv, CommandModule } from 'yargs';
import { EnvironmentError, UsageError } from '../errors.js';
import { createSink, type Sink, type SinkCounts, type SinkOptions } from '../sink/sink-server.js';

interface SinkArguments {
  listen: string;
  lmtp: boolean;
  name: string | undefined;
  starttls: boolean;
  'implicit-tls': boolean;
  'tls-cert': string | undefined;
  'tls-key': string | undefined;
  auth: string | undefined;
  'max-size': number | undefined;
  authorized: boolean;
  quiet: boolean;
}

const REPORT_EVERY_MS = 10_000;

export const sinkCommand: CommandModule<object, SinkArguments> = {
  command: 'sink',
  describe: 'Run a receiving server that accepts every message, counts it and throws it away',
  builder: describeFlags,
  handler: (flags) => serve(flags),
};

function describeFlags(yargs: Argv<object>): Argv<SinkArguments> {
  return yargs
    .option('listen', {
      type: 'string',
      default: '127.0.0.1:2525',
      requiresArg: true,
      describe: 'HOST:PORT, [HOST]:PORT or PORT',
    })
    .option('lmtp', { type: 'boolean', default: false, describe: 'Speak LMTP (RFC 2033)' })
    .option('name', { type: 'string', requiresArg: true, describe: 'Host name in greeting and EHLO' })
    .option('starttls', {
      type: 'boolean',
      default: true,
      describe: 'Offer STARTTLS; --no-starttls hides it',
    })
    .option('implicit-tls', {
      type: 'boolean',
      default: false,
      describe: 'TLS from the first byte (RFC 8314)',
    })
    .option('tls-cert', {
      type: 'string',
      requiresArg: true,
      implies: 'tls-key',
      describe: 'Certificate chain, PEM file (default: a self-signed one)',
    })
    .option('tls-key', {
      type: 'string',
      requiresArg: true,
      implies: 'tls-cert',
      describe: 'Its key, PEM file',
    })
    .option('auth', {
      type: 'string',
      requiresArg: true,
      describe: 'USER:PASSWORD, offered and then required',
    })
    .option('max-size', { type: 'number', requiresArg: true, describe: 'Largest message in bytes (SIZE)' })
    .option('authorized', {
      type: 'boolean',
      default: false,
      describe: 'Listen on an address that is not loopback',
    })
    .option('quiet', { type: 'boolean', default: false, describe: 'Print nothing but errors' })
    .example('$0 sink', 'Take mail on 127.0.0.1:2525 until Ctrl-C')
    .example('$0 sink --listen 2600 --lmtp', 'The same over LMTP on port 2600')
    .example(
      '$0 sink --auth alice:secret --implicit-tls --listen 4465',
      'TLS from the first byte, AUTH required',
    )
    .epilogue(
      'The sink never relays: whatever it accepts is gone. The built-in certificate is for tests, its key is public.',
    );
}

async function serve(flags: SinkArguments): Promise<void> {
  const print = flags.quiet ? () => {} : printLine;
  const options = sinkOptions(flags);
  const sink = createSink(options);
  const address = await sink.listen();
  const startedAtMs = performance.now();
  print(`listening on ${place(address)} (${describeProtocol(options)}), Ctrl-C ends it`);
  const reports = reportEvery(REPORT_EVERY_MS, sink, print);
  await terminationSignal();
  clearInterval(reports);
  await sink.close();
  const seconds = (performance.now() - startedAtMs) / 1000;
  print(`took ${describeCounts(sink.counts())} in ${seconds.toFixed(1)} s`);
}

function sinkOptions(flags: SinkArguments): SinkOptions {
  const tls = readCertificate(flags['tls-cert'], flags['tls-key']);
  const tlsMode = flags['implicit-tls'] ? 'implicit' : flags.starttls ? 'starttls' : 'none';
  return {
    ...parseListen(flags.listen),
    protocol: flags.lmtp ? 'lmtp' : 'smtp',
    allowPublic: flags.authorized,
    tlsMode,
    auth: flags.auth === undefined ? null : parseAuth(flags.auth),
    ...(tls === null ? {} : { tls }),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags['max-size'] === undefined ? {} : { maxSizeBytes: parseMaxSize(flags['max-size']) }),
  };
}

/** `127.0.0.1:2525`, `[::1]:2525`, `localhost:2525` or `2525`. Throws UsageError SINK_LISTEN_INVALID. */
export function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:(?:\[([^\]]+)\]|([^:\s]+)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new UsageError('SINK_LISTEN_INVALID', `--listen ${text} is not an address to listen on`, {
      hint: 'Write HOST:PORT, such as 127.0.0.1:2525 or [::1]:2525; port 0 takes a free one.',
    });
  }
  return { host: match[1] ?? match[2] ?? '127.0.0.1', port };
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

function parseMaxSize(bytes: number): number {
  if (!Number.isSafeInteger(bytes) || bytes < 1) {
    throw new UsageError('SINK_MAX_SIZE_INVALID', '--max-size is not a number of bytes', {
      hint: 'Write a whole number of bytes, such as 10485760.',
    });
  }
  return bytes;
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

/** Resolves at the first Ctrl-C or SIGTERM. The next one ends the process, as nobody listens any more. */
function terminationSignal(): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
      resolve();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}

function reportEvery(everyMs: number, sink: Sink, print: (line: string) => void): NodeJS.Timeout {
  let before = sink.counts();
  return setInterval(() => {
    const now = sink.counts();
    const line = progressLine(before, now, everyMs / 1000);
    if (line !== null) print(line);
    before = now;
  }, everyMs);
}

/** Totals and the rate of the last window; null when nothing came in it. */
export function progressLine(before: SinkCounts, now: SinkCounts, seconds: number): string | null {
  if (now.messages === before.messages && now.connections === before.connections) return null;
  const perSec = (now.messages - before.messages) / seconds;
  return `${describeCounts(now)}; ${perSec.toFixed(1)} messages/s`;
}

function describeCounts(counts: SinkCounts): string {
  const parts = [
    amount(counts.messages, 'message'),
    amount(counts.recipients, 'recipient'),
    `${(counts.bytes / 2 ** 20).toFixed(1)} MiB`,
    amount(counts.connections, 'connection'),
  ];
  if (counts.oversized > 0) parts.push(`${counts.oversized} too big`);
  if (counts.errors > 0) parts.push(amount(counts.errors, 'broken connection'));
  return parts.join(', ');
}

function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function describeProtocol(options: SinkOptions): string {
  const words = [options.protocol.toUpperCase()];
  if (options.tlsMode === 'starttls') words.push('STARTTLS');
  if (options.tlsMode === 'implicit') words.push('TLS');
  if (options.auth) words.push('AUTH required');
  return words.join(', ');
}

function place(address: { host: string; port: number }): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
