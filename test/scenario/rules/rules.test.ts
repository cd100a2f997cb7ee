import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRules, problem, problems } from '../load.js';

function executor(words: string, more = ''): string {
  return `scenarios: { a: { ${words} } }\n${more}`;
}

function recipient(words: string, more = ''): string {
  return `envelope: { to: { ${words} } }\n${more}`;
}

function session(most: number): string {
  return `client: { messagesPerSession: { min: 1, max: ${most} } }`;
}

const ramp = 'executor: ramping-arrival-rate, preAllocatedVUs: 5';
const arrivals = 'executor: constant-arrival-rate, preAllocatedVUs: 5, duration: 10s';

test('executors that cannot be run or would measure nothing are refused', () => {
  const bounded = 'client: { messagesPerSession: 3 }';
  assertRules([
    [
      'SCENARIO_RATE',
      'scenarios.a.rate',
      executor(`${arrivals}, rate: 1000001`),
      executor(`${arrivals}, rate: 1000000`),
    ],
    [
      'SCENARIO_RATE',
      'scenarios.a.rate',
      executor(`${arrivals}, rate: 1001, timeUnit: 1ms`),
      executor(`${arrivals}, rate: 1000, timeUnit: 1ms`),
    ],
    [
      'SCENARIO_RATE',
      'scenarios.a.rate',
      executor(`${arrivals}, rate: 0.09`),
      executor(`${arrivals}, rate: 0.1`),
    ],
    [
      'SCENARIO_RATE',
      'scenarios.a.stages[1].target',
      executor(`${ramp}, stages: [{ duration: 1s, target: 5 }, { duration: 0, target: 1000001 }]`),
      executor(`${ramp}, stages: [{ duration: 1s, target: 5 }, { duration: 0, target: 1000000 }]`),
    ],
    [
      'SCENARIO_RATE',
      'scenarios.a.startRate',
      executor(`${ramp}, startRate: 1001, timeUnit: 1ms, stages: [{ duration: 1s, target: 5 }]`),
      executor(`${ramp}, startRate: 1000, timeUnit: 1ms, stages: [{ duration: 1s, target: 5 }]`),
    ],
    [
      'SCENARIO_RATE',
      'scenarios.a.stages',
      executor(`${ramp}, stages: [{ duration: 1999ms, target: 1 }]`),
      executor(`${ramp}, stages: [{ duration: 2s, target: 1 }]`),
    ],
    [
      'SCENARIO_RATE',
      'scenarios.a.stages',
      executor(`${ramp}, stages: [{ duration: 0s, target: 100 }]`),
      executor(`${ramp}, stages: [{ duration: 0s, target: 100 }, { duration: 10ms, target: 100 }]`),
    ],
    [
      'SCENARIO_VUS',
      'scenarios.a.maxVUs',
      executor(`${ramp}, stages: [{ duration: 1s, target: 5 }], maxVUs: 4`),
      executor(`${ramp}, stages: [{ duration: 1s, target: 5 }], maxVUs: 5`),
    ],
    [
      'SCENARIO_WARMUP',
      'scenarios.a.warmup',
      executor(`${ramp}, stages: [{ duration: 1s, target: 5 }, { duration: 1s, target: 5 }], warmup: 2s`),
      executor(`${ramp}, stages: [{ duration: 1s, target: 5 }, { duration: 1s, target: 5 }], warmup: 1999`),
    ],
    [
      'SCENARIO_NUMBERS',
      'scenarios.a',
      executor(`${ramp}, stages: [{ duration: 20s, target: 1000 }], iteration: session`, session(1_000_001)),
      executor(`${ramp}, stages: [{ duration: 20s, target: 1000 }], iteration: session`, session(1_000_000)),
    ],
    [
      'SCENARIO_VUS',
      'scenarios.a.maxVUs',
      executor(`${arrivals}, rate: 1, maxVUs: 4`),
      executor(`${arrivals}, rate: 1, maxVUs: 5`),
    ],
    [
      'SCENARIO_WARMUP',
      'scenarios.a.warmup',
      executor(`${arrivals}, rate: 1, warmup: 10s`),
      executor(`${arrivals}, rate: 1, warmup: 9999`),
    ],
    [
      'SCENARIO_WARMUP',
      'scenarios.a.warmup',
      executor('executor: per-vu-iterations, maxDuration: 1s, warmup: 1s'),
      executor('executor: per-vu-iterations, maxDuration: 1001ms, warmup: 1s'),
    ],
    [
      'SCENARIO_ITERATIONS',
      'scenarios.a.iterations',
      executor('executor: shared-iterations, vus: 3, iterations: 2'),
      executor('executor: per-vu-iterations, vus: 3, iterations: 2'),
    ],
    [
      'SCENARIO_NUMBERS',
      'scenarios.a',
      executor('executor: per-vu-iterations, vus: 100, iterations: 100000001'),
      executor('executor: per-vu-iterations, vus: 100, iterations: 100000000'),
    ],
    [
      'SCENARIO_NUMBERS',
      'scenarios.a',
      executor('executor: shared-iterations, iterations: 1000, iteration: session', session(10_000_001)),
      executor('executor: shared-iterations, iterations: 1000, iteration: session', session(10_000_000)),
    ],
    [
      'SCENARIO_NUMBERS',
      'scenarios.a',
      executor('executor: constant-vus, duration: 1s, iteration: session', session(10_001)),
      executor('executor: constant-vus, duration: 1s, iteration: session', session(10_000)),
    ],
    [
      'SCENARIO_NUMBERS',
      'scenarios.a',
      executor(`${arrivals}, rate: 1000, iteration: session`, session(1_000_001)),
      executor(`${arrivals}, rate: 1000, iteration: session`, session(1_000_000)),
    ],
    [
      'SCENARIO_SESSION_UNBOUNDED',
      'scenarios.a.iteration',
      executor('executor: shared-iterations, iteration: session'),
      executor('executor: shared-iterations, iteration: session', bounded),
    ],
  ]);
});

test('targets and TLS settings that contradict each other are refused', () => {
  assertRules([
    [
      'SCENARIO_TLS_CONTRADICTION',
      'target.tls.mode',
      'target: { url: "smtps://localhost", tls: { mode: starttls } }',
      'target: { url: "smtps://localhost", tls: { mode: implicit } }',
    ],
    [
      'SCENARIO_TLS_CONTRADICTION',
      'target.tls.mode',
      'target: { url: "smtp://localhost", tls: { mode: implicit } }',
      'target: { url: "lmtp://localhost", tls: { mode: implicit } }',
    ],
    [
      'SCENARIO_TLS_CONTRADICTION',
      'target.tls.fallback',
      'target: { tls: { mode: starttls, fallback: true } }',
      'target: { tls: { mode: opportunistic, fallback: true } }',
    ],
    [
      'SCENARIO_TARGET_LMTP_PORT',
      'target.url',
      'target: { url: "lmtp://localhost:25" }',
      'target: { url: "lmtp://localhost:2525" }',
    ],
    [
      'SCENARIO_AUTH_CONTRADICTION',
      'target.auth',
      'target: { url: "smtps://u:p@localhost", auth: { user: u, pass: p } }',
      'target: { url: "smtps://u:p@localhost", auth: { method: login } }',
    ],
    [
      'SCENARIO_CONTROL_CHARACTER',
      'target.auth.user',
      'target: { url: "smtps://localhost", auth: { user: "a\\0b", pass: p } }',
      'target: { url: "smtps://localhost", auth: { user: "a b", pass: p } }',
    ],
    ['SCENARIO_EHLO', 'client.ehlo', 'client: { ehlo: "x y" }', 'client: { ehlo: "[127.0.0.1]" }'],
    [
      'SCENARIO_EHLO',
      'client.ehlo',
      'client: { ehlo: "x\\r\\nMAIL" }',
      'client: { ehlo: load.example.test }',
    ],
    [
      'SCENARIO_RANGE_REVERSED',
      'client.messagesPerSession',
      'client: { messagesPerSession: { min: 3, max: 2 } }',
      'client: { messagesPerSession: { min: 2, max: 2 } }',
    ],
    [
      'SCENARIO_RANGE_REVERSED',
      'client.reconnectDelay',
      'client: { reconnectDelay: { first: 2s, max: 1500ms } }',
      'client: { reconnectDelay: { first: 1500ms, max: 2s } }',
    ],
  ]);
});

test('a target off loopback needs the word authorized, and a name is not looked up', () => {
  const targets = [
    'smtp://192.0.2.1',
    'smtp://mail.example.test',
    'smtp://[2001:db8::1]',
    'smtp://127.0.0.1.example.test',
  ];
  for (const url of targets) {
    assert.equal(problem(`target: { url: "${url}" }`).code, 'SCENARIO_TARGET_UNAUTHORIZED', url);
    assert.deepEqual(problems(`target: { url: "${url}", authorized: true }`), [], url);
    assert.deepEqual(problems(`target: { url: "${url}" }`, { flags: { authorized: true } }), [], url);
  }
  for (const url of [
    'smtp://127.9.9.9',
    'smtp://[::1]',
    'smtp://localhost',
    'smtp+unix:///run/x',
    'embedded',
  ]) {
    assert.deepEqual(problems(`target: { url: "${url}" }`), [], url);
  }
});

test('messages that cannot be composed are refused', () => {
  const template = (words: string) => `messages: [{ template: { text: x, ${words} } }]`;
  const encoded = (words: string) => `messages: [{ template: { ${words} } }]`;
  const headers = (words: string) => template(`headers: { ${words} }`);
  assertRules([
    ['SCENARIO_MESSAGE_KIND', 'messages[0]', 'messages: [{ weight: 1 }]', 'messages: [{ size: 1KiB }]'],
    [
      'SCENARIO_MESSAGE_KIND',
      'messages[0]',
      'messages: [{ size: 1KiB, template: { text: x } }]',
      'messages: [{ template: { text: x } }]',
    ],
    ['SCENARIO_MESSAGE_SIZE', 'messages[0].size', 'messages: [{ size: 511 }]', 'messages: [{ size: 512 }]'],
    [
      'SCENARIO_TEMPLATE_EMPTY',
      'messages[0].template',
      'messages: [{ template: { subject: x } }]',
      'messages: [{ template: { html: x } }]',
    ],
    [
      'SCENARIO_ENCODING',
      'messages[0].template.text',
      encoded('text: "Gr\u00fc\u00dfe", encoding: 7bit'),
      encoded('text: "Gr\u00fc\u00dfe", encoding: 8bit'),
    ],
    [
      'SCENARIO_ENCODING',
      'messages[0].template.html',
      encoded(`html: "${'\u00fc'.repeat(500)}", encoding: 8bit`),
      encoded(`html: "${'\u00fc'.repeat(499)}\\n\u00fc", encoding: 8bit`),
    ],
    [
      'SCENARIO_ENCODING',
      'messages[0].template.text',
      encoded('text: "{{seq}}", encoding: base64'),
      encoded('text: "{{seq}}", encoding: quoted-printable'),
    ],
    [
      'SCENARIO_PLACEHOLDER',
      'messages[0].template.subject',
      template('subject: "{{sequ}}"'),
      template('subject: "{{seq}}"'),
    ],
    [
      'SCENARIO_PLACEHOLDER',
      'messages[0].template.html',
      template('html: "{{n}}"'),
      template('html: "{{seq}}"'),
    ],
    [
      'SCENARIO_CONTROL_CHARACTER',
      'messages[0].template.subject',
      template('subject: "a\\r\\nBcc: x"'),
      template('subject: "a Bcc: x"'),
    ],
    [
      'SCENARIO_CONTROL_CHARACTER',
      'messages[0].template.headers.X-A',
      headers('X-A: "a\\nb"'),
      headers('X-A: "a b"'),
    ],
    [
      'SCENARIO_CONTROL_CHARACTER',
      'messages[0].template.headers.X-A',
      headers('X-A: "a\\0b"'),
      headers('X-A: ab'),
    ],
    [
      'SCENARIO_PLACEHOLDER',
      'messages[0].template.headers.X-A',
      headers('X-A: "{{n}}"'),
      headers('X-A: "{{seq}}"'),
    ],
    ['SCENARIO_HEADER', 'messages[0].template.headers["X A"]', headers('"X A": a'), headers('X-A: a')],
    ['SCENARIO_HEADER', 'messages[0].template.headers["X:"]', headers('"X:": a'), headers('X: a')],
    [
      'SCENARIO_HEADER',
      'messages[0].template.headers.x-mailbench',
      headers('x-mailbench: a'),
      headers('x-mailer: a'),
    ],
    [
      'SCENARIO_HEADER',
      'messages[0].template.headers.X-Long',
      headers(`X-Long: ${'x'.repeat(991)}`),
      headers(`X-Long: ${'x'.repeat(990)}`),
    ],
    [
      'SCENARIO_WEIGHTS',
      'messages',
      'messages: [{ size: 1KiB, weight: 0 }]',
      'messages: [{ size: 1KiB, weight: 0 }, { size: 2KiB }]',
    ],
  ]);
});

test('expectations that cannot come true are refused', () => {
  const expect = (words: string) => `messages: [{ size: 1KiB, expect: ${words} }]`;
  const path = 'messages[0].expect';
  assertRules([
    [
      'SCENARIO_EXPECT',
      path,
      expect('{ outcome: accepted, code: 550 }'),
      expect('{ outcome: rejected, code: 550 }'),
    ],
    ['SCENARIO_EXPECT', path, expect('{ outcome: accepted, class: quota }'), expect('{ class: quota }')],
    [
      'SCENARIO_EXPECT',
      path,
      expect('{ outcome: rejected, enhanced: "2.1.5" }'),
      expect('{ outcome: rejected, enhanced: "5.1" }'),
    ],
    [
      'SCENARIO_EXPECT',
      path,
      expect('{ outcome: failed, code: 421 }'),
      expect('{ outcome: failed, class: network }'),
    ],
    [
      'SCENARIO_EXPECT',
      path,
      expect('{ code: 550, enhanced: "4.2.2" }'),
      expect('{ code: 550, enhanced: "5.2.2" }'),
    ],
  ]);
});

test('addresses that RFC 5321 does not allow, and those that could carry a second command, are refused', () => {
  assertRules([
    ['SCENARIO_ADDRESS', 'envelope.from', 'envelope: { from: "a@b@example.test" }', 'envelope: { from: "" }'],
    [
      'SCENARIO_CONTROL_CHARACTER',
      'envelope.from',
      'envelope: { from: "a@example.test>\\r\\nRCPT TO:<b" }',
      'envelope: { from: "a@example.test" }',
    ],
    [
      'SCENARIO_CONTROL_CHARACTER',
      'envelope.to',
      'envelope: { to: "a\\0@example.test" }',
      'envelope: { to: "a@example.test" }',
    ],
    [
      'SCENARIO_PLACEHOLDER',
      'envelope.from',
      'envelope: { from: "b{{n}}@example.test" }',
      'envelope: { from: "b{{seq}}@example.test" }',
    ],
    [
      'SCENARIO_PLACEHOLDER',
      'envelope.to',
      'envelope: { to: "b{{ n }}@example.test" }',
      'envelope: { to: "b{{n}}@example.test" }',
    ],
    [
      'SCENARIO_PLACEHOLDER',
      'envelope.to.address',
      recipient('address: "u{{n}}{{seq}}@example.test"'),
      recipient('address: "u{{n}}.{{seq}}@example.test"'),
    ],
    // 54 + 10 digits of {{seq}} fill the 64 octets of a local part.
    [
      'SCENARIO_ADDRESS',
      'envelope.from',
      `envelope: { from: "${'a'.repeat(55)}{{seq}}@example.test" }`,
      `envelope: { from: "${'a'.repeat(54)}{{seq}}@example.test" }`,
    ],
    [
      'SCENARIO_DOMAINS',
      'envelope.to.address',
      recipient('address: "u@{{domain}}"'),
      recipient('address: "u@{{domain}}", domains: [a.test]'),
    ],
    [
      'SCENARIO_DOMAINS',
      'envelope.to.domains',
      recipient('address: "u@a.test", domains: [a.test]'),
      recipient('address: "u@a.test"'),
    ],
    [
      'SCENARIO_ADDRESS',
      'envelope.to.domains',
      recipient('domains: ["a b"]'),
      recipient('domains: [a.test]'),
    ],
    [
      'SCENARIO_WEIGHTS',
      'envelope.to.domains',
      recipient('domains: { a.test: 0 }'),
      recipient('domains: { a.test: 0, b.test: 1 }'),
    ],
    [
      'SCENARIO_PER_MESSAGE',
      'envelope.to.perMessage',
      recipient('address: "u{{n}}@{{domain}}", domains: [a.test, A.test], users: 5, perMessage: 6'),
      recipient('address: "u{{n}}@{{domain}}", domains: [a.test, b.test], users: 5, perMessage: 6'),
    ],
  ]);
});

test('a domain somebody may own needs the word authorized, for recipients and for where bounces go', () => {
  const texts = [
    'envelope: { to: "joe@gmail.com" }',
    'envelope: { from: "joe@gmail.com" }',
    recipient('domains: { a.test: 1, gmail.com: 1 }'),
    'envelope: { to: "joe@[192.0.2.1]" }',
  ];
  for (const text of texts) {
    assert.equal(problem(text).code, 'SCENARIO_DOMAIN_UNAUTHORIZED', text);
    assert.deepEqual(problems(`${text}\ntarget: { authorized: true }`), [], text);
  }
  for (const to of ['joe@[127.0.0.1]', 'joe@localhost', 'joe@example.com', 'joe@x.example']) {
    assert.deepEqual(problems(`envelope: { to: "${to}" }`), [], to);
  }
});
