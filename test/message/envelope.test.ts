import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileRecipients, compileReversePath, domainOfAddress } from '#src/message/envelope.js';
import { hashDraw, recipient } from './wire.js';

/** The reverse-path of message `number`. */
function pathOf(from: string, number: number, to = 'a@x.test'): string {
  return compileReversePath(from, null).address(number, to, hashDraw);
}

test('a reverse-path is filled with the number, unpadded; the null one stays empty', () => {
  assert.equal(pathOf('bounce-{{seq}}@x.example.test', 42), 'bounce-42@x.example.test');
  assert.equal(pathOf('{{seq}}+{{seq}}@x.test', 7), '7+7@x.test');
  assert.equal(pathOf('a@x.test', 1), 'a@x.test');
  assert.equal(pathOf('', 1), '');
});

test('VERP names the recipient, with = for its last @', () => {
  assert.equal(pathOf('b+{{verp}}@x.test', 3, 'user7@a.test'), 'b+user7=a.test@x.test');
  assert.equal(pathOf('b-{{seq}}.{{verp}}@x.test', 3, '"a@b"@c.test'), 'b-3."a@b"=c.test@x.test');
});

test('senders and recipients of a list are drawn apart, and only from it', () => {
  const addresses = Array.from({ length: 10 }, (_, i) => `s${i}@x.test`);
  const list = { path: 'f.csv', sha256: '', addresses, weights: null };
  const path = compileReversePath('', { list, choose: 'uniform', exponent: 1 });
  const recipients = compileRecipients(recipient({ list, perMessage: 1 }));
  let same = 0;
  for (let number = 0; number < 5_000; number++) {
    const from = path.address(number, '', hashDraw);
    const [to = ''] = recipients.addresses(number, hashDraw);
    assert.ok(addresses.includes(from) && addresses.includes(to));
    if (from === to) same++;
  }
  assert.ok(Math.abs(same - 500) < 4 * Math.sqrt(450), `${same}`);
});

test('the number of recipients is drawn as it is written, the same for the same message', () => {
  const weights = [
    { count: 1, weight: 80 },
    { count: 5, weight: 20 },
  ];
  const list = {
    path: 'f.csv',
    sha256: '',
    addresses: ['a@x.test', 'b@x.test', 'c@x.test', 'd@x.test', 'e@x.test'],
    weights: null,
  };
  for (const of of [{ list: null }, { list }]) {
    const { addresses } = compileRecipients(recipient({ ...of, perMessage: { min: 1, max: 5, weights } }));
    const counts = Array.from({ length: 4_000 }, (_, number) => addresses(number, hashDraw).length);
    assert.deepEqual(new Set(counts), new Set([1, 5]));
    assert.ok(Math.abs(counts.filter((count) => count === 5).length - 800) < 4 * Math.sqrt(640));
    assert.equal(addresses(17, hashDraw).length, counts[17]);
  }
  const { addresses } = compileRecipients(recipient({ perMessage: { min: 2, max: 4 } }));
  const evenly = Array.from({ length: 3_000 }, (_, number) => new Set(addresses(number, hashDraw)).size);
  for (const count of [2, 3, 4])
    assert.ok(Math.abs(evenly.filter((one) => one === count).length - 1_000) < 110);
});

test('users are numbered from 1 to users, and the draw decides which', () => {
  const { addresses } = compileRecipients(recipient({ users: 4 }));
  const drawn = [0, 0.25, 0.5, 0.9999].map((value) => addresses(1, () => value)[0]);
  assert.deepEqual(
    drawn,
    [1, 2, 3, 4].map((n) => `user${n}@a.example.test`),
  );
});

test('an address without placeholders is that address', () => {
  const { addresses } = compileRecipients(recipient({ address: 'Info@Example.test', domains: [] }));
  assert.deepEqual(addresses(5, hashDraw), ['Info@Example.test']);
});

test('recipients of one message are distinct without regard to case, and as many as asked for', () => {
  const entry = fc.record({
    address: fc.constantFrom('u{{n}}@{{domain}}', '{{domain}}-{{n}}@x.test', '{{n}}.{{seq}}@{{domain}}'),
    users: fc.integer({ min: 1, max: 12 }),
    domains: fc.uniqueArray(fc.constantFrom('a.test', 'b.test', 'A.test', 'c.test', 'C.TEST'), {
      minLength: 1,
    }),
    percent: fc.integer({ min: 1, max: 100 }),
  });
  fc.assert(
    fc.property(entry, fc.nat(), ({ address, users, domains, percent }, number) => {
      const most = users * new Set(domains.map((domain) => domain.toLowerCase())).size;
      const perMessage = Math.max(1, Math.round((most * percent) / 100));
      const weighted = domains.map((domain, index) => ({ domain, weight: index + 1 }));
      const recipients = compileRecipients(recipient({ address, users, domains: weighted, perMessage }));
      const to = recipients.addresses(number, hashDraw);
      assert.equal(to.length, perMessage);
      assert.equal(new Set(to.map((one) => one.toLowerCase())).size, perMessage, to.join(' '));
    }),
  );
});

test('domains are drawn for each recipient by weight: 3 to 1 within 2 points in 20,000 draws', () => {
  const domains = [
    { domain: 'a.example.test', weight: 3 },
    { domain: 'b.example.test', weight: 1 },
  ];
  const { addresses } = compileRecipients(recipient({ domains, perMessage: 2 }));
  const all = Array.from({ length: 10_000 }, (_, number) => addresses(number, hashDraw)).flat();
  const share = all.filter((address) => address.endsWith('@a.example.test')).length / all.length;
  assert.ok(Math.abs(share - 0.75) < 0.02, `${share}`);
});

test('domains of one message are drawn apart: half of the pairs are mixed, within 2 points in 20,000 draws', () => {
  const domains = ['a.test', 'b.test'].map((domain) => ({ domain, weight: 1 }));
  const { addresses } = compileRecipients(recipient({ domains, perMessage: 2 }));
  let mixed = 0;
  for (let number = 0; number < 20_000; number++) {
    mixed += new Set(addresses(number, hashDraw).map(domainOfAddress)).size - 1;
  }
  assert.ok(Math.abs(mixed / 20_000 - 0.5) < 0.02, `${mixed}`);
});

test('a domain of weight 0 gets no mail, even where users start over', () => {
  const domains = ['a', 'b', 'c'].map((name) => ({ domain: `${name}.test`, weight: name === 'b' ? 0 : 1 }));
  const { addresses } = compileRecipients(recipient({ domains, users: 2, perMessage: 4 }));
  for (let number = 0; number < 50; number++) {
    assert.ok(addresses(number, hashDraw).every((address) => !address.endsWith('@b.test')));
  }
});

test('more recipients than the entry can make are refused, with the number it can', () => {
  const tooMany = [
    recipient({ users: 3, perMessage: 4 }),
    recipient({ address: 'one@x.test', perMessage: 2 }),
    recipient({
      address: 'a@{{domain}}',
      perMessage: 2,
      domains: ['x.test', 'X.test'].map((domain) => ({ domain, weight: 1 })),
    }),
  ];
  for (const entry of tooMany) {
    assert.throws(() => compileRecipients(entry), { code: 'MESSAGE_RECIPIENTS_TOO_FEW' });
  }
});

test('control characters are refused in patterns and in domains', () => {
  for (const bad of ['\r', '\n', '\0', '\x7f', '\t', '\r\nRCPT TO:<x@y>']) {
    const unsafe = { code: 'MESSAGE_ADDRESS_UNSAFE' };
    assert.throws(() => compileReversePath(`a${bad}@x.test`, null), unsafe);
    assert.throws(() => compileRecipients(recipient({ address: `a${bad}@x.test` })), unsafe);
    const domains = [{ domain: `x${bad}.test`, weight: 1 }];
    assert.throws(() => compileRecipients(recipient({ domains })), unsafe);
  }
});

test('an unknown placeholder, or one that means nothing there, is refused', () => {
  const unknown = { code: 'MESSAGE_PLACEHOLDER_UNKNOWN' };
  assert.throws(() => compileReversePath('user{{n}}@x.test', null), unknown);
  assert.throws(() => compileRecipients(recipient({ address: 'user{{ n }}@x.test' })), unknown);
  assert.throws(() => compileRecipients(recipient({ address: '{{user}}@x.test' })), unknown);
});

test('placeholders that touch are refused, because two recipients could read the same', () => {
  assert.throws(() => compileRecipients(recipient({ address: 'a@x{{n}}{{domain}}' })), {
    code: 'MESSAGE_PLACEHOLDERS_TOUCH',
  });
});

test('addresses beyond ASCII are reported', () => {
  assert.ok(compileReversePath('jürgen@x.test', null).isUtf8);
  assert.ok(!compileReversePath('jurgen@x.test', null).isUtf8);
  assert.ok(compileRecipients(recipient({ domains: [{ domain: 'bücher.test', weight: 1 }] })).isUtf8);
  assert.ok(!compileRecipients(recipient()).isUtf8);
});

test('the domain of an address is what follows its last @', () => {
  assert.equal(domainOfAddress('"a@b"@X.Example.test'), 'x.example.test');
  assert.equal(domainOfAddress('postmaster'), '');
});
