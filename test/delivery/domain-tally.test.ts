import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DomainTally, MAX_DOMAINS, OTHER_DOMAINS } from '#src/delivery/domain-tally.js';

const NOTHING = { accepted: 0, delivered: 0, bounced: 0, lost: 0, pending: 0 };

test('the name of an address is its domain in lower case, whatever its local part holds', () => {
  const tally = new DomainTally();
  const names = ['a@X.Test', '"a@b"@x.test', 'nobody', 'nobody@', ''].map((address) => tally.nameOf(address));
  assert.deepEqual(names, ['x.test', 'x.test', '', '', '']);
});

test('what changed is told once, and a domain where nothing did is left out', () => {
  const tally = new DomainTally();
  const [a, b] = [tally.nameOf('1@a.test'), tally.nameOf('1@b.test')];
  tally.add(a, 'accepted', 3);
  tally.add(b, 'accepted', 1);
  tally.add(b, 'delivered', 1);
  assert.deepEqual(tally.take(), {
    'a.test': { ...NOTHING, accepted: 3 },
    'b.test': { ...NOTHING, accepted: 1, delivered: 1 },
  });
  tally.add(a, 'bounced', 1);
  assert.deepEqual(tally.take(), { 'a.test': { ...NOTHING, bounced: 1 } });
  tally.add(a, 'bounced', -1);
  assert.deepEqual(tally.take(), { 'a.test': { ...NOTHING, bounced: -1 } });
  assert.deepEqual(tally.take(), {});
});

test('what was accepted and neither came nor bounced is lost or pending in the end', () => {
  for (const field of ['lost', 'pending'] as const) {
    const tally = new DomainTally();
    const name = tally.nameOf('1@a.test');
    tally.add(name, 'accepted', 9);
    tally.add(name, 'delivered', 4);
    tally.add(name, 'bounced', 2);
    tally.settle(field);
    assert.deepEqual(tally.take()['a.test'], {
      ...NOTHING,
      accepted: 9,
      delivered: 4,
      bounced: 2,
      [field]: 3,
    });
  }
});

test('further domains count as others, those that are known do not', () => {
  const tally = new DomainTally();
  for (let nth = 0; nth < MAX_DOMAINS; nth++) tally.nameOf(`a@d${nth}.test`);
  assert.deepEqual(
    ['a@more.test', 'a@D0.test', `a@d${MAX_DOMAINS - 1}.test`].map((address) => tally.nameOf(address)),
    [OTHER_DOMAINS, 'd0.test', `d${MAX_DOMAINS - 1}.test`],
  );
});
