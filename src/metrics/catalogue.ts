/**
 * The metric catalogue: every metric there is, its type, its tags, and from where to where it measures.
 *
 * Reports, thresholds, `--help` and docs/metrics.md all read this table. Names follow k6; trends are recorded in µs
 * and shown in ms.
 */
export type MetricType = 'trend' | 'counter' | 'rate' | 'gauge';

export interface MetricInfo {
  readonly type: MetricType;
  /** Tags its samples carry, in the order they are shown. */
  readonly tags: readonly string[];
  readonly unit: 'ms' | 'bytes' | 'count' | 'share';
  readonly description: string;
}

export const METRICS = {
  smtp_message_duration: trend(
    ['outcome'],
    'Response time: from when the message was due to its final reply, session set-up included.',
  ),
  smtp_message_service_duration: trend(
    ['outcome'],
    'Service time: from when the message was begun to its final reply, session set-up included.',
  ),
  smtp_transaction_duration: trend(
    ['outcome'],
    'From MAIL written, or the previous final reply on the session if that came later, to the final reply.',
  ),
  smtp_connecting: trend([], 'From the connect call to the connection.'),
  smtp_tls_handshaking: trend([], 'From the start of the TLS handshake to its end.'),
  smtp_greeting_waiting: trend([], 'From the connection (implicit TLS: the handshake) to the 220 greeting.'),
  smtp_command_waiting: trend(
    ['command'],
    'From the last byte written, or the previous reply if that came later, to the reply. Phases never overlap.',
  ),
  smtp_content_sending: trend([], 'From the 354 to the last byte of the message taken by the kernel.'),
  smtp_session_duration: trend([], 'From the connect call to the connection closed.'),
  iteration_duration: trend([], 'From when an iteration was begun to when it was done.'),
  smtp_message_failed: share('Messages whose outcome was not the expected one.'),
  checks: share('Expectations that were met.'),
  smtp_messages: counter(['outcome'], 'count', 'Messages, by outcome.'),
  smtp_recipients: counter(['outcome'], 'count', 'Copies (message × recipient), by outcome.'),
  smtp_replies: counter(['command', 'code', 'enhanced', 'class'], 'count', 'Final replies of the server.'),
  smtp_sessions: counter([], 'count', 'Sessions begun.'),
  smtp_tls_handshakes: counter(['resumed'], 'count', 'TLS handshakes completed.'),
  smtp_tls_fallbacks: counter(
    [],
    'count',
    'Sessions that went on in plain text after TLS failed (`fallback: true`).',
  ),
  iterations: counter([], 'count', 'Iterations begun.'),
  dropped_iterations: counter([], 'count', 'Iterations that were due when no VU was free.'),
  data_sent: counter([], 'bytes', 'Bytes of SMTP written, before encryption.'),
  data_received: counter([], 'bytes', 'Bytes of SMTP read, after decryption.'),
  vus: gauge('VUs at work.'),
  smtp_sessions_open: gauge('Sessions connected.'),
} as const satisfies Readonly<Record<string, MetricInfo>>;

export type MetricName = keyof typeof METRICS;

export function metricInfo(name: string): MetricInfo | undefined {
  return Object.hasOwn(METRICS, name) ? METRICS[name as MetricName] : undefined;
}

function trend(tags: readonly string[], description: string): MetricInfo {
  return { type: 'trend', tags, unit: 'ms', description };
}

function share(description: string): MetricInfo {
  return { type: 'rate', tags: [], unit: 'share', description };
}

function counter(tags: readonly string[], unit: 'count' | 'bytes', description: string): MetricInfo {
  return { type: 'counter', tags, unit, description };
}

function gauge(description: string): MetricInfo {
  return { type: 'gauge', tags: [], unit: 'count', description };
}
