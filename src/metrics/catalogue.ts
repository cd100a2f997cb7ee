/**
 * The metric catalogue: every metric there is, its type, its tags, and from where to where it measures.
 *
 * Reports, thresholds, `--help` and docs/metrics.md all read this table. Names follow k6; trends are recorded in µs
 * and shown in ms. Trends, counters and rates cover the steady state, by when the iteration was due.
 */
export type MetricType = 'trend' | 'counter' | 'rate' | 'gauge';

export interface MetricInfo<T extends MetricType = MetricType> {
  readonly type: T;
  /** Tags its samples carry, in the order they are shown. */
  readonly tags: readonly string[];
  readonly unit: 'ms' | 'bytes' | 'count' | 'share';
  /** One or two sentences: what it counts, or from which moment to which it measures. */
  readonly description: string;
}

export const METRICS = {
  smtp_message_duration: trend(
    ['outcome'],
    'Response time: from when the message was due to the final reply of its first attempt, session set-up included. A time-out counts with the time it took.',
  ),
  smtp_message_service_duration: trend(
    ['outcome'],
    'Service time: from when the message was begun to the same reply. Less than the response time by how late it was begun.',
  ),
  smtp_message_completion_duration: trend(
    ['outcome'],
    'From when the message was due to the end of its last attempt; only where messages are tried again.',
  ),
  smtp_transaction_duration: trend(
    ['outcome'],
    'One mail transaction (each attempt is one, under its own outcome): from MAIL written, or the previous final reply on the session if that came later, to the final reply.',
  ),
  smtp_connecting: trend(
    [],
    'From the call to connect to the connection established: the look-up of a name and addresses tried in vain included.',
  ),
  smtp_tls_handshaking: trend(
    ['resumed'],
    'From the start of the TLS handshake to its end, full (`no`) and resumed (`yes`) ones apart.',
  ),
  smtp_greeting_waiting: trend(
    [],
    'From the connection established (with implicit TLS: the handshake done) to the greeting.',
  ),
  smtp_command_waiting: trend(
    ['command'],
    'From the last byte of a command written, or the previous reply on the session if that came later, to its reply. Phases never overlap, in any pipelining mode.',
  ),
  smtp_content_sending: trend([], 'From the 354 to the last byte of the message taken by the kernel.'),
  smtp_session_duration: trend([], 'From the call to connect to the connection closed.'),
  smtp_delivery_duration: trend(
    ['domain'],
    'From MAIL of the first attempt to the first arrival of a copy, by domain of the recipient. Only where `delivery:` proves what arrived.',
  ),
  iteration_duration: trend([], 'From when an iteration was begun to when it was done.'),
  smtp_message_failed: rate('Messages whose outcome was not the expected one.'),
  checks: rate('Expectations that were met.'),
  smtp_messages: counter(['outcome'], 'count', 'Messages that came to an end, by outcome.'),
  smtp_messages_not_offered: counter(
    [],
    'count',
    'Messages that were not sent because the server does not offer what they need; they are among the failed.',
  ),
  smtp_attempts: counter(
    ['cause'],
    'count',
    'Attempts begun: the first of each message, a retry, or once more because a reused session was closed.',
  ),
  smtp_recipients: counter(
    ['outcome'],
    'count',
    'Copies (one message for one recipient), by outcome: accepted, refused or undecided.',
  ),
  smtp_replies: counter(
    ['command', 'code', 'enhanced', 'class'],
    'count',
    'Final replies of the server. `enhanced` is none where the reply had no such code.',
  ),
  smtp_server_limits: counter(
    ['limit'],
    'count',
    'Replies that name a limit of the server on a single client, which is not its capacity.',
  ),
  smtp_sessions: counter([], 'count', 'Sessions begun, whether or not the connection was established.'),
  smtp_idle_sessions_lost: counter(
    ['phase', 'class'],
    'count',
    'Idle sessions (`client.idle`) that were refused or failed, or ended before the load did; each is opened again.',
  ),
  smtp_connections: counter(
    ['address', 'port'],
    'count',
    'Connections established, by where to: shows how routes are weighted and which mail exchanger was taken.',
  ),
  smtp_tls_handshakes: counter(
    ['resumed', 'version', 'cipher'],
    'count',
    'TLS handshakes completed, by whether an earlier session went on and by what was agreed on.',
  ),
  smtp_tls_fallbacks: counter(
    [],
    'count',
    'Sessions that went on in plain text after TLS failed (`fallback: true`).',
  ),
  delivery_lost: counter(
    [],
    'count',
    'Copies accepted and not seen by the end of the wait, with nothing to say that they are still queued.',
  ),
  delivery_duplicated: counter([], 'count', 'Arrivals of a copy beyond its first.'),
  delivery_corrupted: counter(
    [],
    'count',
    'Arrivals whose body is not what was sent, not even once decoded.',
  ),
  delivery_unconfirmed: counter(
    [],
    'count',
    'Arrivals of copies that were never answered 250: sent, but in doubt or refused.',
  ),
  iterations: counter([], 'count', 'Iterations begun.'),
  dropped_iterations: counter([], 'count', 'Iterations that were due when no VU was free.'),
  data_sent: counter([], 'bytes', 'Bytes of SMTP written, before encryption.'),
  data_received: counter([], 'bytes', 'Bytes of SMTP read, after decryption.'),
  samples_clamped: counter(
    ['metric'],
    'count',
    'Samples of a trend outside 0 … 1 h, recorded at the border of that range.',
  ),
  vus: gauge('VUs at work.'),
  smtp_sessions_open: gauge('Sessions connected.'),
  smtp_idle_sessions: gauge('Idle sessions (`client.idle`) that are set up and held.'),
} as const satisfies Readonly<Record<string, MetricInfo>>;

export type MetricName = keyof typeof METRICS;

/** The names of the metrics of one type. */
export type MetricNameOf<T extends MetricType> = {
  [N in MetricName]: (typeof METRICS)[N]['type'] extends T ? N : never;
}[MetricName];

export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}

export function metricInfo(name: string): MetricInfo | undefined {
  return isMetricName(name) ? METRICS[name] : undefined;
}

function trend(tags: readonly string[], description: string): MetricInfo<'trend'> {
  return { type: 'trend', tags, unit: 'ms', description };
}

function rate(description: string): MetricInfo<'rate'> {
  return { type: 'rate', tags: [], unit: 'share', description };
}

function counter(
  tags: readonly string[],
  unit: 'count' | 'bytes',
  description: string,
): MetricInfo<'counter'> {
  return { type: 'counter', tags, unit, description };
}

function gauge(description: string): MetricInfo<'gauge'> {
  return { type: 'gauge', tags: [], unit: 'count', description };
}
