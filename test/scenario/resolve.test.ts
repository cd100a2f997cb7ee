import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, problem } from './load.js';

test('words become units, and short forms their long ones', () => {
  const { scenario } = load(`
client: { ehlo: load.example.test, messagesPerSession: { min: 2, max: 4 }, reconnectDelay: 1s, timeouts: { quit: 1500ms } }
messages:
  - { size: 12KiB, weight: 3 }
  - { size: 1MiB, weight: 0 }
  - { template: { subject: "S {{seq}}", html: "<p>" , headers: { X-B: b, X-A: a } }, expect: rejected }
envelope:
  from: ""
  to:
    - { address: "u{{n}}@{{domain}}", domains: { a.test: 3, b.test: 1, c.test: 0 }, users: 5, perMessage: 2 }
    - { address: x@a.test, weight: 2, expect: { code: 550 } }
    - { address: y@a.test, weight: 0 }
scenarios:
  one: { executor: per-vu-iterations, vus: 2, iterations: 3, startTime: 1m, gracefulStop: 0, tags: { a: b } }
`);
  assert.equal(scenario.client.ehlo, 'load.example.test');
  assert.deepEqual(scenario.client.messagesPerSession, { min: 2, max: 4 });
  assert.deepEqual(scenario.client.reconnectDelayMs, { first: 1000, max: 1000 });
  assert.deepEqual([scenario.client.timeouts.quitMs, scenario.client.timeouts.connectMs], [1500, 10_000]);
  assert.deepEqual(scenario.messages, [
    { kind: 'size', weight: 3, sizeBytes: 12_288, dkim: [], expect: null },
    {
      kind: 'template',
      weight: 1,
      subject: 'S {{seq}}',
      text: null,
      html: '<p>',
      encoding: 'auto',
      headerEncoding: 'encoded-word',
      headers: { 'X-B': 'b', 'X-A': 'a' },
      attachments: [],
      dkim: [],
      expect: { outcome: 'rejected', code: null, enhanced: null, class: null, ifOffered: false },
    },
  ]);
  assert.deepEqual(scenario.envelope, {
    from: '',
    senders: null,
    to: [
      {
        weight: 1,
        address: 'u{{n}}@{{domain}}',
        domains: [
          { domain: 'a.test', weight: 3 },
          { domain: 'b.test', weight: 1 },
        ],
        users: 5,
        perMessage: { min: 2, max: 2 },
        list: null,
        choose: 'uniform',
        exponent: 1,
        expect: null,
      },
      {
        weight: 2,
        address: 'x@a.test',
        domains: [],
        users: 1000,
        perMessage: { min: 1, max: 1 },
        list: null,
        choose: 'uniform',
        exponent: 1,
        expect: { outcome: 'rejected', code: 550, enhanced: null, class: null, ifOffered: false },
      },
    ],
    parameters: {
      body: 'auto',
      smtputf8: 'auto',
      dsn: null,
      requireTls: false,
      deliverBy: null,
      priority: null,
      prdr: false,
      mail: [],
      rcpt: [],
    },
  });
  assert.deepEqual(scenario.scenarios.one, {
    executor: 'per-vu-iterations',
    vus: 2,
    iterations: 3,
    maxDurationMs: 600_000,
    startTimeMs: 60_000,
    gracefulStopMs: 0,
    warmupMs: 0,
    iteration: 'message',
    tags: { a: 'b' },
  });
});

test('the word rfc5321 stands for the time-outs of RFC 5321 §4.5.3.2', () => {
  const { timeouts } = load('client: { timeouts: rfc5321 }').scenario.client;
  assert.deepEqual(
    [
      timeouts.greetingMs,
      timeouts.commandMs,
      timeouts.dataInitiationMs,
      timeouts.dataBlockMs,
      timeouts.dataTerminationMs,
    ],
    [300_000, 300_000, 120_000, 180_000, 600_000],
  );
});

test('unlimited messages per session is the largest safe integer', () => {
  const most = Number.MAX_SAFE_INTEGER;
  assert.deepEqual(load('name: x').scenario.client.messagesPerSession, { min: most, max: most });
});

test('smtps:// implies implicit TLS, and everything else none', () => {
  assert.equal(load('target: { url: "smtps://localhost" }').scenario.target.tls.mode, 'implicit');
  assert.equal(load('target: { url: "smtp://localhost" }').scenario.target.tls.mode, 'none');
});

test('an expectation without an outcome means the one its code, status or class has', () => {
  const outcome = (words: string) =>
    load(`messages: [{ size: 1KiB, expect: ${words} }]`).scenario.messages[0]?.expect?.outcome;
  assert.equal(outcome('{ code: 250 }'), 'accepted');
  assert.equal(outcome('{ code: 451 }'), 'rejected');
  assert.equal(outcome('{ enhanced: "5.7" }'), 'rejected');
  assert.equal(outcome('{ enhanced: "2.1.5" }'), 'accepted');
  assert.equal(outcome('{ class: greylisted }'), 'rejected');
  assert.equal(outcome('{ class: network }'), 'failed');
  assert.equal(outcome('{}'), 'accepted');
});

test('thresholds are parsed, in all their forms', () => {
  const { thresholds } = load(
    'thresholds: { checks: "rate>0.9", smtp_message_failed: [{ threshold: "rate<0.001", abortOnFail: true, delayAbortEval: 10s, window: 30s, minSamples: 100, onNoData: pass }] }',
  ).scenario;
  assert.deepEqual(thresholds.checks?.[0]?.aggregation, { kind: 'rate' });
  assert.deepEqual(thresholds.smtp_message_failed, [
    {
      source: 'rate<0.001',
      aggregation: { kind: 'rate' },
      operator: '<',
      bound: 0.001,
      abortOnFail: true,
      delayAbortEvalMs: 10_000,
      windowMs: 30_000,
      minSamples: 100,
      onNoData: 'pass',
    },
  ]);
});

const ATTACHED = { contentType: null, cid: null, encoding: 'auto', probability: 1 };

test('attachments are read beside the scenario file', () => {
  const files = { 'a b.pdf': Buffer.from([0, 255, 13, 10]) };
  const text =
    'messages: [{ template: { attachments: [{ path: "a b.pdf" }, { path: "./a b.pdf", filename: c.bin, contentType: application/x-c }] } }]';
  const [message] = load(text, { files }).scenario.messages;
  assert.ok(message?.kind === 'template');
  assert.deepEqual(message.attachments, [
    { ...ATTACHED, filename: 'a b.pdf', contentBase64: 'AP8NCg==' },
    { ...ATTACHED, filename: 'c.bin', contentType: 'application/x-c', contentBase64: 'AP8NCg==' },
  ]);
});

test('an attachment that cannot be read is placed, and so is one that is no file', () => {
  const attach = (path: string) => `messages:\n  - template: { attachments: [{ path: ${path} }] }\n`;
  const missing = problem(attach('nope.pdf'));
  assert.deepEqual(
    [missing.where, missing.path, missing.code],
    ['s.yaml:2:39', 'messages[0].template.attachments[0].path', 'SCENARIO_ATTACHMENT'],
  );
  assert.match(missing.message, /nope\.pdf \(ENOENT\)/);
  assert.match(problem(attach('.')).message, /no regular file/);
  assert.match(problem(attach('/dev/zero')).message, /no regular file/);
});
