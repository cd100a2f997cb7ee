import assert from 'node:assert/strict';
import { isAbsolute } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { assertRules, load, problem, problems } from '../load.js';

const CODE = 'SCENARIO_DELIVERY';
const RELAY = 'target: { url: "smtp://127.0.0.1:2525" }\n';
const IMAP = 'imap: { url: "imap://127.0.0.1", accounts: [{ user: u, pass: hunter2 }] }';

/** A relay is tested, and this proves what arrived. */
const relayed = (words: string, more = '') => `${RELAY}delivery: { ${words} }\n${more}`;

test('where copies are looked for must be there, unless the target is the embedded sink', () => {
  assertRules([
    [
      CODE,
      'delivery.expect',
      relayed('expect: sink'),
      relayed('expect: sink, sink: { listen: "127.0.0.1:2600" }'),
    ],
    [CODE, 'delivery.expect', relayed('expect: imap'), relayed(`expect: imap, ${IMAP}`)],
    [
      CODE,
      'delivery.expect',
      relayed('expect: maildir'),
      relayed('expect: maildir, maildir: { path: /var/vmail }'),
    ],
    [
      CODE,
      'delivery.bounces',
      relayed(`expect: imap, bounces: sink, ${IMAP}`),
      relayed(`expect: imap, bounces: sink, sink: { listen: "127.0.0.1:2600" }, ${IMAP}`),
    ],
    [
      CODE,
      'delivery.imap.tls',
      relayed(`expect: imap, ${IMAP.replace('imap://127.0.0.1"', 'imaps://127.0.0.1", tls: starttls')}`),
      relayed(`expect: imap, ${IMAP.replace('imap://127.0.0.1"', 'imap://127.0.0.1", tls: starttls')}`),
    ],
  ]);
  assert.deepEqual(problems('delivery: { expect: sink }'), []);
});

test('a sink either listens or has receipts', () => {
  const sink = (words: string) => relayed(`expect: sink, sink: { ${words} }`);
  assertRules([
    [
      CODE,
      'delivery.sink.receipts',
      sink('listen: "127.0.0.1:2600", receipts: [a.ndjson]'),
      sink('receipts: [a.ndjson]'),
    ],
    [CODE, 'delivery.sink', sink('protocol: lmtp'), sink('protocol: lmtp, listen: "127.0.0.1:2600"')],
    [
      CODE,
      'delivery.sink.bounceTo',
      sink('receipts: [a.ndjson], bounceTo: "smtp://127.0.0.1:25"'),
      sink('listen: "127.0.0.1:2600", bounceTo: "smtp://127.0.0.1:25"'),
    ],
    [
      CODE,
      'delivery.sink.listen',
      'delivery: { expect: sink, sink: { listen: "127.0.0.1:2600" } }',
      'delivery: { expect: sink, sink: { } }',
    ],
  ]);
});

test('nothing off this machine is touched unasked', () => {
  const unauthorized = 'SCENARIO_TARGET_UNAUTHORIZED';
  const authorized = 'target: { url: "smtp://127.0.0.1:2525", authorized: true }\n';
  for (const [path, words] of [
    ['delivery.sink.listen', 'expect: sink, sink: { listen: "0.0.0.0:2600" }'],
    [
      'delivery.sink.bounceTo',
      'expect: sink, sink: { listen: "127.0.0.1:1", bounceTo: "smtp://10.0.0.1:25" }',
    ],
    ['delivery.imap.url', `expect: imap, ${IMAP.replace('127.0.0.1', 'imap.example.test')}`],
  ] as const) {
    const found = problem(relayed(words));
    assert.deepEqual([found.code, found.path], [unauthorized, path]);
    assert.deepEqual(problems(`${authorized}delivery: { ${words} }`), [], path);
  }
});

test('a threshold on delivery needs a proof of delivery', () => {
  for (const metric of ['delivery_lost', 'smtp_delivery_duration']) {
    const aggregation = metric === 'delivery_lost' ? 'count==0' : 'p(99)<1000';
    const thresholds = `thresholds: { ${metric}: ["${aggregation}"] }`;
    const found = problem(thresholds);
    assert.deepEqual([found.code, found.path], [CODE, `thresholds.${metric}`]);
    assert.deepEqual(problems(`${thresholds}\ndelivery: { expect: sink }`), []);
  }
});

test('an action behind the end of the load is warned of', () => {
  const run = (at: string) =>
    `scenarios: { s: { executor: constant-vus, vus: 1, duration: 10s } }\nactions: [{ at: ${at}, name: crash, run: "true" }]`;
  assert.deepEqual(load(run('9s')).warnings, []);
  assert.match(load(run('10s')).warnings.join(), /action crash is due when the load is over: at 10s/);
});

test('words become what the run needs, with the file of behaviours read', () => {
  const words = `expect: sink, sink: { listen: "[::1]:2600", behaviours: b.yaml }, wait: 5s, sample: 0.1`;
  const { scenario } = load(relayed(words), { files: { 'b.yaml': 'behaviours: []\n' } });
  const { text, path } = scenario.delivery?.sink?.behaviours ?? { text: '', path: '' };
  assert.equal(text, 'behaviours: []\n');
  assert.ok(
    isAbsolute(path) && path.endsWith('/b.yaml'),
    'beside the scenario file, wherever that was named from',
  );
  assert.deepEqual(scenario.delivery, {
    expect: 'sink',
    bounces: null,
    sink: {
      listen: { host: '::1', port: 2600 },
      receipts: [],
      protocol: 'smtp',
      behaviours: { text, path },
      auth: null,
      bounceTo: null,
    },
    imap: null,
    maildir: null,
    waitMs: 5_000,
    lateMs: 5_000,
    sample: 0.1,
    queue: null,
  });
});

test('a file of behaviours that is not there is a problem with its place', () => {
  const found = problem(relayed('expect: sink, sink: { listen: "127.0.0.1:1", behaviours: no.yaml }'));
  assert.equal(found.path, 'delivery.sink.behaviours');
  assert.match(found.where, /^s\.yaml:2:\d+$/);
});

test('the password of a mailbox is a secret, and not shown', () => {
  const { display, secrets, scenario } = load(relayed(`expect: imap, ${IMAP}`));
  assert.equal(scenario.delivery?.imap?.accounts[0]?.pass, 'hunter2');
  assert.ok(secrets.includes('hunter2'));
  assert.doesNotMatch(JSON.stringify(display), /hunter2/);
});

test('an unknown key is told with what was probably meant', () => {
  const found = problem(relayed('expect: sink, sink: { listne: "127.0.0.1:1", receipts: [a] }'));
  assert.match(`${found.message} ${found.hint}`, /listen/);
});

test('actions are in the order of their times', () => {
  const { scenario } = load(
    'actions: [{ at: 5s, name: b, run: "b" }, { at: 1s, name: a, run: "a" }]\nscenarios: { s: { executor: constant-vus, vus: 1, duration: 10s } }',
  );
  assert.deepEqual(scenario.actions, [
    { atMs: 1_000, name: 'a', run: 'a' },
    { atMs: 5_000, name: 'b', run: 'b' },
  ]);
});

test('a user or a password in an address is refused, and not repeated', () => {
  for (const words of [
    'sink, sink: { receipts: ["http://me:hunter2@127.0.0.1:2626"] }',
    'sink, sink: { listen: "127.0.0.1:2600", bounceTo: "smtp://me:hunter2@127.0.0.1:25" }',
    'imap, imap: { url: "imap://me:hunter2@127.0.0.1", accounts: [{ user: u, pass: p }] }',
  ]) {
    const found = problems(relayed(`expect: ${words}`));
    assert.equal(found.length, 1, words);
    assert.doesNotMatch(inspect(found), /hunter2/);
  }
});

test('addresses have a port that exists, patterns words that exist, and commands no NUL', () => {
  const sink = (words: string) => relayed(`expect: sink, sink: { ${words} }`);
  for (const [wrong, right] of [
    [sink('listen: "127.0.0.1:0"'), sink('listen: "127.0.0.1:1"')],
    [sink('listen: "127.0.0.1:65536"'), sink('listen: "127.0.0.1:65535"')],
    [
      sink('listen: "127.0.0.1:2600", bounceTo: "smtp://127.0.0.1"'),
      sink('listen: "127.0.0.1:2600", bounceTo: "smtp://127.0.0.1:25"'),
    ],
    [
      relayed(`expect: imap, ${IMAP.replace('127.0.0.1', '127.0.0.1:99999')}`),
      relayed(`expect: imap, ${IMAP}`),
    ],
    [relayed(`expect: imap, ${IMAP.replace('127.0.0.1', '127.0.0.1:0')}`), relayed(`expect: imap, ${IMAP}`)],
    [
      relayed('expect: maildir, maildir: { path: "/v/{{usr}}" }'),
      relayed('expect: maildir, maildir: { path: "/v/{{user}}{x}" }'),
    ],
    [
      relayed('expect: sink, sink: { listen: "127.0.0.1:1" }, queue: "a\\0b"'),
      relayed('expect: sink, sink: { listen: "127.0.0.1:1" }, queue: "ab"'),
    ],
    ['actions: [{ at: 1s, name: x, run: "a\\0b" }]', 'actions: [{ at: 1s, name: x, run: "ab" }]'],
  ] as const) {
    assert.notDeepEqual(problems(wrong), [], wrong);
    assert.deepEqual(problems(right), [], right);
  }
});

test('receipts off this machine are asked for with a word of yours only, and files lie beside the scenario', () => {
  const from = (receipts: string, more = '') => `target: { url: "smtp://127.0.0.1:2525"${more} }
delivery: { expect: sink, sink: { receipts: [a.ndjson, "${receipts}"] } }`;
  assert.equal(problem(from('http://mail.example.com/')).path, 'delivery.sink.receipts[1]');
  assert.equal(problem(from('http://mail.example.com/')).code, 'SCENARIO_TARGET_UNAUTHORIZED');
  assert.deepEqual(problems(from('http://mail.example.com/', ', authorized: true')), []);
  assert.deepEqual(problems(from('http://[::1]:2626')), []);
  const { delivery } = load(from('/b.ndjson')).scenario;
  const [beside, apart] = delivery?.sink?.receipts ?? [];
  assert.match(beside ?? '', /^\/.*a\.ndjson$/);
  assert.equal(apart, '/b.ndjson');
});
