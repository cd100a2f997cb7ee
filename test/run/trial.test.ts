import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { EnvironmentError } from '#src/errors.js';
import type { Result } from '#src/result/result.js';
import type { RunEnd } from '#src/run/run.js';
import {
  canTellDrained,
  makeTrial,
  notReady,
  type TrialConditions,
  until,
  untilIdle,
} from '#src/run/trial.js';
import { invalidResult, passedResult } from '#test/report/fixture.js';
import { load } from '#test/scenario/load.js';
import { temporaryDir } from '#test/tmp.js';

const EMBEDDED = load('{}');
const TARGET = 'target: { url: "smtp://127.0.0.1:2525" }';
const OUTSIDE = load(TARGET);
const WITH_SINK = load(`${TARGET}\ndelivery: { expect: sink, sink: { listen: "127.0.0.1:2699" } }`);

async function conditions(t: TestContext, change: Partial<TrialConditions> = {}): Promise<TrialConditions> {
  return {
    drained: null,
    drainWithinMs: 1_000,
    folder: await temporaryDir(t),
    perform: async () => ended(passedResult()),
    onNote: () => {},
    isStopped: () => false,
    untilIdle: async () => true,

    ...change,
  };
}

function ended(result: Result, change: Partial<RunEnd> = {}): RunEnd {
  return { directory: '/runs/x', result, warnings: [], cause: 'end', error: null, ...change };
}

describe('a trial', () => {
  test('is a run with its result', async (t) => {
    const trial = await makeTrial(EMBEDDED, await conditions(t));
    assert.deepEqual([trial?.directory, trial?.void, trial?.notDrained], ['/runs/x', null, null]);
  });

  test('is void where the generator was the bottleneck, and says why', async (t) => {
    const trial = await makeTrial(
      EMBEDDED,
      await conditions(t, { perform: async () => ended(invalidResult()) }),
    );
    assert.match(trial?.void ?? '', /generator was busy 97 %/);
  });

  test('waits for rest, and says where there is none', async (t) => {
    const notes: string[] = [];
    const around = await conditions(t, { untilIdle: async () => false, onNote: (note) => notes.push(note) });
    assert.notEqual(await makeTrial(EMBEDDED, around), null);
    assert.match(notes.join(' '), /did not come to rest/);
    assert.equal(await untilIdle(() => true, 5_000), true);
    assert.equal(await untilIdle(() => false, 0), true);
  });

  test('is none where somebody stops it, before or in the middle', async (t) => {
    assert.equal(await makeTrial(EMBEDDED, await conditions(t, { isStopped: () => true })), null);
    const stopped = async () => ended(passedResult(), { cause: 'signal' });
    assert.equal(await makeTrial(EMBEDDED, await conditions(t, { perform: stopped })), null);
  });

  test('passes on what broke the run', async (t) => {
    const error = new EnvironmentError('DISK_FULL', 'no space');
    const broken = async () => ended(passedResult(), { cause: 'failure', error });
    await assert.rejects(makeTrial(EMBEDDED, await conditions(t, { perform: broken })), error);
  });

  test('says where copies have not been seen', async (t) => {
    const delivery = { ...DELIVERY, lost: 2, pending: 3 };
    const perform = async () => ended({ ...passedResult(), delivery });
    const trial = await makeTrial(WITH_SINK, await conditions(t, { perform }));
    assert.equal(trial?.notDrained, '5 accepted copies have not been seen');
    const all = async () => ended({ ...passedResult(), delivery: DELIVERY });
    assert.equal((await makeTrial(WITH_SINK, await conditions(t, { perform: all })))?.notDrained, null);
  });

  test('waits until a command says that the queue is empty, and says what it printed where it does not', async (t) => {
    const around = await conditions(t, { drained: 'test -e empty || { echo 17 left; exit 1; }' });
    setTimeout(() => writeFileSync(join(around.folder, 'empty'), ''), 300);
    assert.equal((await makeTrial(OUTSIDE, around))?.notDrained, null);
    const never = await makeTrial(OUTSIDE, {
      ...around,
      drained: 'echo 17 left; exit 1',
      drainWithinMs: 600,
    });
    assert.match(
      never?.notDrained ?? '',
      /^the queue is not empty after 0\.6 s: echo 17 left; exit 1\n17 left$/,
    );
  });
});

test('a command that is asked again and again ends when somebody stops it', async (t) => {
  const folder = await temporaryDir(t);
  assert.equal(await until('false', { withinMs: 60_000, folder, env: {}, isStopped: () => true }), null);
});

test('it is never guessed that a queue is empty', () => {
  assert.equal(canTellDrained(EMBEDDED, null), true);
  assert.equal(canTellDrained(WITH_SINK, null), true);
  assert.equal(canTellDrained(OUTSIDE, 'true'), true);
  assert.equal(canTellDrained(OUTSIDE, null), false);
});

test('what is not ready is an error of the environment', () => {
  assert.equal(notReady('x is not ready').code, 'TRIAL_NOT_READY');
});

const DELIVERY = {
  ...{
    accepted: 10,
    delivered: 10,
    bounced: 0,
    lost: 0,
    pending: 0,
    duplicated: 0,
    duplicatedUnacknowledged: 0,
  },
  ...{ corrupted: 0, reencoded: 0, late: 0, unconfirmed: 0, unexpected: 0 },
};
