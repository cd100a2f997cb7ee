import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodeContext, DRAW_ENVELOPE_CODE, DRAW_MESSAGE_CODE, type RunFacts } from '#src/code/context.js';
import { createDraw } from '#src/shard/random.js';

const facts = (seed: number): RunFacts => ({
  draw: createDraw(seed, 0),
  scenarios: ['first', 'second', 'third'],
  data: { users: 3 },
});

const contextOf = (number: number, seed = 1, purpose = DRAW_MESSAGE_CODE) =>
  new CodeContext(number, facts(seed), purpose);

test('a message knows its scenario, and its number within it', () => {
  const places = [0, 1, 2, 3, 7].map((number) => {
    const { scenario, index } = contextOf(number);
    return [scenario, index];
  });
  assert.deepEqual(places, [
    ['first', 0],
    ['second', 0],
    ['third', 0],
    ['first', 1],
    ['second', 2],
  ]);
  assert.deepEqual(contextOf(4).data, { users: 3 });
});

test('draws are the same whenever they are asked for, and others for another seed or number', () => {
  const three = (number: number, seed: number) => {
    const { random } = contextOf(number, seed);
    return [random(), random(), random()];
  };
  assert.deepEqual(three(5, 1), three(5, 1));
  assert.equal(new Set([...three(5, 1), ...three(6, 1), ...three(5, 2)]).size, 9);
});

test('a function that draws more changes nothing for another, and a named draw is the same for all', () => {
  const message = contextOf(9);
  const envelope = contextOf(9, 1, DRAW_ENVELOPE_CODE);
  message.random();
  assert.equal(envelope.random(), contextOf(9, 1, DRAW_ENVELOPE_CODE).random());
  assert.notEqual(envelope.random(), message.random());
  assert.equal(message.draw('language'), envelope.draw('language'));
  assert.notEqual(message.draw('language'), message.draw('country'));
});

test('draws are even: within 1 point in 20,000', () => {
  const count = 20_000;
  let random = 0;
  let named = 0;
  for (let number = 0; number < count; number++) {
    const context = contextOf(number);
    if (context.random() < 0.3) random++;
    if (context.draw('kind') < 0.3) named++;
  }
  assert.ok(Math.abs(random / count - 0.3) < 0.01, `${random}`);
  assert.ok(Math.abs(named / count - 0.3) < 0.01, `${named}`);
});
