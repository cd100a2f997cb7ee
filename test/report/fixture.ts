/**
 * Fixture: results as a real run writes them, made anew from a seed for each test.
 *
 * A minute at 500 messages a second (10 s of warm-up), a stall of the server in the middle, real HDR histograms, counts that
 * add up, and a server that puts markup, escape sequences, bidi controls and table syntax into its replies.
 */
import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { DeliveryDetails } from '#src/result/delivery-details.js';
import type { MetricResult, OutcomeRow, Result, SeriesRow } from '#src/result/result.js';

/** What a hostile server might say: markup, a terminal escape, a bidi override, table and XML syntax, a mention. */
export const HOSTILE =
  '451 4.3.2 <script>alert(1)</script> \u001b[31mred\u001b[0m \u009b2J \u202eevil `code` | pipe <img src=x onerror=alert(1)> ]]> &amp; **bold** @team #1\r\n451 second line\u0000';

const RATE = 500;
const SECONDS = 60;
const WARMUP_SECONDS = 10;
const STALL_FROM = 34;
const STALL_TO = 38;
const REJECTED = 9;
const WANTED_REJECTIONS = 240;
const FAILED = 3;
const DROPPED = 14;
const SCHEDULED = RATE * SECONDS;
const STARTED = SCHEDULED - DROPPED;
const STEADY = STARTED - RATE * WARMUP_SECONDS;
const ACCEPTED = STARTED - REJECTED - WANTED_REJECTIONS - FAILED;
const SESSIONS = 3120;

/** A run that met its thresholds, with a sound generator. */
export function passedResult(): Result {
  const result = baseResult();
  return {
    ...result,
    thresholds: result.thresholds.filter((row) => row.ok),
  };
}

/** A run with failed thresholds, hostile replies and a degraded generator. */
export function failedResult(): Result {
  return withHealth(baseResult(), 'degraded', [
    'Arrivals started late: p99 was 2.41 ms, over the limit of 2 ms. Give the generator more workers (--workers) or a lower rate.',
    '14 iterations found no free VU although the generator had room: raise maxVUs, or the server is full.',
  ]);
}

/** A run whose generator was the bottleneck. */
export function invalidResult(): Result {
  return withHealth(baseResult(), 'invalid', [
    'The generator was busy 97 % of the time: what was measured is the generator. Run it on a machine of its own, or lower the rate.',
  ]);
}

/** A run that was stopped by a signal in its third second, before anything was counted. */
export function abortedResult(): Result {
  const result = withHealth(baseResult(), 'ok', ['The run was aborted: stopped by SIGINT.']);
  return {
    ...result,
    run: { ...result.run, status: 'aborted', durationMs: 2300, endedAt: '2026-11-22T08:14:05.300Z' },
    counts: zeroCounts(result),
    metrics: {},
    outcomes: [],
    thresholds: result.thresholds.map((row) => ({ ...row, ok: false, value: null })),
    series: [],
  };
}

/** A run whose relay stalled for one domain, lost three copies and doubled two; a crash on purpose in its 34th second. */
export function deliveredResult(): Result {
  const result = baseResult();
  const accepted = result.counts.acceptedCopies;
  return {
    ...result,
    scenario: { ...result.scenario, actions: [{ at: '34s', name: 'crash', run: './crash.sh' }] },
    metrics: { ...result.metrics, smtp_delivery_duration: trend(STEADY, 220) },
    delivery: {
      accepted,
      delivered: accepted - 4,
      bounced: 1,
      lost: 3,
      pending: 0,
      duplicated: 2,
      duplicatedUnacknowledged: 1,
      corrupted: 1,
      reencoded: 12,
      late: 7,
      unconfirmed: 2,
      unexpected: 1,
    },
    series: result.series.map((row) => ({
      ...row,
      backlog: row.t < STALL_FROM ? 20 : Math.max(3, 4_000 - 150 * Math.abs(row.t - 40)),
    })),
  };
}

/** All of its accepted copies arrived. */
export function soundlyDeliveredResult(): Result {
  const result = deliveredResult();
  const { accepted } = result.delivery ?? { accepted: 0 };
  const none = { bounced: 0, lost: 0, pending: 0, duplicated: 0, duplicatedUnacknowledged: 0, corrupted: 0 };
  const rest = { reencoded: 0, late: 0, unconfirmed: 0, unexpected: 0 };
  return { ...passedResult(), delivery: { accepted, delivered: accepted, ...none, ...rest } };
}

/** With `text` wherever a server's or a stranger's may stand. */
export function deliveryDetails(text = HOSTILE): DeliveryDetails {
  const row = {
    kind: 'lost',
    atUs: null,
    detail: '',
    reply: '250 2.0.0 Ok: queued as 4XyZ7b1K2mz9',
  } as const;
  return {
    schemaVersion: 1,
    cases: [
      ...[17, 4711, 19_999].map((number) => ({
        ...row,
        number,
        recipient: `user${number % 1000}@a.example.test`,
      })),
      {
        kind: 'duplicated',
        number: 23,
        recipient: 'user24@a.example.test',
        atUs: Date.parse('2026-11-22T08:14:41.250Z') * 1000,
        detail: 'first receipt 7f3a-1-24 was never acknowledged',
        reply: '250 2.0.0 Ok: queued as 4XyZ7b1K2mzA',
      },
      {
        kind: 'bounced',
        number: 31,
        recipient: 'user32@b.example.test',
        atUs: null,
        detail: text,
        reply: text,
      },
      { kind: 'unexpected', number: null, recipient: text, atUs: null, detail: text, reply: '' },
    ],
    domains: [
      {
        domain: 'a.example.test',
        accepted: 22_300,
        delivered: 22_297,
        bounced: 0,
        lost: 3,
        pending: 0,
        p50: 180,
        p99: 900,
        max: 2_100,
      },
      {
        domain: 'stalled.example.test',
        accepted: 7_434,
        delivered: 7_433,
        bounced: 1,
        lost: 0,
        pending: 0,
        p50: 4_100,
        p99: 21_000,
        max: 24_000,
      },
    ],
    placements: { inbox: 29_000, junk: 730 },
    warmup: 4_980,
    backlog: { max: 4_000, atEndOfLoad: 1_000, grew: true },
    notes: ['1 line of receipts.ndjson was torn and is not counted.'],
  };
}

/** The same result with this text wherever a server's or a user's text may stand. */
export function withText(result: Result, text: string): Result {
  return {
    ...result,
    run: { ...result.run, name: text, tags: { [text]: text } },
    scenario: { ...result.scenario, name: text, target: { url: text } },
    health: { ...result.health, reasons: [text], faults: { [text]: 1 } },
    thresholds: result.thresholds.map((row) => ({ ...row, metric: text, threshold: text })),
    metrics: { ...result.metrics, [text]: { type: 'counter', n: 1, values: { count: 1, rate: 1 } } },
    outcomes: result.outcomes.map((row) => ({
      ...row,
      sample: text,
      phase: text,
      cause: text,
      class: text,
      enhanced: text,
    })),
  };
}

/** A trend of `n` log-normal samples around `medianMs`, as the recorder encodes it. */
export function trend(n: number, medianMs: number, sigma = 0.5): MetricResult {
  const random = lcg(n + Math.round(medianMs * 1000));
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 3_600_000_000,
    numberOfSignificantValueDigits: 3,
  });
  for (let i = 0; i < n; i++) {
    const isSlow = i % 1000 === 7;
    const value = medianMs * 1000 * Math.exp(sigma * gaussian(random)) * (isSlow ? 9 : 1);
    histogram.recordValue(Math.max(1, Math.round(value)));
  }
  return {
    type: 'trend',
    n,
    values: trendValues(histogram),
    histogram: encodeIntoCompressedBase64(histogram),
  };
}

function trendValues(histogram: Histogram): Record<string, number> {
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1000;
  return {
    avg: histogram.mean / 1000,
    min: at(0),
    med: at(50),
    max: histogram.maxValue / 1000,
    'p(90)': at(90),
    'p(95)': at(95),
    'p(99)': at(99),
    'p(99.9)': at(99.9),
  };
}

function baseResult(): Result {
  return {
    schemaVersion: 1,
    run: {
      id: '2026-11-22T08-14-03-7f3a',
      name: 'inbound-peak',
      status: 'completed',
      startedAt: '2026-11-22T08:14:03.000Z',
      endedAt: '2026-11-22T08:15:03.412Z',
      durationMs: 60_412,
      seed: 41,
      tags: { branch: 'main', build: '1187' },
      mailbench: '0.1.0',
      node: 'v20.20.2',
      host: {
        hostname: 'bench-1',
        os: 'linux x64',
        kernel: '6.1.0-30-amd64',
        cpu: 'AMD EPYC 7543 32-Core Processor',
        cores: 8,
        memoryBytes: 33_554_432_000,
        workers: 2,
      },
    },
    scenario: scenarioDisplay(),
    health: {
      verdict: 'ok',
      scheduled: SCHEDULED,
      started: STARTED,
      dropped: DROPPED,
      latenessMs: { p50: 0.004, p99: 0.911, max: 3.127 },
      utilisation: { max: 0.62, p95: 0.48 },
      cpuWait: { max: 0.021, p95: 0.008 },
      faults: {},
      reasons: [],
    },
    counts: {
      scheduled: SCHEDULED,
      started: STARTED,
      dropped: DROPPED,
      begun: STARTED,
      accepted: ACCEPTED,
      partial: 2,
      rejected: REJECTED + WANTED_REJECTIONS,
      failed: FAILED,
      interrupted: 0,
      inDoubt: 2,
      offered: STARTED,
      acceptedCopies: ACCEPTED,
      refused: REJECTED + WANTED_REJECTIONS,
      undecided: FAILED,
    },
    metrics: METRICS,
    outcomes: outcomes(),
    thresholds: thresholds(),
    delivery: null,
    series: series(),
  };
}

function scenarioDisplay(): Record<string, unknown> {
  return {
    name: 'inbound-peak',
    target: {
      url: 'smtp://127.0.0.1:2525',
      tls: { mode: 'starttls', verify: false },
      auth: { method: 'plain', user: 'alice', pass: '${SMTP_PASS}' },
    },
    client: { pipelining: 'auto', messagesPerSession: 10 },
    messages: [
      { weight: 80, size: '12KiB' },
      { weight: 20, template: { subject: 'Invoice {{seq}}', text: 'Dear reader' } },
    ],
    envelope: {
      from: 'bounce-{{seq}}@sender.example.test',
      to: { address: 'user{{n}}@a.example.test', users: 1000 },
    },
    scenarios: {
      peak: {
        executor: 'constant-arrival-rate',
        rate: RATE,
        timeUnit: '1s',
        duration: '1m',
        warmup: '10s',
        preAllocatedVUs: 50,
        maxVUs: 400,
      },
    },
    thresholds: { smtp_message_duration: ['p(95)<200', 'p(99)<110'] },
  };
}

function metrics(): Record<string, MetricResult> {
  const perMessage = (medianMs: number, sigma?: number) => trend(STEADY, medianMs, sigma);
  const perSession = (medianMs: number) => trend(SESSIONS, medianMs);
  const counter = (count: number): MetricResult => ({
    type: 'counter',
    n: count,
    values: { count, rate: count / (SECONDS - WARMUP_SECONDS) },
  });
  const rate = (passes: number, fails: number): MetricResult => ({
    type: 'rate',
    n: passes + fails,
    values: { rate: passes / (passes + fails), passes, fails },
  });
  const gauge = (value: number, min: number, max: number): MetricResult => ({
    type: 'gauge',
    n: SECONDS,
    values: { value, min, max },
  });
  const bad = REJECTED + FAILED;
  return {
    smtp_message_duration: perMessage(38.1),
    'smtp_message_duration{outcome:accepted}': perMessage(38.0),
    'smtp_message_duration{outcome:failed}': trend(FAILED, 30_000, 0.01),
    smtp_message_service_duration: perMessage(37.2, 0.45),
    smtp_transaction_duration: perMessage(35.9, 0.45),
    smtp_connecting: perSession(0.21),
    smtp_tls_handshaking: perSession(2.9),
    smtp_greeting_waiting: perSession(1.4),
    smtp_command_waiting: trend(STEADY, 9.1, 0.9),
    'smtp_command_waiting{command:EHLO}': perSession(0.62),
    'smtp_command_waiting{command:STARTTLS}': perSession(0.4),
    'smtp_command_waiting{command:AUTH}': perSession(5.1),
    'smtp_command_waiting{command:MAIL}': perMessage(1.9),
    'smtp_command_waiting{command:RCPT}': perMessage(6.2),
    'smtp_command_waiting{command:DATA}': perMessage(0.7),
    'smtp_command_waiting{command:CONTENT}': perMessage(24.4),
    'smtp_command_waiting{command:QUIT}': perSession(0.3),
    smtp_content_sending: perMessage(0.09),
    smtp_session_duration: perSession(412),
    iteration_duration: perMessage(37.4),
    smtp_message_failed: rate(bad, STEADY - bad),
    checks: rate(STEADY - bad, bad),
    smtp_messages: counter(STEADY),
    'smtp_messages{outcome:accepted}': counter(STEADY - bad),
    'smtp_messages{outcome:rejected}': counter(REJECTED),
    'smtp_messages{outcome:failed}': counter(FAILED),
    smtp_recipients: counter(STEADY),
    smtp_sessions: counter(SESSIONS),
    iterations: counter(STEADY),
    dropped_iterations: counter(DROPPED),
    data_sent: counter(310_451_200),
    data_received: counter(14_220_331),
    'smtp_replies{class:temporary,code:451,command:RCPT,enhanced:4.3.2}': counter(REJECTED),
    'smtp_tls_handshakes{resumed:false}': counter(SESSIONS),
    vus: gauge(42, 18, 50),
    smtp_sessions_open: gauge(41, 0, 50),
  };
}

function outcomes(): OutcomeRow[] {
  const row = (over: Partial<OutcomeRow>): OutcomeRow => ({
    outcome: 'accepted',
    expected: true,
    phase: '',
    scope: '',
    cause: '',
    code: 250,
    enhanced: '2.0.0',
    class: 'ok',
    permanence: 'none',
    count: 0,
    sample: '',
    ...over,
  });
  return [
    row({ count: ACCEPTED, sample: '250 2.0.0 Ok: queued as 4XyZ7b1K2mz9' }),
    row({
      outcome: 'rejected',
      phase: 'RCPT',
      scope: 'recipient',
      code: 550,
      enhanced: '5.1.1',
      class: 'no-such-user',
      permanence: '5yz',
      count: WANTED_REJECTIONS,
      sample:
        '550 5.1.1 <nobody@a.example.test>: Recipient address rejected: User unknown in local recipient table',
    }),
    row({
      outcome: 'rejected',
      expected: false,
      phase: 'RCPT',
      scope: 'recipient',
      code: 451,
      enhanced: '4.3.2',
      class: 'temporary',
      permanence: '4yz',
      count: REJECTED,
      sample: HOSTILE,
    }),
    row({
      outcome: 'failed',
      expected: false,
      phase: 'CONTENT',
      scope: 'message',
      cause: 'timeout',
      code: 0,
      enhanced: '',
      class: '',
      count: FAILED,
      sample: '',
    }),
  ];
}

function thresholds(): Result['thresholds'] {
  return [
    { metric: 'smtp_message_duration', threshold: 'p(95)<200', ok: true, value: 89.2, abortOnFail: false },
    { metric: 'smtp_message_duration', threshold: 'p(99)<110', ok: false, value: 126.4, abortOnFail: false },
    { metric: 'smtp_message_failed', threshold: 'rate<0.001', ok: true, value: 0.00048, abortOnFail: true },
    { metric: 'smtp_delivery_duration', threshold: 'p(95)<1000', ok: false, value: null, abortOnFail: false },
  ];
}

function series(): SeriesRow[] {
  const random = lcg(9);
  const jitter = (value: number, share: number) => value * (1 + share * (random() - 0.5));
  return Array.from({ length: SECONDS }, (_, t): SeriesRow => {
    const isStalled = t >= STALL_FROM && t < STALL_TO;
    const isCatchingUp = t === STALL_TO;
    const factor = isStalled ? 6 : isCatchingUp ? 3 : t < 4 ? 1.8 : 1;
    const accepted = Math.round(jitter(isStalled ? 310 : isCatchingUp ? 1150 : 496, 0.03));
    return {
      t,
      scheduled: RATE,
      started: isStalled ? RATE - 3 : RATE,
      dropped: isStalled ? 3 : 0,
      accepted,
      rejected: 4,
      failed: isStalled ? 1 : 0,
      p50: jitter(38 * factor, 0.1),
      p95: jitter(90 * factor, 0.16),
      p99: jitter(128 * factor, 0.3),
      sessionsOpen: Math.round(jitter(isStalled ? 50 : 24, 0.2)),
      utilisation: jitter(isStalled ? 0.3 : 0.46, 0.15),
      latenessP99: jitter(0.9, 0.4),
      backlog: null,
    };
  });
}

function withHealth(result: Result, verdict: Result['health']['verdict'], reasons: string[]): Result {
  return { ...result, health: { ...result.health, verdict, reasons } };
}

function zeroCounts(result: Result): Result['counts'] {
  return Object.fromEntries(Object.keys(result.counts).map((key) => [key, 0])) as Result['counts'];
}

/** Made once: a quarter of a million samples, shared by all results. */
const METRICS = metrics();

/** A linear congruential generator (Numerical Recipes): the same fixture on every machine. */
function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
