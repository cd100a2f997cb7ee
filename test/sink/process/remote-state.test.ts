import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalState } from '#src/sink/behaviours/local-state.js';
import { answerRecalls, RemoteState } from '#src/sink/process/remote-state.js';
import type { Recall } from '#src/sink/process/worker-ipc.js';

function connected(state = new LocalState()) {
  const messages: (readonly Recall[])[] = [];
  const remote: RemoteState = new RemoteState((recalls) => {
    messages.push(recalls);
    void answerRecalls(state, recalls).then((values) => remote.answered(values));
  });
  return { remote, messages };
}

const event = { nowMs: 1, windowMs: 1000, weight: 1, limit: 2 };

test('what is asked in one turn leaves as one message and is answered in order', async () => {
  const { remote, messages } = connected();
  const answers = [remote.hit('a', event), remote.attempt('x'), remote.hit('a', event), remote.attempt('x')];
  assert.deepEqual(await Promise.all(answers), [1, 0, 2, 1]);
  assert.deepEqual(
    messages.map((recalls) => recalls.length),
    [4],
  );
  assert.equal(await remote.firstSeen('k', 7, 100), 7);
  assert.equal(messages.length, 2);
});

test('two workers share one memory', async () => {
  const state = new LocalState();
  const [one, other] = [connected(state).remote, connected(state).remote];
  const counts = await Promise.all([one.hit('a', event), other.hit('a', event), one.hit('a', event)]);
  assert.deepEqual([...counts].sort(), [1, 2, 3]);
});

test('a reset forgets in the order it was asked', async () => {
  const { remote } = connected();
  const before = remote.attempt('x');
  remote.reset();
  assert.deepEqual([await before, await remote.attempt('x')], [0, 0]);
});
