import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRules, load, places, problem } from '../load.js';

const urls = (map: string, more = '') => `target: { urls: { ${map} }${more} }`;

test('targets that cannot be used together are refused', () => {
  assertRules([
    [
      'SCENARIO_TARGETS',
      'target.urls["lmtp://localhost"]',
      urls('"smtp://localhost": 1, "lmtp://localhost": 1'),
      urls('"smtp://localhost": 1, "lmtp://localhost": 0'),
    ],
    [
      'SCENARIO_TARGETS',
      'target.urls["smtps://localhost"]',
      urls('"smtp://localhost": 1, "smtps://localhost": 1'),
      urls('"smtps://localhost": 1, "smtps://127.0.0.1": 1'),
    ],
    ['SCENARIO_TARGETS', 'target.urls.embedded', urls('embedded: 1'), 'target: { url: embedded }'],
    [
      'SCENARIO_TARGETS',
      'target.urls',
      urls('"smtp://localhost": 1', ', url: "smtp://localhost"'),
      urls('"smtp://localhost": 1'),
    ],
    ['SCENARIO_WEIGHTS', 'target.urls', urls('"smtp://localhost": 0'), urls('"smtp://localhost": 0.1')],
    ['SCENARIO_WEIGHTS', 'target.urls', urls(''), urls('"smtp+unix:///run/x": 1')],
    ['SCENARIO_TARGET_URL', 'target.urls.localhost', urls('localhost: 1'), urls('"smtp://localhost": 1')],
  ]);
});

test('several targets are routes with their weights, and those of weight 0 are left out', () => {
  const { target } = load(
    urls('"smtp://127.0.0.1:2525": 3, "smtp+unix:///run/x": 1, "smtp://[::1]": 0'),
  ).scenario;
  assert.deepEqual(target.routes, [
    { address: { kind: 'tcp', host: '127.0.0.1', port: 2525 }, weight: 3 },
    { address: { kind: 'unix', path: '/run/x' }, weight: 1 },
  ]);
  assert.deepEqual([target.url, target.isEmbedded], ['smtp://127.0.0.1:2525 and 1 more', false]);
});

test('the display holds url or urls, whichever was meant', () => {
  const shown = (text: string | null) => Object.keys(load(text).display.target as object);
  assert.deepEqual(shown(urls('"smtp://localhost": 1')).slice(0, 2), ['urls', 'dns']);
  assert.deepEqual(shown(null).slice(0, 2), ['url', 'dns']);
});

test('credentials in one of several URLs are refused, and are not told', () => {
  const found = problem(urls('"smtps://alice:hunter22@localhost": 1'));
  assert.deepEqual([found.code, found.path], ['SCENARIO_AUTH_CONTRADICTION', 'target.urls']);
  const weight = problem(urls('"smtps://alice:hunter22@localhost": x'));
  assert.doesNotMatch(JSON.stringify([found, weight]), /hunter22/);
});

test('a target from flag or environment takes the place of the several in the file', () => {
  const text = urls('"smtp://127.0.0.1:1": 1');
  assert.equal(
    load(text, { flags: { target: 'smtp://127.0.0.1:2' } }).scenario.target.url,
    'smtp://127.0.0.1:2',
  );
  const set = ['target.urls={"smtp://127.0.0.1:3": 1}'];
  const { target } = load('target: { url: "smtp://127.0.0.1:1" }', { flags: { set } }).scenario;
  assert.equal(target.url, 'smtp://127.0.0.1:3');
});

test('each of several targets needs the word authorized, and so do mail exchangers, whatever the domain', () => {
  const far = [
    urls('"smtp://127.0.0.1": 1, "smtp://192.0.2.1": 1'),
    'target: { url: "smtp+mx://a.example.test" }',
    'target: { url: "smtp+mx://localhost" }',
    'target: { dns: { servers: [192.0.2.53] } }',
  ];
  for (const text of far) {
    assert.equal(problem(text).code, 'SCENARIO_TARGET_UNAUTHORIZED', text);
    assert.deepEqual(places(text, { flags: { authorized: true } }), [], text);
  }
  assert.deepEqual(places(urls('"smtp://127.0.0.1": 1, "smtp://192.0.2.1": 0')), []);
});

test('name servers are addresses, with port 53 unless given', () => {
  const text = 'target: { dns: { servers: ["127.0.0.1:5353", "127.0.0.2", "::1"] } }';
  assert.deepEqual(load(text).scenario.target.dns.servers, ['127.0.0.1:5353', '127.0.0.2:53', '[::1]:53']);
  assertRules([
    [
      'SCENARIO_DNS_SERVER',
      'target.dns.servers[1]',
      'target: { dns: { servers: [127.0.0.1, localhost] } }',
      'target: { dns: { servers: [127.0.0.1, "[::1]:53"] } }',
    ],
  ]);
});
