/**
 * Failure: why a session or a transaction ended without the reply that would have decided it, and whose fault it was.
 */
import type { Phase } from './command.js';
import type { ReplyClass } from './reply-class.js';

/** Whose fault reaches how far, as in Postfix: the whole session, this message, or one recipient. */
export type Scope = 'session' | 'message' | 'recipient' | '';

/** Why no reply decided: by the network, by the server's words, or by us. */
export type FailureCause =
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'closed'
  | 'unreachable'
  | 'resolve'
  | 'tls'
  | 'not-offered'
  /** The server said before that it would not take so many (RFC 9422). */
  | 'limit'
  | 'malformed-reply'
  | 'reply-codes-differ'
  | 'reply-too-long'
  | 'unexpected-reply'
  | 'bytes-after-starttls'
  | 'address-not-allowed'
  /** AUTH would have shown the password or token without TLS. */
  | 'plaintext-refused'
  /** AUTH succeeded, but the server did not prove that it knows the password (SCRAM, DIGEST-MD5). */
  | 'server-unproven'
  | 'sequence'
  | 'io'
  | 'stopped'
  /** The session ended on purpose, see `client.abandon`. */
  | 'abandoned'
  /** Faults of the generator, never of the server: EADDRNOTAVAIL, EMFILE, ENOBUFS. */
  | 'generator';

const FAILURE_CLASSES: Partial<Record<FailureCause, ReplyClass>> = {
  tls: 'tls',
  'bytes-after-starttls': 'tls',
  'plaintext-refused': 'smtp_auth',
  'server-unproven': 'smtp_auth',
  resolve: 'routing',
  'malformed-reply': 'protocol',
  'reply-codes-differ': 'protocol',
  'reply-too-long': 'protocol',
  'unexpected-reply': 'protocol',
  'not-offered': 'protocol',
  limit: 'recipients_limit',
  sequence: 'protocol',
};

/** The class under which a failure without a deciding reply is counted. */
export function classOfFailure(cause: FailureCause): ReplyClass {
  return FAILURE_CLASSES[cause] ?? 'network';
}

export interface WireFailure {
  readonly phase: Phase;
  readonly cause: FailureCause;
  /** The system's error code, or ''. */
  readonly systemCode: string;
  /** For people; '' when cause says it all. */
  readonly message: string;
}

/** Why a session could not be used any longer. */
export interface SessionFault extends WireFailure {
  /** Of the reply that refused the session; 0 when there was none. */
  readonly code: number;
  readonly enhanced: number;
  readonly class: ReplyClass;
}

/** How what is in flight ends when its session does. */
export interface SessionEnd extends WireFailure {
  readonly outcome: 'rejected' | 'failed' | 'interrupted';
}

/** We cut it off. */
export const INTERRUPTED: SessionEnd = {
  outcome: 'interrupted',
  phase: 'idle',
  cause: 'stopped',
  systemCode: '',
  message: '',
};

/** The session was over before it could be sent. */
export const CLOSED_BEFORE: SessionEnd = {
  outcome: 'failed',
  phase: 'idle',
  cause: 'closed',
  systemCode: '',
  message: '',
};
