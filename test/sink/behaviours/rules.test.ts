import assert from 'node:assert/strict';
import { test } from 'node:test';
import { places, problems } from './behave.js';

/** Pairs of a behaviour that has exactly this problem and the least change that has none. */
const CASES: readonly (readonly [code: string, path: string, wrong: string, right: string])[] = [
  ['CONTRADICTION', '', 'when: { verb: RCPT }', 'when: { verb: RCPT }, delay: 1s'],
  ['CONTRADICTION', '', 'when: { verb: RCPT }, socket: {}', 'when: { verb: RCPT }, socket: { repeat: 2 }'],
  [
    'CONTRADICTION',
    '.defer',
    'when: { verb: RCPT }, reject: 550, defer: 450',
    'when: { verb: RCPT }, defer: 450',
  ],
  ['REPLY', '.reject', 'when: { verb: RCPT }, reject: 450', 'when: { verb: RCPT }, defer: 450'],
  ['REPLY', '.defer', 'when: { verb: RCPT }, defer: 550', 'when: { verb: RCPT }, reject: 550'],
  ['REPLY', '.defer', 'when: { verb: RCPT }, defer: "250 OK"', 'when: { verb: RCPT }, reply: "250 OK"'],
  [
    'REPLY',
    '.reject',
    'when: { verb: RCPT }, reject: { code: 552, enhanced: 4.2.2 }',
    'when: { verb: RCPT }, reject: { code: 552, enhanced: 5.2.2 }',
  ],
  [
    'REPLY',
    '.reject',
    'when: { verb: RCPT }, reject: "550 4.1.1 x"',
    'when: { verb: RCPT }, reject: "550 5.1.1 x"',
  ],
  [
    'REPLY',
    '.reject',
    'when: { verb: RCPT }, reject: "550 a\\tb"',
    'when: { verb: RCPT }, reject: "550 a b"',
  ],
  [
    'REPLY',
    '.reject',
    'when: { verb: RCPT }, reject: "550 a\\rb"',
    'when: { verb: RCPT }, reject: "550 a b"',
  ],
  ['REPLY', '.greylist', 'greylist: { delay: 5s, text: "a\\x00" }', 'greylist: { delay: 5s, text: "a" }'],
  [
    'REPLY',
    '.throttle',
    'throttle: { messages: 5, per: 1s, code: 250 }',
    'throttle: { messages: 5, per: 1s, code: 421 }',
  ],
  [
    'CONTRADICTION',
    '.drop',
    'when: { verb: RCPT }, defer: 450, drop: before',
    'when: { verb: RCPT }, defer: 450, drop: after',
  ],
  ['CONTRADICTION', '.drop', 'addresses: true, drop: after', 'addresses: true'],
  [
    'KEY_MISSING',
    '.when.verb',
    'when: { client: 127.0.0.2 }, delay: 1s',
    'when: { client: 127.0.0.2, verb: MAIL }, delay: 1s',
  ],
  ['KEY_MISSING', '.when.verb', 'close: true', 'when: { verb: CONNECT }, close: true'],
  ['KEY_MISSING', '.greylist.delay', 'greylist: {}', 'greylist: { delay: 1s }'],
  ['VERB', '.when.verb', 'when: { verb: RCPT }, addresses: true', 'addresses: true'],
  [
    'VERB',
    '.when.domain',
    'when: { verb: MAIL, domain: x.test }, delay: 1s',
    'when: { verb: RCPT, domain: x.test }, delay: 1s',
  ],
  [
    'VERB',
    '.when.recipient',
    'when: { verb: [RCPT, EHLO], recipient: a@x }, delay: 1s',
    'when: { verb: RCPT, recipient: a@x }, delay: 1s',
  ],
  [
    'VERB',
    '.when.from',
    'when: { verb: EHLO, from: "" }, delay: 1s',
    'when: { verb: MAIL, from: "" }, delay: 1s',
  ],
  [
    'VERB',
    '.when.helo',
    'when: { verb: CONNECT, helo: x }, delay: 1s',
    'when: { verb: EHLO, helo: x }, delay: 1s',
  ],
  [
    'VERB',
    '.when.numbers',
    'when: { verb: DATA, numbers: [1] }, delay: 1s',
    'when: { verb: CONTENT, numbers: [1] }, delay: 1s',
  ],
  [
    'VERB',
    '.when.every',
    'when: { verb: RCPT, every: 5 }, defer: 450',
    'when: { verb: CONTENT, every: 5 }, defer: 450',
  ],
  [
    'VERB',
    '.when.first',
    'when: { verb: MAIL, first: 5 }, defer: 450',
    'when: { verb: CONTENT, first: 5 }, defer: 450',
  ],
  [
    'VERB',
    '.when.authentication.dkim',
    'when: { verb: RCPT, authentication: { dkim: fail } }, defer: 450',
    'when: { verb: CONTENT, authentication: { dkim: fail } }, defer: 450',
  ],
  ['VERB', '.lose', 'when: { verb: DATA }, lose: true', 'lose: true'],
  ['VERB', '.reject', 'when: { verb: INPUT }, reject: 550', 'when: { verb: INPUT }, close: "550 5.3.0 No"'],
  ['VERB', '.greylist', 'when: { verb: INPUT }, greylist: { delay: 5s }', 'greylist: { delay: 5s }'],
  [
    'VERB',
    '.throttle.messages',
    'when: { verb: INPUT }, throttle: { messages: 1, per: 1s }',
    'throttle: { messages: 1, per: 1s }',
  ],
  [
    'VERB',
    '.greylist',
    'when: { verb: EHLO }, greylist: { delay: 5s, by: [client] }',
    'greylist: { delay: 5s }',
  ],
  [
    'VERB',
    '.greylist',
    'when: { verb: MAIL }, greylist: { delay: 5s }',
    'when: { verb: MAIL }, greylist: { delay: 5s, by: [client, from] }',
  ],
  [
    'VERB',
    '.throttle',
    'when: { verb: MAIL }, throttle: { messages: 1, per: 1s, by: [domain] }',
    'when: { verb: MAIL }, throttle: { messages: 1, per: 1s, by: [from] }',
  ],
  [
    'VERB',
    '.throttle.connections',
    'when: { verb: RCPT }, throttle: { connections: 1, per: 1s }',
    'throttle: { connections: 1, per: 1s }',
  ],
  [
    'VERB',
    '.throttle.messages',
    'when: { verb: RCPT }, throttle: { messages: 1, per: 1s }',
    'when: { verb: DATA }, throttle: { messages: 1, per: 1s }',
  ],
  [
    'CONTRADICTION',
    '.throttle',
    'when: { verb: CONTENT }, throttle: { per: 1s }',
    'throttle: { messages: 1, per: 1s }',
  ],
  [
    'CONTRADICTION',
    '.throttle',
    'when: { verb: CONTENT }, throttle: { messages: 1, recipients: 1, per: 1s }',
    'throttle: { messages: 1, per: 1s }',
  ],
  [
    'CONTRADICTION',
    '.delay',
    'when: { verb: RCPT }, delay: { max: 1s }',
    'when: { verb: RCPT }, delay: { fixed: 1s }',
  ],
  [
    'CONTRADICTION',
    '.delay',
    'when: { verb: RCPT }, delay: { fixed: 1s, exponential: { mean: 1s } }',
    'when: { verb: RCPT }, delay: { exponential: { mean: 1s } }',
  ],
  [
    'CONTRADICTION',
    '.delay.uniform',
    'when: { verb: RCPT }, delay: { uniform: { min: 2s, max: 1s } }',
    'when: { verb: RCPT }, delay: { uniform: { min: 1s, max: 1s } }',
  ],
  [
    'CONTRADICTION',
    '.when.until',
    'when: { verb: RCPT, after: 10s, until: 10s }, delay: 1s',
    'when: { verb: RCPT, after: 10s, until: 11s }, delay: 1s',
  ],
  [
    'FORMAT',
    '.when.chance',
    'when: { verb: RCPT, chance: 101% }, delay: 1s',
    'when: { verb: RCPT, chance: 100% }, delay: 1s',
  ],
  [
    'OUT_OF_RANGE',
    '.when.chance',
    'when: { verb: RCPT, chance: 2 }, delay: 1s',
    'when: { verb: RCPT, chance: 0.2 }, delay: 1s',
  ],
  [
    'FORMAT',
    '.when.client',
    'when: { verb: RCPT, client: 10.0.0.0/33 }, delay: 1s',
    'when: { verb: RCPT, client: 10.0.0.0/8 }, delay: 1s',
  ],
  [
    'FORMAT',
    '.when.client',
    'when: { verb: RCPT, client: x.test }, delay: 1s',
    'when: { verb: RCPT, client: "::1" }, delay: 1s',
  ],
  ['FORMAT', '.read', 'when: { verb: RCPT }, read: 10KiB', 'when: { verb: RCPT }, read: 10KiB/s'],
  ['FORMAT', '.reject', 'when: { verb: RCPT }, reject: "650 x"', 'when: { verb: RCPT }, reject: "550 x"'],
  [
    'FORMAT',
    '.reject.enhanced',
    'when: { verb: RCPT }, reject: { enhanced: "5.1" }',
    'when: { verb: RCPT }, reject: { enhanced: 5.1.1 }',
  ],
  [
    'TYPE',
    '.reject.enhanced',
    'when: { verb: RCPT }, reject: { enhanced: 5.1 }',
    'when: { verb: RCPT }, reject: { enhanced: 5.1.1 }',
  ],
  ['OUT_OF_RANGE', '.reject', 'when: { verb: RCPT }, reject: 600', 'when: { verb: RCPT }, reject: 550'],
  [
    'OUT_OF_RANGE',
    '.reject.code',
    'when: { verb: RCPT }, reject: { code: 55 }',
    'when: { verb: RCPT }, reject: { code: 550 }',
  ],
  ['FORMAT', '.name', 'name: "a\\tb", lose: true', 'name: "a b", lose: true'],
];

test('what contradicts itself or its verb is refused at its place, and told what to do', () => {
  for (const [code, path, wrong, right] of CASES) {
    const found = problems(`behaviours: [{ ${wrong} }]`, { hasAuthentication: true });
    assert.deepEqual(
      found.map((one) => [one.code, one.path]),
      [[`BEHAVIOUR_${code}`, `behaviours[0]${path}`]],
      wrong,
    );
    assert.ok(found[0]?.hint !== undefined || /must|found/.test(found[0]?.message ?? ''), wrong);
    assert.deepEqual(places(`behaviours: [{ ${right} }]`, { hasAuthentication: true }), [], right);
  }
});

test('a line of a reply has at most 512 octets, with its code and line end', () => {
  const reject = (text: string) =>
    places(`behaviours: [{ when: { verb: RCPT }, reject: { enhanced: 5.1.1, text: "${text}" } }]`);
  // "550 5.1.1 " and CRLF take 12.
  assert.deepEqual(reject('x'.repeat(500)), []);
  assert.deepEqual(reject(`short\\n${'x'.repeat(500)}`), []);
  assert.deepEqual(reject('x'.repeat(501)), ['b.yaml:1:46 behaviours[0].reject BEHAVIOUR_REPLY']);
  assert.equal(reject('é'.repeat(251)).length, 1, 'octets, not characters');
});

test('a control character in any line of a reply is refused', () => {
  const reject = (text: string) =>
    places(`behaviours: [{ when: { verb: RCPT }, reject: { text: "${text}" } }]`);
  assert.deepEqual(reject('one\\ntwo'), []);
  for (const text of ['one\\ntw\\ao', 'on\\e[0me\\ntwo', 'one\\r\\ntwo', 'one\\x9btwo']) {
    assert.deepEqual(reject(text), ['b.yaml:1:46 behaviours[0].reject BEHAVIOUR_REPLY'], text);
  }
});

test('two behaviours of one name are refused', () => {
  assert.deepEqual(places('behaviours:\n  - { name: a, lose: true }\n  - { name: a, twice: true }'), [
    'b.yaml:3:13 behaviours[1].name BEHAVIOUR_NAME',
  ]);
});

test('a bounce is refused where nothing says where to, and authentication where nothing checks it', () => {
  assert.deepEqual(places('behaviours:\n  - bounce: 5.1.1', { bounceTo: null }), [
    'b.yaml:2:13 behaviours[0].bounce BEHAVIOUR_BOUNCE_TO',
  ]);
  assert.match(problems('behaviours: [{ bounce: true }]', { bounceTo: null })[0]?.hint ?? '', /--bounce-to/);
  assert.deepEqual(
    places('behaviours: [{ when: { verb: MAIL, authentication: { ptr: fail } }, defer: 450 }]'),
    ['b.yaml:1:52 behaviours[0].when.authentication BEHAVIOUR_AUTHENTICATION'],
  );
});
