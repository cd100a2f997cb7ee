import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSupply } from '#src/message/create-supply.js';
import type { MessageEntry } from '#src/scenario/scenario.js';
import { createDraw } from '#src/shard/random.js';
import { load, problem } from './load.js';

/** Body, attachment and percent, as in the table that is cited. */
const TABLE = [
  [500, 0, 10],
  [10_000, 0, 30],
  [50_000, 0, 40],
  [50_000, 50_000, 10],
  [150_000, 0, 9.5],
  [1_000, 10_000_000, 0.5],
] as const;
/** Header fields and boundaries. */
const MAX_FRAME_BYTES = 2_000;

test('typical mail has the sizes and shares of its source, to the byte but for header fields', async () => {
  const { messages } = load('messages: typical').scenario;
  assert.deepEqual(
    messages.map(({ weight }) => weight),
    TABLE.map(([, , percent]) => percent),
  );
  const draw = createDraw(1, 0);
  for (const [index, [body, attachment]] of TABLE.entries()) {
    const entry = messages[index] as MessageEntry;
    const options = { run: 'run-1', from: 'a@a.example.test', signedAtMs: 0 };
    const supply = await createSupply(entry, { ...options, encode: (message) => message });
    const { sizeBytes, is8bit, hasUtf8Headers } = supply.forNumber(1, draw);
    const frame = sizeBytes - body - attachment;
    assert.ok(frame > 300 && frame < MAX_FRAME_BYTES, `${frame} bytes around ${body} and ${attachment}`);
    assert.ok(sizeBytes < 10_240_000 && !is8bit && !hasUtf8Headers);
  }
});

test('nothing in typical mail differs, so one signature serves every message of a variant', () => {
  const { messages } = load('messages: typical').scenario;
  assert.doesNotMatch(JSON.stringify(messages), /\{\{/);
});

test('another word is refused, and so is the word within a list', () => {
  assert.match(problem('messages: tipical').message, /typical/);
  assert.equal(problem('messages: [typical]').path, 'messages[0]');
});
