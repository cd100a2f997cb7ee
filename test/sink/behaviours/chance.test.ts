import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { subjectOf } from '#src/sink/behaviours/draw.js';
import { LocalState } from '#src/sink/behaviours/local-state.js';
import type { SinkEvent } from '#src/sink/event.js';
import type { Judge } from '#src/sink/judge.js';
import { contentOf, eventOf, judged, judgeOf, judgeOfOne, outcomeOf, stampOf } from './behave.js';
import { judgesOf } from './sharing.js';

const BEHAVIOURS = `
behaviours:
  - { name: slow, when: { verb: CONTENT, chance: 30% }, delay: { lognormal: { median: 100ms, sigma: 1 } } }
  - { name: busy, when: { verb: CONTENT, chance: 20% }, defer: 451 }
  - { name: full, when: { verb: CONTENT, chance: 0.1 }, reject: 552 }
  - { name: gone, when: { chance: 10% }, lose: true }
`;

/** What becomes of a message that is sent until it is no longer refused for now, at most 5 times. */
async function fateOf(event: SinkEvent, next: () => Judge): Promise<string> {
  const attempts: string[] = [];
  for (let attempt = 0; attempt < 5; attempt++) {
    const treatment = await next().judge(event);
    attempts.push(`${outcomeOf(treatment)} ${treatment?.delayMs ?? 0}`);
    if (treatment?.reply?.code !== 451) break;
  }
  return attempts.join(' | ');
}

async function fatesOf(judges: readonly Judge[], events: readonly SinkEvent[], order: readonly number[]) {
  let asked = 0;
  const next = () => judges[asked++ % judges.length]!;
  const fates = await Promise.all(order.map(async (at) => [at, await fateOf(events[at]!, next)] as const));
  return new Map([...fates].sort(([a], [b]) => a - b));
}

test('the same seed gives every message the same, over any number of processes and in any order', async () => {
  const messages = Array.from({ length: 60 }, (_, number) => contentOf(number));
  const envelopes = Array.from({ length: 60 }, (_, n) => eventOf('CONTENT', { from: `bounce-${n}@x` }));
  const events = [...messages, ...envelopes];
  const orders = fc.shuffledSubarray([...events.keys()], { minLength: events.length });
  await fc.assert(
    fc.asyncProperty(fc.nat(1000), orders, orders, async (seed, order, other) => {
      const alone = await fatesOf(judgesOf(BEHAVIOURS, 1, seed), events, [...events.keys()]);
      assert.deepEqual(await fatesOf(judgesOf(BEHAVIOURS, 2, seed), events, order), alone);
      assert.deepEqual(await fatesOf(judgesOf(BEHAVIOURS, 3, seed), events, other), alone);
    }),
    { numRuns: 20 },
  );
});

test('another run of the same messages meets the same, and its attempts are its own', () => {
  const judge = judgeOfOne('{ name: a, when: { verb: CONTENT, chance: 50%, times: 1 }, defer: 451 }', {
    seed: 5,
  });
  const outcomes = (run: string) =>
    Array.from({ length: 50 }, (_, number) => {
      const event = { ...contentOf(number), stamp: { ...stampOf(number), run } };
      return [outcomeOf(judged(judge, event)), outcomeOf(judged(judge, event))].join();
    });
  const first = outcomes('run-1');
  assert.ok(first.some((outcome) => outcome.startsWith('451')));
  assert.deepEqual(outcomes('run-2'), first);
  assert.notDeepEqual(outcomes('run-2'), first);
});

test('another seed, and another name, gives other outcomes', () => {
  const hits = (name: string, seed: number) => {
    const judge = judgeOfOne(`{ name: ${name}, when: { chance: 50% }, lose: true }`, { seed });
    return Array.from({ length: 100 }, (_, number) => outcomeOf(judged(judge, contentOf(number)))).join();
  };
  assert.equal(hits('a', 1), hits('a', 1));
  assert.notEqual(hits('a', 1), hits('a', 2));
  assert.notEqual(hits('a', 1), hits('b', 1));
});

test('so many of the messages are hit as the chance says', () => {
  const count = 10_000;
  for (const [word, chance] of [
    ['1%', 0.01],
    ['10%', 0.1],
    ['0.5', 0.5],
    ['99.5%', 0.995],
  ] as const) {
    const judge = judgeOfOne(`{ when: { chance: ${word} }, lose: true }`);
    let hits = 0;
    for (let number = 0; number < count; number++) if (judged(judge, contentOf(number)) !== null) hits++;
    // 4 standard deviations of a binomial count; the seed is fixed, so it holds always or never.
    const tolerance = 4 * Math.sqrt(count * chance * (1 - chance));
    assert.ok(Math.abs(hits - count * chance) < tolerance, `${word}: ${hits} of ${count}`);
  }
});

test('never and always are exact', () => {
  const all = (chance: string) => {
    const judge = judgeOfOne(`{ when: { chance: ${chance} }, lose: true }`);
    return new Set(Array.from({ length: 1000 }, (_, number) => outcomeOf(judged(judge, contentOf(number)))));
  };
  assert.deepEqual([...all('0%')], ['']);
  assert.deepEqual([...all('100%')], ['lose']);
});

test('a message that was hit is drawn for again when it comes back, at the same chance', () => {
  const judge = judgeOfOne('{ when: { verb: CONTENT, chance: 40% }, defer: 451 }');
  const attempts = { first: 0, second: 0, third: 0 };
  for (let number = 0; number < 5000; number++) {
    if (judged(judge, contentOf(number)) === null) continue;
    attempts.first++;
    if (judged(judge, contentOf(number)) === null) continue;
    attempts.second++;
    if (judged(judge, contentOf(number)) !== null) attempts.third++;
  }
  const { first, second, third } = attempts;
  // 4 standard deviations of a share of the smallest group: 4·√(0.24/800) = 0.07.
  for (const share of [first / 5000, second / first, third / second]) {
    assert.ok(Math.abs(share - 0.4) < 0.07, JSON.stringify(attempts));
  }
});

test('mail without a stamp is told apart by its envelope, whatever the session and its order of recipients', () => {
  const recipients = ['a@x', 'B@x'];
  const key = (fields: Partial<SinkEvent>) => subjectOf(eventOf('CONTENT', { recipients, ...fields })).key;
  assert.equal(key({ session: 's2', peer: '127.0.0.9' }), key({ recipients: ['b@X', 'A@x'] }));
  assert.notEqual(key({ from: 'other@x' }), key({}));
  assert.notEqual(key({ recipients: ['a@x'] }), key({}));
  assert.notEqual(key({ stamp: stampOf(1) }), key({ stamp: stampOf(2) }));
  assert.equal(key({ stamp: stampOf(1), recipients: ['b@x', 'A@x'] }), key({ stamp: stampOf(1) }));
  assert.equal(key({ stamp: stampOf(1), from: 'other@x' }), key({ stamp: stampOf(1) }));
});

test('connections of one client are drawn for one by one', () => {
  const judge = judgeOfOne('{ when: { verb: CONNECT, chance: 50% }, close: true }');
  const count = 2000;
  let hits = 0;
  for (let at = 0; at < count; at++) if (judged(judge, eventOf('CONNECT')) !== null) hits++;
  assert.ok(Math.abs(hits - count / 2) < 4 * Math.sqrt(count / 4), String(hits));
});

test('delays are drawn for each event of an envelope, and for each message once', () => {
  const judge = judgeOf(
    'behaviours: [{ when: { verb: [RCPT, CONTENT] }, delay: { uniform: { max: 10s } } }]',
  );
  const delays = (event: SinkEvent) =>
    new Set(Array.from({ length: 20 }, () => judged(judge, event)?.delayMs)).size;
  assert.equal(delays(eventOf('RCPT')), 20);
  assert.equal(delays(contentOf(1)), 1);
});

test('a message that was not hit is not drawn for again, and nobody need remember it', () => {
  let asked = 0;
  const state = new LocalState();
  const attempt = (key: string) => {
    asked++;
    return state.attempt(key);
  };
  const counting = Object.assign(new LocalState(), { attempt });
  const judge = judgeOfOne('{ when: { verb: CONTENT, chance: 30% }, defer: 451 }', { state: counting });
  const missed = Array.from({ length: 300 }, (_, number) => number).filter(
    (number) => judged(judge, contentOf(number)) === null,
  );
  assert.equal(asked, 300 - missed.length);
  for (const number of [...missed, ...missed]) assert.equal(judged(judge, contentOf(number)), null);
});

test('each behaviour counts its own attempts', () => {
  const judge = judgeOf(`
behaviours:
  - { when: { verb: CONTENT, times: 1 }, defer: 450 }
  - { when: { verb: CONTENT, times: 1 }, defer: 452 }
`);
  const outcomes = [1, 2, 3].map(() => outcomeOf(judged(judge, contentOf(1))));
  assert.deepEqual(outcomes, ['450 4.0.0', '452 4.0.0', '']);
});

test('only so many times for the same message', () => {
  const judge = judgeOfOne('{ when: { verb: CONTENT, every: 2, times: 2 }, defer: 451 }');
  const outcomes = (number: number) => [1, 2, 3, 4].map(() => outcomeOf(judged(judge, contentOf(number))));
  assert.deepEqual(outcomes(4), ['451 4.3.0', '451 4.3.0', '', '']);
  assert.deepEqual(outcomes(6), ['451 4.3.0', '451 4.3.0', '', '']);
});

test('exactly 3 of 20,000 are lost and exactly 2 doubled, where numbers say so', () => {
  const judge = judgeOf(`
behaviours:
  - { when: { numbers: [17, 4711, 19999] }, lose: true }
  - { when: { numbers: [3, 12000] }, twice: true }
`);
  const found: Record<string, number[]> = { lose: [], twice: [] };
  for (let number = 0; number < 20_000; number++) {
    const outcome = outcomeOf(judged(judge, contentOf(number)));
    if (outcome !== '') found[outcome]?.push(number);
  }
  assert.deepEqual(found, { lose: [17, 4711, 19_999], twice: [3, 12_000] });
});
