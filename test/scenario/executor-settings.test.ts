import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { envelopesOf, settingsOf, settingsOfAll, withEach } from '#src/scenario/settings.js';
import { load, places, problem, problems } from './load.js';

const ONE = 'executor: shared-iterations';

describe('what an executor has of its own', () => {
  test('stands in the place of the words for all, key by key, and leaves the rest', () => {
    const { scenario } = load(`
target: { url: "smtp://127.0.0.1:2525", tls: { verify: false, minVersion: TLSv1.3 } }
client: { pipelining: off, messagesPerSession: 5, timeouts: { connect: 3s } }
envelope: { from: "a@example.test", to: "b@example.test", body: 7bit }
scenarios:
  plain: { ${ONE} }
  own:
    ${ONE}
    with:
      target: { url: "smtp://127.0.0.2:26", tls: { mode: starttls } }
      client: { pipelining: auto }
      envelope: { to: "c@example.test" }
      messages: [{ size: 9KiB }]
`);
    const [plain, own] = [settingsOf(scenario, 'plain'), settingsOf(scenario, 'own')];
    for (const key of ['target', 'client', 'messages', 'envelope'] as const) {
      assert.equal(plain[key], scenario[key], key);
      assert.notEqual(own[key], scenario[key], key);
    }
    const { mode, verify, minVersion } = own.target.tls;
    assert.deepEqual(
      [own.target.url, mode, verify, minVersion],
      ['smtp://127.0.0.2:26', 'starttls', false, 'TLSv1.3'],
    );
    assert.deepEqual(own.client, { ...scenario.client, pipelining: 'auto' });
    assert.deepEqual([own.envelope.from, own.envelope.to[0]?.address], ['a@example.test', 'c@example.test']);
    assert.equal(own.envelope.parameters.body, '7bit');
    assert.deepEqual(own.messages, [{ ...scenario.messages[0], sizeBytes: 9 * 1024 }]);
  });

  test('what is not its own is the very same as for all', () => {
    const { scenario } = load(
      `scenarios: { a: { ${ONE}, with: { client: { rset: true } } }, b: { ${ONE} } }`,
    );
    const [a, b] = settingsOfAll(scenario);
    assert.equal(a?.messages, b?.messages);
    assert.equal(a?.target, scenario.target);
    assert.deepEqual(envelopesOf(scenario), [scenario.envelope]);
  });

  test('a signature of its own signs the messages of all', () => {
    const dkim = '{ domain: example.test, selector: s, key: k.pem }';
    const { scenario } = load(`scenarios: { a: { ${ONE}, with: { dkim: ${dkim} } }, b: { ${ONE} } }`, {
      files: { 'k.pem': ED25519 },
    });
    const signers = settingsOfAll(scenario).map(({ messages: [first] }) =>
      first !== undefined && 'dkim' in first ? first.dkim.length : null,
    );
    assert.deepEqual(signers, [1, 0]);
  });

  test('envelopes are told apart as soon as one executor has its own', () => {
    const { scenario } = load(
      `scenarios: { a: { ${ONE} }, b: { ${ONE}, with: { envelope: { to: "x@example.test" } } }, c: { ${ONE} } }`,
    );
    const envelopes = envelopesOf(scenario);
    assert.deepEqual([envelopes[0], envelopes[2]], [scenario.envelope, scenario.envelope]);
    assert.equal(envelopes[1]?.to[0]?.address, 'x@example.test');
  });

  test('a change is made wherever such settings stand', () => {
    const { scenario } = load(
      `scenarios: { a: { ${ONE}, with: { client: { rset: true } } }, b: { ${ONE} } }`,
    );
    const changed = withEach(scenario, 'client', (client) => ({ ...client, window: 9 }));
    assert.deepEqual(
      settingsOfAll(changed).map(({ client: { rset, window } }) => [rset, window]),
      [
        [true, 9],
        [false, 9],
      ],
    );
    assert.equal(changed.own.a?.target, undefined);
  });

  test('what counts as success may be said for all messages of an executor', () => {
    const { scenario } = load(
      `scenarios: { a: { ${ONE}, expect: rejected }, b: { ${ONE}, expect: { ifOffered: true }, with: {} }, c: { ${ONE} } }`,
    );
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => {
        const { outcome, ifOffered } = scenario.own[name]?.expect ?? {};
        return [outcome, ifOffered];
      }),
      [
        ['rejected', false],
        ['accepted', true],
        [undefined, undefined],
      ],
    );
  });
});

describe('mistakes in it', () => {
  test('are told at their place, once, whatever they rest on', () => {
    assert.deepEqual(
      places(`
client: { chunking: true }
scenarios:
  a:
    ${ONE}
    with:
      client: { windw: 4, chunking: false, window: 2 }
      target: { tls: { mode: maybe } }
      envelope: { to: "x@gmail.com" }
      client2: 1
`),
      [
        's.yaml:7:17 scenarios.a.with.client.windw SCENARIO_KEY_UNKNOWN',
        's.yaml:7:52 scenarios.a.with.client.window SCENARIO_CLIENT_CONTRADICTION',
        's.yaml:8:30 scenarios.a.with.target.tls.mode SCENARIO_VALUE_UNKNOWN',
        's.yaml:9:23 scenarios.a.with.envelope.to SCENARIO_DOMAIN_UNAUTHORIZED',
        's.yaml:10:7 scenarios.a.with.client2 SCENARIO_KEY_UNKNOWN',
      ],
    );
  });

  test('one that only the two together make names the executor', () => {
    const found = problem(`client: { window: 3, chunking: true }
scenarios: { a: { ${ONE}, with: { client: { chunking: false } } }, b: { ${ONE} } }`);
    assert.deepEqual([found.where, found.path], ['s.yaml:1:19', 'client.window']);
    assert.match(found.message, /with what a has of its own/);
  });

  test('a mistake of all is not told again for each', () => {
    const text = `client: { window: 3 }
scenarios: { a: { ${ONE}, with: { client: { rset: true } } }, b: { ${ONE}, with: { client: { rset: true } } } }`;
    assert.deepEqual(places(text), ['s.yaml:1:19 client.window SCENARIO_CLIENT_CONTRADICTION']);
  });

  test('an executor does not answer for another one', () => {
    const text = `scenarios:
  a: { ${ONE}, iteration: session, with: { client: { messagesPerSession: 5 } } }
  b: { ${ONE}, iteration: session }
`;
    assert.deepEqual(places(text), ['s.yaml:3:48 scenarios.b.iteration SCENARIO_SESSION_UNBOUNDED']);
    const other = `client: { messagesPerSession: 5 }
scenarios:
  a: { ${ONE}, with: { client: { messagesPerSession: unlimited } } }
  b: { ${ONE}, iteration: session }
`;
    assert.deepEqual(places(other), []);
  });

  test('what a run has once cannot be had by one: idle sessions, the word for real servers, the sink', () => {
    const own = (words: string) =>
      places(`scenarios: { a: { ${ONE}, with: { ${words} } } }`).map((one) => one.split(' ')[1]);
    assert.deepEqual(own('client: { idle: { sessions: 3 } }'), ['scenarios.a.with.client.idle']);
    assert.deepEqual(own('target: { authorized: true }'), ['scenarios.a.with.target.authorized']);
    assert.deepEqual(own('target: { url: "lmtp://127.0.0.1:24" }'), ['scenarios.a.with.target.url']);
    const [embedded] = problems(`target: { url: "smtp://127.0.0.1:25" }
scenarios: { a: { ${ONE}, with: { target: { url: embedded } } } }`);
    assert.deepEqual([embedded?.code, embedded?.path], ['SCENARIO_TARGETS', 'scenarios.a.with.target.url']);
  });

  test('source ports cannot be shared by two that connect in their own ways', () => {
    const text = (own: string) => `client: { sourcePorts: { min: 40000, max: 41000 } }
scenarios: { a: { ${ONE}, with: ${own} }, b: { ${ONE} } }`;
    assert.deepEqual(places(text('{ messages: typical }')), []);
    assert.deepEqual(places(text('{ client: { rset: true } }')), [
      's.yaml:1:24 client.sourcePorts SCENARIO_CLIENT_CONTRADICTION',
    ]);
  });

  test('a target off loopback needs the word, whoever has it', () => {
    const text = `scenarios: { a: { ${ONE}, with: { target: { url: "smtp://192.0.2.1:25" } } } }`;
    assert.equal(problem(text).code, 'SCENARIO_TARGET_UNAUTHORIZED');
    assert.deepEqual(places(text, { flags: { authorized: true } }), []);
  });
});

test('its secrets are secrets, and the names of its files are not', () => {
  const text = (port: string) => `scenarios:
  a:
    ${ONE}
    with: { target: { url: "smtp://carol:hunter22@127.0.0.1:${port}", auth: { allowPlaintext: true } } }
  b:
    ${ONE}
    with: { dkim: { domain: example.test, selector: s, key: k.pem } }
  c:
    ${ONE}
    with: { target: { url: "smtp://127.0.0.1:26", auth: { user: dora, pass: "opensesame", allowPlaintext: true } } }
`;
  const files = { 'k.pem': ED25519 };
  const { display, secrets } = load(text('25'), { files });
  assert.ok(secrets.includes('hunter22') && secrets.includes('opensesame'));
  const stored = JSON.stringify(display);
  for (const secret of ['hunter22', 'opensesame', 'carol', 'BEGIN PRIVATE'])
    assert.ok(!stored.includes(secret), stored);
  assert.ok(stored.includes('"url":"smtp://127.0.0.1:25"'), stored);
  assert.ok(stored.includes('"key":"k.pem"'), stored);
  const wrong = JSON.stringify(problems(text('99999'), { files }));
  assert.ok(wrong.includes('scenarios.a.with.target.url') && !wrong.includes('hunter22'), wrong);
});

const ED25519 = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq
-----END PRIVATE KEY-----
`;
