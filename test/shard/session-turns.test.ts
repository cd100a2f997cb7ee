import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Abandon } from '#src/scenario/client-options.js';
import { createDraw } from '#src/shard/random.js';
import { SessionTurns } from '#src/shard/session-turns.js';

const NOTHING = { xclient: [], xforward: [], proxy: null, abandon: null };
const TLS = { share: 1 };
const ABANDON: Abandon = { phase: 'DATA', when: 'reply', how: 'drop', contentShare: 0, share: 0.25 };
const draw = createDraw(7, 1);

describe('the turns of sessions', () => {
  test('give nothing where nothing was asked for', () => {
    const turn = new SessionTurns(NOTHING, TLS).next(0, draw);
    assert.deepEqual(turn, { xclient: null, xforward: null, proxy: null, isPlain: false, abandon: null });
  });

  test('go round, each list at its own length', () => {
    const turns = new SessionTurns(
      {
        ...NOTHING,
        xclient: [{ ADDR: '192.0.2.1' }, { ADDR: '192.0.2.2' }],
        xforward: [{ NAME: 'a.example' }],
        proxy: { version: 1, sources: ['192.0.2.1:1', '192.0.2.1:2'], destination: null, isLocal: false },
      },
      TLS,
    );
    const three = [0, 1, 2].map((number) => turns.next(number, draw));
    assert.deepEqual(
      three.map(({ xclient }) => xclient?.ADDR),
      ['192.0.2.1', '192.0.2.2', '192.0.2.1'],
    );
    assert.deepEqual(
      three.map(({ xforward }) => xforward?.NAME),
      ['a.example', 'a.example', 'a.example'],
    );
    assert.deepEqual(
      three.map(({ proxy }) => proxy?.source),
      ['192.0.2.1:1', '192.0.2.1:2', '192.0.2.1:1'],
    );
  });

  test('draw the sessions that are abandoned by the number they begin with', () => {
    const abandonedOf = () => {
      const turns = new SessionTurns({ ...NOTHING, abandon: ABANDON }, TLS);
      return Array.from({ length: 4_000 }, (_, number) => turns.next(number, draw).abandon === ABANDON);
    };
    const abandoned = abandonedOf();
    assert.deepEqual(abandonedOf(), abandoned);
    // 4,000 draws of 0.25: the standard deviation is 0.7 %, so this is more than four of them.
    const share = abandoned.filter(Boolean).length / abandoned.length;
    assert.ok(share > 0.22 && share < 0.28, `${share}`);
  });

  test('draw the sessions that use TLS by the number they begin with', () => {
    const isPlain = (share: number) => {
      const turns = new SessionTurns(NOTHING, { share });
      return Array.from({ length: 4_000 }, (_, number) => turns.next(number, draw).isPlain);
    };
    assert.deepEqual(isPlain(0.75), isPlain(0.75));
    // As above.
    const share = isPlain(0.75).filter(Boolean).length / 4_000;
    assert.ok(share > 0.22 && share < 0.28, `${share}`);
    assert.equal(isPlain(1).includes(true), false);
    assert.equal(isPlain(0).includes(false), false);
  });
});
