import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Actions } from '#src/run/actions.js';
import { eventually } from '#test/servers/eventually.js';
import { temporaryDir } from '#test/tmp.js';

const LIMIT = { timeout: 60_000 };

test('each is started in its turn, in the folder of the scenario, and told as it ends', LIMIT, async (t) => {
  const { actions, told, folder } = await acting(t, [
    { atMs: 0, name: 'first', run: 'echo "$MAILBENCH_RUN $MAILBENCH_ACTION" > one' },
    { atMs: 150, name: 'second', run: 'echo "$MAILBENCH_RUN $MAILBENCH_ACTION" > two' },
  ]);
  actions.schedule(-50);
  await untilTold(told, 4);
  assert.deepEqual(
    told.filter((line) => line.startsWith('start')),
    ['start first', 'start second'],
  );
  for (const name of ['first', 'second'])
    assert.ok(told.indexOf(`The action ${name} ended with 0.`) > told.indexOf(`start ${name}`));
  assert.equal(readFileSync(join(folder, 'one'), 'utf8'), 'r1 first\n');
  assert.equal(readFileSync(join(folder, 'two'), 'utf8'), 'r1 second\n');
});

test(
  'one that fails says how, with its last words, and others are not kept from their turn',
  LIMIT,
  async (t) => {
    const { actions, told } = await acting(t, [
      { atMs: 0, name: 'crash', run: 'echo first >&2; echo no such server >&2; exit 3' },
      { atMs: 0, name: 'mute', run: 'exit 4' },
      { atMs: 0, name: 'shot', run: 'kill -9 $$' },
    ]);
    actions.schedule(0);
    await untilTold(told, 6);
    assert.deepEqual(told.filter((line) => line.startsWith('failed')).sort(), [
      'failed: The action crash ended with 3: no such server.',
      'failed: The action mute ended with 4.',
      'failed: The action shot was ended by a signal or could not be started.',
    ]);
  },
);

test('last words are bounded', LIMIT, async (t) => {
  const { actions, told } = await acting(t, [
    { atMs: 0, name: 'a', run: 'printf %5000s x | tr " " y >&2; exit 1' },
  ]);
  actions.schedule(0);
  await untilTold(told, 2);
  assert.equal(told[1], `failed: The action a ended with 1: ${'y'.repeat(500)}.`);
});

test('at the end what still runs is ended and told before stop resolves', LIMIT, async (t) => {
  const { actions, told, folder } = await acting(t, [
    { atMs: 0, name: 'long', run: 'echo > begun; sleep 1000' },
  ]);
  actions.schedule(0);
  assert.ok(await eventually(async () => existsSync(join(folder, 'begun')), Boolean));
  await actions.stop();
  assert.deepEqual(told, ['start long', 'The action long was still running at the end and was ended.']);
});

test('what was to come does not come once they are stopped, and that is told', LIMIT, async (t) => {
  const { actions, told } = await acting(t, [{ atMs: 100, name: 'late', run: 'true' }]);
  actions.schedule(0);
  await actions.stop();
  await sleep(300);
  assert.deepEqual(told, ['failed: The action late was not started: the run was over before it was due.']);
});

test('none are none', LIMIT, async (t) => {
  const { actions, told } = await acting(t, []);
  actions.schedule(0);
  await actions.stop();
  assert.deepEqual(told, []);
});

type Action = ConstructorParameters<typeof Actions>[0]['actions'][number];

async function acting(t: TestContext, list: readonly Action[]) {
  const told: string[] = [];
  const folder = await temporaryDir(t);
  const actions = new Actions({
    actions: list,
    run: 'r1',
    folder,
    onStarted: (name) => told.push(`start ${name}`),
    onEnded: (sentence, isFailed) => told.push(`${isFailed ? 'failed: ' : ''}${sentence}`),
  });
  t.after(() => actions.stop());
  return { actions, told, folder };
}

async function untilTold(told: readonly string[], lines: number): Promise<void> {
  await eventually(
    async () => told.length,
    (count) => count >= lines,
    30_000,
  );
}
