/**
 * Sink: an SMTP or LMTP server that accepts every message a judge does not mind, writes its receipt and throws it away.
 *
 * Built on smtp-server, which owns TLS, AUTH and the odd commands. Never relays, never looks a name up, never logs.
 * Binds to loopback unless told otherwise. Message bytes are RFC 1870's: without the terminator and dot-stuffing.
 * RFC 5321, RFC 2033 (LMTP), RFC 1870 (SIZE), RFC 2920 (PIPELINING), RFC 3207 (STARTTLS), RFC 4954 (AUTH).
 */
import { randomBytes } from 'node:crypto';
import { receiptPathOf } from '../delivery/receipt.js';
import { EnvironmentError, UsageError } from '../errors.js';
import { isLoopbackHost } from '../safety.js';
import { MACHINE_CLOCK, type SinkClock } from './clock.js';
import { noCounts, type SinkCounts } from './counts.js';
import type { Judge } from './judge.js';
import { listen } from './listen.js';
import type { SinkOptions } from './options.js';
import { openKeptMail } from './receipts/kept-mail.js';
import { openReceiptLog, type ReceiptLog } from './receipts/receipt-log.js';
import { AcceptingServer } from './session/accepting-server.js';
import { Intake, type IntakeOptions } from './session/intake.js';

export type { SinkCounts } from './counts.js';
export type { SinkOptions } from './options.js';

/** What is not plain data. */
export interface SinkParts {
  /** null: nobody minds anything. */
  readonly judge?: Judge | null;
  /** Called for each message that is to come back (see BounceSender.schedule); absent: it is lost. */
  readonly onBounce?: IntakeOptions['onBounce'];
  readonly clock?: SinkClock;
}

export interface Sink {
  /** Throws EnvironmentError: SINK_PORT_TAKEN, SINK_LISTEN_FAILED. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** Says 421 to open sessions, gives them a second to leave, cuts off the rest. */
  close(): Promise<void>;
  counts(): SinkCounts;
  /** Empties the file of receipts; throws where that cannot be done. Messages that were kept stay. */
  clearReceipts(): void;
  /** Another judge from the next event on; connections that are open keep the socket they have. */
  judgeWith(judge: Judge | null): void;
}

const CLOSE_GRACE_MS = 1000;
/**
 * Throws UsageError SINK_NOT_LOOPBACK when the host is not loopback and `allowPublic` is not set,
 * EnvironmentError SINK_CERTIFICATE_INVALID when `tls` is no certificate with its key,
 * SINK_RECEIPTS_UNWRITABLE and SINK_KEEP_UNWRITABLE.
 */
export function createSink(options: SinkOptions, parts: SinkParts = {}): Sink {
  if (!isLocal(options.host) && options.allowPublic !== true) {
    throw new UsageError('SINK_NOT_LOOPBACK', `the sink does not listen on ${options.host} unasked`, {
      hint: 'Listen on 127.0.0.1 or ::1, or pass --authorized if everyone on that network may send to it.',
    });
  }
  const counts = noCounts();
  const boot = randomBytes(6).toString('hex');
  const { judge = null, onBounce = ignore, clock = MACHINE_CLOCK } = parts;
  const { kept, receipts } = openFiles(options);
  const intake = new Intake({ receipts, kept, counts, boot, wallUs: clock.wallUs, onBounce });
  const server = createServer(options, receipts, () => {
    return new AcceptingServer(options, { judge, intake, counts, nowMs: clock.nowMs, boot });
  });
  return {
    listen: () => listen(server.server, options),
    close: () => close(server, receipts),
    counts: () => ({ ...counts, behaviours: { ...counts.behaviours }, heldUs: { ...counts.heldUs } }),
    clearReceipts: () => receipts?.clear(),
    judgeWith: (judge) => {
      server.judge = judge;
    },
  };
}

function openFiles({ receipts, worker = 0 }: SinkOptions) {
  if (!receipts) return { kept: null, receipts: null };
  const { path, keepDir } = receipts;
  const kept = keepDir === null ? null : openKeptMail(keepDir);
  return { kept, receipts: openReceiptLog(receiptPathOf(path, worker)) };
}

function isLocal(host: string): boolean {
  return host.startsWith('unix:') || isLoopbackHost(host);
}

function createServer(
  options: SinkOptions,
  receipts: ReceiptLog | null,
  create: () => AcceptingServer,
): AcceptingServer {
  try {
    // Node takes an empty one without a word, and no handshake ever succeeds.
    if (options.tls !== undefined && (options.tls.cert.length === 0 || options.tls.key.length === 0)) {
      throw new Error('it is empty');
    }
    return create();
  } catch (cause) {
    receipts?.close();
    if (options.tls === undefined) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EnvironmentError('SINK_CERTIFICATE_INVALID', `the certificate or its key: ${why}`, {
      hint: 'Both must be PEM, the key without a passphrase and the one the certificate was made for.',
      cause,
    });
  }
}

async function close(server: AcceptingServer, receipts: ReceiptLog | null): Promise<void> {
  if (server.server.listening) {
    server.isClosing = true;
    const closed = new Promise<void>((resolve) => {
      server.server.once('close', resolve);
    });
    server.close();
    for (const connection of [...server.live]) connection.sayShuttingDown();
    const cut = setTimeout(() => {
      for (const connection of server.live) connection.destroy();
    }, CLOSE_GRACE_MS);
    await closed;
    clearTimeout(cut);
  }
  receipts?.close();
}

function ignore(): void {}
