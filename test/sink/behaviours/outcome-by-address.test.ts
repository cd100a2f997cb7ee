import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createJudge } from '#src/sink/behaviours/create-judge.js';
import { LocalState } from '#src/sink/behaviours/local-state.js';
import { wishOf } from '#src/sink/behaviours/outcome-by-address.js';
import { contentOf, eventOf, judged, judgeOfOne, load, outcomeOf } from './behave.js';

const judge = judgeOfOne('{ addresses: true }');

function rcpt(localPart: string): string {
  const treatment = judged(judge, eventOf('RCPT', { recipient: `${localPart}@a.example.test` }));
  const wait = treatment === null || treatment.delayMs === 0 ? '' : ` after ${treatment.delayMs}`;
  return `${outcomeOf(treatment)}${wait}`;
}

test('the local part says what is answered at RCPT', () => {
  const cases: readonly [localPart: string, outcome: string][] = [
    ['450-bob', '450 4.0.0'],
    ['550-5.1.1-bob', '550 5.1.1'],
    ['550-4.1.1-bob', '550 5.0.0'],
    ['421-bob', '421 4.0.0'],
    ['delay-200ms-bob', ' after 200'],
    ['delay-2s-550-bob', '550 5.0.0 after 2000'],
    ['delay-1s-delay-1s-drop-bob', 'drop before after 2000'],
    ['drop-bob', 'drop before'],
    ['RESET-bob', 'reset before'],
    ['lose-bob', ''],
    ['bob', ''],
    ['bob-450-x', ''],
    ['250-bob', ''],
    ['600-bob', ''],
    ['450bob', ''],
    ['delay-200-bob', ''],
  ];
  for (const [localPart, outcome] of cases) assert.equal(rcpt(localPart), outcome, localPart);
});

test("an address that asks for nothing at RCPT is nobody's business there", () => {
  for (const recipient of ['lose-bob@x', 'bounce-bob@x', 'bob@x', 'delay-0s-bob@x']) {
    assert.equal(judged(judge, eventOf('RCPT', { recipient })), null, recipient);
  }
});

test('it says what becomes of the message, over SMTP the first recipient with a wish for all', () => {
  const content = (...recipients: string[]) => outcomeOf(judged(judge, contentOf(1, { recipients })));
  assert.equal(content('lose-a@x'), 'lose');
  assert.equal(content('a@x', 'twice-b@x', 'lose-c@x'), 'twice');
  assert.equal(content('bounce-a@x'), 'bounce');
  assert.equal(content('delay-1s-lose-a@x'), 'lose');
  assert.equal(content('450-a@x'), '');
  const own = { recipients: ['lose-a@x', 'b@x'], recipient: 'b@x' };
  assert.equal(judged(judge, contentOf(1, own)), null, 'over LMTP each for itself');
});

test('an address that asks for a bounce is refused where nothing says where to', () => {
  const behaviours = load('behaviours: [{ addresses: true }]', { bounceTo: null });
  const alone = createJudge({ ...behaviours, state: new LocalState() });
  assert.equal(outcomeOf(judged(alone, eventOf('RCPT', { recipient: 'bounce-a@x' }))), '550 5.3.5');
  assert.equal(rcpt('bounce-a'), '');
});

test("mailbench's own return path is no wish for a bounce, and neither is any address of mail without one", () => {
  const asked = (bounceTo: string | null, from: string, recipient: string) => {
    const loaded = load('behaviours: [{ addresses: true }]', { bounceTo });
    const one = createJudge({ ...loaded, state: new LocalState() });
    const replied = outcomeOf(judged(one, eventOf('RCPT', { from, recipient })));
    return [replied, outcomeOf(judged(one, contentOf(17, { from, recipients: [recipient] })))];
  };
  for (const bounceTo of [null, 'smtp://127.0.0.1:2525']) {
    assert.deepEqual(asked(bounceTo, 'a@x', 'bounce-17@sender.example.test'), ['', '']);
    assert.deepEqual(asked(bounceTo, '', 'bounce-17@sender.example.test'), ['', '']);
    assert.deepEqual(asked(bounceTo, '', 'bounce-bob@x'), ['', '']);
    assert.deepEqual(asked(bounceTo, '', '550-bounce-17@x'), ['550 5.0.0', '']);
    assert.deepEqual(asked(bounceTo, '', 'lose-bob@x'), ['', 'lose']);
  }
  for (const recipient of ['bounce-17b@x', 'bounce-bob@x', 'bounce-@x'])
    assert.deepEqual(asked(null, 'a@x', recipient), ['550 5.3.5', 'bounce']);
});

test('no wait is longer than a timer can hold', () => {
  assert.equal(wishOf('delay-99999999m-x@x')?.delayMs, 2_147_483_647);
});

test('whatever the address is, the wish is one the sink can follow', () => {
  const part = fc.constantFrom('450', '5.1.1', 'delay', '99999999m', 'lose', 'drop', '-', 'x', '\r\n', '@');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const wish = wishOf(parts.join('-'));
      if (wish === null) return;
      assert.ok(wish.delayMs >= 0 && wish.delayMs <= 2_147_483_647);
      assert.ok(wish.reply === null || !/[\r\n]/.test(wish.reply.lines.join('')));
    }),
  );
});
