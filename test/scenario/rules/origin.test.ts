import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRules, load, problem } from '../load.js';

const client = (words: string, url = 'embedded') => `client: { ${words} }\ntarget: { url: "${url}" }`;

test('source addresses are addresses', () => {
  assertRules([
    [
      'SCENARIO_IP_ADDRESS',
      'client.sourceAddresses[1]',
      client('sourceAddresses: [127.0.0.2, localhost]'),
      client('sourceAddresses: [127.0.0.2, "::1"]'),
    ],
    [
      'SCENARIO_IP_ADDRESS',
      'client.sourceAddresses[0]',
      client('sourceAddresses: ["127.0.0.2:25"]'),
      client('sourceAddresses: []'),
    ],
  ]);
});

test('attributes are those of Postfix, with values that can be sent', () => {
  const code = 'SCENARIO_ATTRIBUTE';
  assertRules([
    [code, 'client.xclient.IDENT', client('xclient: { IDENT: x }'), client('xforward: { IDENT: x }')],
    [code, 'client.xforward.LOGIN', client('xforward: { LOGIN: x }'), client('xclient: { LOGIN: x }')],
    [
      code,
      'client.xclient.NAME',
      client('xclient: { NAME: "a b" }'),
      client('xclient: { NAME: "[UNAVAILABLE]" }'),
    ],
    [
      code,
      'client.xclient.HELO',
      client('xclient: { HELO: "a\\r\\nX" }'),
      client('xclient: { HELO: a+b=c }'),
    ],
    [code, 'client.xclient.HELO', client('xclient: { HELO: "" }'), client('xclient: { HELO: a }')],
    [code, 'client.xclient', client('xclient: {}'), client('xclient: { ADDR: 192.0.2.1 }')],
    [
      code,
      'client.xclient[1].NAEM',
      client('xclient: [{ NAME: a }, { NAEM: b }]'),
      client('xclient: [{ NAME: a }, { NAME: b }]'),
    ],
  ]);
  assert.equal(problem(client('xclient: { ADR: 192.0.2.1 }')).hint, 'Did you mean `ADDR`?');
});

test('one map of attributes and several become a list, with names in capitals', () => {
  const { xclient, xforward } = load(
    client(
      'xclient: { addr: 192.0.2.1, Name: a.test, PORT: 4711 }, xforward: [{ ADDR: 192.0.2.2 }, { addr: 192.0.2.3 }]',
    ),
  ).scenario.client;
  assert.deepEqual(xclient, [{ ADDR: '192.0.2.1', NAME: 'a.test', PORT: '4711' }]);
  assert.deepEqual(xforward, [{ ADDR: '192.0.2.2' }, { ADDR: '192.0.2.3' }]);
});

test('both ends of a PROXY header have a port and are of one family', () => {
  const code = 'SCENARIO_IP_ADDRESS';
  const proxy = (words: string, url?: string) => client(`proxy: { version: 2, ${words} }`, url);
  assertRules([
    [code, 'client.proxy.source', proxy('source: 192.0.2.1'), proxy('source: "192.0.2.1:4711"')],
    [
      code,
      'client.proxy.destination',
      proxy('destination: "a.test:25"'),
      proxy('destination: "192.0.2.9:25"'),
    ],
    [
      code,
      'client.proxy.source[1]',
      proxy('source: ["192.0.2.1:1", "[2001:db8::1]:1"]'),
      proxy('source: ["192.0.2.1:1", "192.0.2.2:1"]'),
    ],
    [
      code,
      'client.proxy.source',
      proxy('source: "192.0.2.1:1", destination: "[2001:db8::1]:25"'),
      proxy('source: "[2001:db8::2]:1", destination: "[2001:db8::1]:25"'),
    ],
    [
      code,
      'client.proxy.source',
      proxy('source: "[2001:db8::2]:1"', 'smtp://127.0.0.1'),
      proxy('source: "[2001:db8::2]:1"', 'smtp://[::1]'),
    ],
    [
      'SCENARIO_CLIENT_CONTRADICTION',
      'client.proxy.local',
      proxy('local: true, source: "192.0.2.1:1"'),
      proxy('local: true'),
    ],
  ]);
});

test('a PROXY header has its sources as a list', () => {
  const { proxy } = load(client('proxy: { version: 1, source: "192.0.2.1:1" }')).scenario.client;
  assert.deepEqual(proxy, { version: 1, sources: ['192.0.2.1:1'], destination: null, isLocal: false });
});

test('XCLIENT before STARTTLS needs both', () => {
  const starttls = '\ntarget: { url: "smtp://localhost", tls: { mode: starttls } }';
  const code = 'SCENARIO_CLIENT_CONTRADICTION';
  const right = `client: { xclient: { NAME: a }, xclientBeforeTls: true }${starttls}`;
  assertRules([
    [code, 'client.xclientBeforeTls', `client: { xclientBeforeTls: true }${starttls}`, right],
    [code, 'client.xclientBeforeTls', 'client: { xclient: { NAME: a }, xclientBeforeTls: true }', right],
  ]);
});
