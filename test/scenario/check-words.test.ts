import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, places, problem, problems } from './load.js';

test('an unknown key is placed and the nearest known one suggested', () => {
  const found = problem('name: x\nclient:\n  pipelinning: off\n');
  assert.deepEqual(
    [found.where, found.path, found.code, found.hint],
    ['s.yaml:3:3', 'client.pipelinning', 'SCENARIO_KEY_UNKNOWN', 'Did you mean `pipelining`?'],
  );
});

test('an unknown word is placed at its value and the nearest known one suggested', () => {
  const found = problem('target:\n  tls: { mode: startls }\n');
  assert.deepEqual(
    [found.where, found.path, found.code, found.hint],
    ['s.yaml:2:16', 'target.tls.mode', 'SCENARIO_VALUE_UNKNOWN', 'Did you mean `starttls`?'],
  );
});

test('all problems of a file are listed at once, in its order', () => {
  const text = `nam: x
target: { url: "http://h", tls: { mode: non } }
client: { timeouts: { conect: 5s, quit: 3 sec } }
messages:
  - { size: 12KiBs }
  - { sise: 1MiB, weight: -1 }
scenarios:
  peak:
    executor: constant-arival-rate
    rate: fast
    preAllocatedVUs: 50
    maxVUs: 5
    warmup: 30s
    duration: 10s
thresholds:
  smtp_mesage_duration: ["p(99)<250"]
`;
  assert.deepEqual(places(text), [
    's.yaml:1:1 nam SCENARIO_KEY_UNKNOWN',
    's.yaml:2:16 target.url SCENARIO_TARGET_URL',
    's.yaml:2:41 target.tls.mode SCENARIO_VALUE_UNKNOWN',
    's.yaml:3:23 client.timeouts.conect SCENARIO_KEY_UNKNOWN',
    's.yaml:3:41 client.timeouts.quit SCENARIO_FORMAT',
    's.yaml:5:13 messages[0].size SCENARIO_FORMAT',
    's.yaml:6:5 messages[1] SCENARIO_MESSAGE_KIND',
    's.yaml:6:7 messages[1].sise SCENARIO_KEY_UNKNOWN',
    's.yaml:6:27 messages[1].weight SCENARIO_OUT_OF_RANGE',
    's.yaml:9:15 scenarios.peak.executor SCENARIO_EXECUTOR_UNKNOWN',
    's.yaml:10:11 scenarios.peak.rate SCENARIO_TYPE',
    's.yaml:12:13 scenarios.peak.maxVUs SCENARIO_VUS',
    's.yaml:13:13 scenarios.peak.warmup SCENARIO_WARMUP',
    's.yaml:16:25 thresholds.smtp_mesage_duration SCENARIO_THRESHOLD',
  ]);
});

test('every problem says what to do, in its hint or as what must be', () => {
  const text =
    'seed: -1\nname: ""\nscenarios: {}\nmessages: []\nclient: 5\ntarget: { auth: { user: a } }\nx: 1';
  for (const { message, hint } of problems(text))
    assert.ok(hint !== undefined || /must/.test(message), message);
});

test('an unknown executor is read as the nearest by name, and its other faults are found', () => {
  const text = 'scenarios: { a: { executor: shared-iteration, iteratons: 5, vus: 0 } }';
  assert.deepEqual(places(text), [
    's.yaml:1:29 scenarios.a.executor SCENARIO_EXECUTOR_UNKNOWN',
    's.yaml:1:47 scenarios.a.iteratons SCENARIO_KEY_UNKNOWN',
    's.yaml:1:66 scenarios.a.vus SCENARIO_OUT_OF_RANGE',
  ]);
});

test('the name of an executor says more than its keys', () => {
  assert.deepEqual(
    places('scenarios: { a: { executor: constant-vu, duration: 1s, iterations: 3, maxDuration: 1s } }'),
    [
      's.yaml:1:29 scenarios.a.executor SCENARIO_EXECUTOR_UNKNOWN',
      's.yaml:1:56 scenarios.a.iterations SCENARIO_KEY_UNKNOWN',
      's.yaml:1:71 scenarios.a.maxDuration SCENARIO_KEY_UNKNOWN',
    ],
  );
});

test('a missing executor is guessed by its keys, and its other faults are found', () => {
  const text = 'scenarios: { a: { rate: 0, preAllocatedVUs: 5, duration: 1s } }';
  assert.deepEqual(places(text), [
    's.yaml:1:14 scenarios.a.executor SCENARIO_EXECUTOR_UNKNOWN',
    's.yaml:1:25 scenarios.a.rate SCENARIO_OUT_OF_RANGE',
  ]);
});

test('a key of another executor is told where it belongs', () => {
  const found = problem('scenarios: { a: { executor: constant-vus, duration: 1s, rate: 5 } }');
  assert.equal(found.hint, '`rate` belongs to constant-arrival-rate, and this executor is constant-vus.');
});

test('stages that are missing, empty, negative or without an end are placed where they stand', () => {
  const ramp = 'scenarios: { a: { executor: ramping-arrival-rate, preAllocatedVUs: 1';
  assert.deepEqual(places(`${ramp} } }`), ['s.yaml:1:17 scenarios.a SCENARIO_ARRIVALS']);
  assert.deepEqual(places(`${ramp}, stages: [] } }`), [
    's.yaml:1:79 scenarios.a.stages SCENARIO_OUT_OF_RANGE',
  ]);
  assert.deepEqual(places(`${ramp}, stages: [{ duration: 1s, target: -1 }] } }`), [
    's.yaml:1:104 scenarios.a.stages[0].target SCENARIO_OUT_OF_RANGE',
  ]);
  assert.deepEqual(places(`${ramp}, stages: [{ duration: 1s }] } }`), [
    's.yaml:1:80 scenarios.a.stages[0].target SCENARIO_KEY_MISSING',
  ]);
  assert.deepEqual(places(`${ramp}, stages: [{ duration: -1s, target: 1 }] } }`), [
    's.yaml:1:92 scenarios.a.stages[0].duration SCENARIO_FORMAT',
  ]);
});

test('required keys that are missing are placed at their executor', () => {
  assert.deepEqual(places('scenarios:\n  a:\n    executor: constant-arrival-rate\n'), [
    's.yaml:2:3 scenarios.a.rate SCENARIO_KEY_MISSING',
    's.yaml:2:3 scenarios.a.duration SCENARIO_KEY_MISSING',
    's.yaml:2:3 scenarios.a.preAllocatedVUs SCENARIO_KEY_MISSING',
  ]);
});

test('in a union the branch of the kind of value speaks', () => {
  assert.deepEqual(places('envelope: { to: { adress: x, users: 0 } }'), [
    's.yaml:1:19 envelope.to.adress SCENARIO_KEY_UNKNOWN',
    's.yaml:1:37 envelope.to.users SCENARIO_OUT_OF_RANGE',
  ]);
  assert.deepEqual(places('thresholds: { checks: [{ threshold: "rate>0.9", abortOnFail: yes }] }'), [
    's.yaml:1:62 thresholds.checks[0].abortOnFail SCENARIO_TYPE',
  ]);
  const word = problem('client: { messagesPerSession: unlimitd }');
  assert.match(word.message, /must be a number or `unlimited` or a map, found "unlimitd"/);
  assert.equal(word.hint, 'Did you mean `unlimited`?');
  assert.match(problem('envelope: { to: 5 }').message, /must be text or a map or a list, found 5/);
});

test('a number where text belongs is told to be quoted, and nothing where something belongs to be left out', () => {
  assert.equal(problem('name: 42').hint, 'Put quotes around it.');
  assert.equal(problem('name:').hint, 'Write a value, or leave the key out.');
});

test('a problem says no more about a value that is wrong by itself', () => {
  // Each second rule would follow from the default that stands in for the wrong value.
  const texts = [
    'messages: [{ size: big }]',
    'scenarios: { a: { executor: shared-iterations, vus: 5, iterations: many } }',
    'scenarios: { a: { executor: shared-iterations, vus: 1, iteration: session } }\nclient: { messagesPerSession: none }',
    'target: { tls: { mode: opportunist, fallback: true } }',
    'target: { url: "smtp://mail.acme.com", authorized: yes }',
    'envelope: { to: { address: "u{{n}}@a.example.test", users: lots, perMessage: 2000 } }',
    'scenarios: { a: { executor: constant-arrival-rate, rate: 9000000, timeUnit: 1 hour, duration: 1s, preAllocatedVUs: 1 } }',
    'scenarios: { a: { executor: shared-iterations, vus: 5, iterations: "${NOPE}" } }',
    'scenarios: { a: { executor: "${NOPE}" } }',
    'messages: [{ template: { text: 5 } }]',
  ];
  for (const text of texts) assert.equal(problems(text).length, 1, `${text}: ${places(text).join('; ')}`);
});

test('text that came from the environment and looks like a number is taken as text where text is wanted', () => {
  const env = { SMTP_PASS: '12345', BUILD: '1.10' };
  const text =
    'name: ${BUILD}\ntags:\n  build: ${BUILD}\ntarget:\n  url: smtps://localhost\n  auth:\n    user: a\n    pass: ${SMTP_PASS}\n';
  const { scenario } = load(text, { env });
  assert.deepEqual(
    [scenario.name, scenario.tags, scenario.target.auth?.users[0]?.pass],
    ['1.10', { build: '1.10' }, '12345'],
  );
});

test('a name of an executor is a plain word', () => {
  assert.deepEqual(places('scenarios: { a b: { executor: shared-iterations } }'), [
    's.yaml:1:14 scenarios["a b"] SCENARIO_FORMAT',
  ]);
});

test('a document that is no map is one problem', () => {
  assert.deepEqual(places('- 1\n- 2\n'), ['s.yaml:1:1  SCENARIO_TYPE']);
  assert.deepEqual(places('hello', { flags: { rate: 5, duration: '1s', set: ['name=x'] } }), [
    's.yaml:1:1  SCENARIO_TYPE',
  ]);
});

test('a value of a secret key is never quoted', () => {
  for (const found of problems(
    'target: { url: "smtps://localhost", auth: { user: a, pass: [hunter22], token: hunter22 } }',
  )) {
    assert.doesNotMatch(JSON.stringify(found), /hunter22/);
  }
  const found = problem('target: { url: "smtps://localhost", auth: { user: a, pass: 998877 } }');
  assert.equal(found.message, 'must be text, found a number');
});
