import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { identitiesOf, identityTerms } from '#src/report/identities.js';
import { failedResult } from './fixture.js';

describe('identities', () => {
  it('hold for the fixture and can be read as sums', () => {
    const sums = identitiesOf(failedResult());
    assert.deepEqual(
      sums.map((sum) => [sum.subject, sum.holds]),
      [
        ['iterations', true],
        ['messages', true],
        ['copies', true],
      ],
    );
    assert.equal(identityTerms(sums[0]!, String).join(' '), '30000 scheduled = 29986 started + 14 dropped');
  });

  it('say so when they do not hold', () => {
    const result = failedResult();
    const [sum] = identitiesOf({ ...result, counts: { ...result.counts, dropped: 13 } });
    assert.equal(sum?.holds, false);
    assert.match(identityTerms(sum!, String).join(' '), /30000 scheduled ≠ 29986 started/);
  });

  it('include delivered copies where they were looked for', () => {
    const zero = {
      duplicated: 0,
      duplicatedUnacknowledged: 0,
      corrupted: 0,
      reencoded: 0,
      late: 0,
      unconfirmed: 0,
      unexpected: 0,
    };
    const delivery = { accepted: 10, delivered: 7, bounced: 1, lost: 1, pending: 1, ...zero };
    const sum = identitiesOf({ ...failedResult(), delivery }).at(-1);
    assert.equal(sum?.subject, 'accepted copies');
    assert.equal(sum?.holds, true);
  });
});
