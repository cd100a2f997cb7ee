import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RampingArrivalRate } from '#src/scenario/executor-spec.js';
import { maskSecrets } from '#src/scenario/secrets.js';
import { load } from './load.js';

test('a ramp is shown with its stages as written and the rest filled in', () => {
  const stages = [{ duration: '1m', target: 40 }];
  const ramp = { executor: 'ramping-arrival-rate', stages, preAllocatedVUs: 5 };
  const { display, scenario } = load(JSON.stringify({ scenarios: { ramp } }));
  const common = { startTime: '0s', gracefulStop: '30s', warmup: '0s', iteration: 'message', tags: {} };
  const rest = { startRate: 0, timeUnit: '1s', arrival: 'uniform', maxVUs: 5, ...common };
  assert.deepEqual((display.scenarios as Record<string, unknown>).ramp, { ...ramp, ...rest });
  const { startRate, timeUnitMs, arrival, durationMs, maxVUs } = scenario.scenarios
    .ramp as RampingArrivalRate;
  assert.deepEqual(
    { startRate, timeUnitMs, arrival, durationMs, maxVUs },
    { startRate: 0, timeUnitMs: 1_000, arrival: 'uniform', durationMs: 60_000, maxVUs: 5 },
  );
});

test('the display keeps references and fills in defaults, in the words of the file', () => {
  const text =
    'scenarios:\n  a:\n    rate: ${RATE:-50}\n    executor: constant-arrival-rate\n    duration: 2m\n    preAllocatedVUs: 5\n';
  const { display } = load(text, { env: { RATE: '70' } });
  assert.deepEqual((display.scenarios as Record<string, unknown>).a, {
    executor: 'constant-arrival-rate',
    rate: '${RATE:-50}',
    timeUnit: '1s',
    arrival: 'uniform',
    duration: '2m',
    preAllocatedVUs: 5,
    maxVUs: 5,
    startTime: '0s',
    gracefulStop: '30s',
    warmup: '0s',
    iteration: 'message',
    tags: {},
  });
  assert.deepEqual([display.name, display.seed], ['s', 42]);
});

test('a literal password is masked, a reference to one is kept', () => {
  const auth = (pass: string, env = {}) => {
    const { display, secrets, scenario } = load(
      `target: { url: "smtps://localhost", auth: { user: alice, pass: "${pass}" } }`,
      {
        env,
      },
    );
    const target = display.target as Record<string, unknown>;
    return { shown: target.auth, secrets, pass: scenario.target.auth?.users[0]?.pass };
  };
  const literal = auth('hunter22');
  const always = { method: 'plain', user: 'alice', initialResponse: true, allowPlaintext: false };
  assert.deepEqual(literal.shown, { ...always, pass: '***' });
  assert.ok(literal.secrets.includes('hunter22'));
  const reference = auth('${SMTP_PASS}', { SMTP_PASS: 'hunter22' });
  assert.deepEqual(reference.shown, { ...always, pass: '${SMTP_PASS}' });
  assert.ok(reference.secrets.includes('hunter22'));
  assert.equal(reference.pass, 'hunter22');
  assert.deepEqual(auth('${SMTP_PASS:-hunter22}').shown, { ...always, pass: '${SMTP_PASS:-***}' });
});

test('credentials in the URL become auth, and stand in no text', () => {
  const { scenario, display, secrets } = load('target: { url: "smtps://alice:hunt%40er22@127.0.0.1:2525" }');
  assert.deepEqual(scenario.target.auth?.users, [{ user: 'alice', pass: 'hunt@er22', authzid: '' }]);
  assert.equal(scenario.target.url, 'smtps://127.0.0.1:2525');
  assert.doesNotMatch(JSON.stringify(display), /alice|hunt/);
  assert.ok(secrets.includes('hunt@er22') && secrets.includes('hunt%40er22'));
  const encoded = Buffer.from('\0alice\0hunt@er22').toString('base64');
  assert.equal(maskSecrets(`535 ${encoded}`, secrets), '535 ***');
});

test('a URL from the environment is shown as its reference, without what stands before its @', () => {
  const env = { TARGET: 'smtps://alice:hunter22@127.0.0.1:2525', PASS: 'hunter22', PORT: '2525' };
  const url = (text: string) => {
    const { display } = load(`target: { url: "${text}" }`, { env });
    assert.doesNotMatch(JSON.stringify(display), /hunter22|alice/, text);
    return (display.target as Record<string, unknown>).url;
  };
  assert.equal(url('${TARGET}'), '${TARGET}');
  assert.equal(url('smtps://alice:${PASS}@127.0.0.1:${PORT}'), 'smtps://127.0.0.1:${PORT}');
  assert.equal(url('smtps://alice:hunter22@127.0.0.1:${PORT}'), 'smtps://127.0.0.1:${PORT}');
});

test('whatever the password is, it stands nowhere in the display', () => {
  const password = fc.stringMatching(/^[A-Za-z0-9 !-~]{12,20}$/).filter((text) => !text.includes('${'));
  fc.assert(
    fc.property(password, (pass) => {
      const quoted = JSON.stringify(pass);
      const texts = [
        `target: { url: "smtps://localhost", auth: { user: u, pass: ${quoted} } }\ntags: { token: ${quoted}, x: ${quoted} }`,
        `target: { url: ${JSON.stringify(`smtps://u:${encodeURIComponent(pass)}@localhost`)} }`,
        `messages: [{ template: { text: x, headers: { X-Api-Key: ${quoted} } } }]`,
      ];
      for (const text of texts) {
        const { display, secrets } = load(text);
        const shown = JSON.stringify(display);
        assert.ok(!shown.includes(quoted.slice(1, -1)) && !shown.includes(encodeURIComponent(pass)), shown);
        assert.ok(secrets.includes(pass));
      }
    }),
    { numRuns: 100, seed: 7 },
  );
});

test('a tag that repeats a password is masked wherever tags are shown, and a reference in one is kept', () => {
  const text = `
target: { url: "smtps://localhost", auth: { user: u, pass: hunter22 } }
tags: { build: "x hunter22", who: "\${WHO}" }
scenarios: { a: { executor: shared-iterations, tags: { of: hunter22, other: plain } } }
`;
  const { display } = load(text, { env: { WHO: 'hunter22' }, flags: { tag: ['late=hunter22'] } });
  assert.deepEqual(display.tags, { build: 'x ***', who: '${WHO}', late: '***' });
  assert.deepEqual((display.scenarios as { a: { tags: unknown } }).a.tags, { of: '***', other: 'plain' });
});

test('credentials in the URL are shown as masked auth, beside what auth says', () => {
  const { display } = load(
    'target: { url: "smtp://u:p@localhost", auth: { method: login, allowPlaintext: true } }',
  );
  const { auth } = display.target as { auth: unknown };
  assert.deepEqual(auth, {
    method: 'login',
    initialResponse: true,
    allowPlaintext: true,
    user: '***',
    pass: '***',
  });
});
