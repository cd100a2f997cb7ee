/** What connections make of it is in treated-connection.test.ts; here is what is done with time and socket, without them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCounts } from '#src/sink/counts.js';
import type { SinkEvent } from '#src/sink/event.js';
import type { Judge, Treatment } from '#src/sink/judge.js';
import { type EventDetails, Treatments } from '#src/sink/session/treatments.js';
import { treatment } from '../open-sink.js';

test('socket faults and a reading rate are in force before the connection goes on', () => {
  const { told, decide } = begin(treatment({ socket: { splitBytes: 3 }, readBytesPerSec: 512 }));
  decide();
  assert.deepEqual(told, ['hold false', 'faults {"splitBytes":3}', 'read MAIL 512', 'then tested']);
});

test('where nobody minds the connection goes on with null, and nothing is counted', () => {
  const { told, counts, decide } = begin(null);
  decide();
  assert.deepEqual([told, counts.behaviours], [['hold false', 'then null'], {}]);
});

test('a drop before the reply ends the connection, which is not asked to go on', () => {
  const { told, counts, decide } = begin(treatment({ drop: 'before', isReset: true }));
  decide();
  assert.deepEqual([told, counts.behaviours], [['hold false', 'drop true'], { tested: 1 }]);
});

test('a drop after the reply is for the connection to do', () => {
  const { told, decide } = begin(treatment({ drop: 'after' }));
  decide();
  assert.deepEqual(told, ['hold false', 'then tested']);
});

test('a delay holds the connection, and what it really took is kept by verb and by behaviour', async () => {
  const { told, counts, treatments, decide } = begin(treatment({ delayMs: 5 }));
  await new Promise<void>((resolve) => decide(resolve));
  await new Promise<void>((resolve) => decide(resolve));
  const once = ['hold false', 'hold true', 'hold false', 'then tested'];
  assert.deepEqual(told, [...once, ...once]);
  // The clock of this test says 7 ms later each time.
  assert.deepEqual([treatments.held, counts.heldUs], [{ MAIL: 14_000 }, { tested: 14_000 }]);
});

test('when the connection is over no delay is waited for', () => {
  const timers = () => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;
  const { treatments, decide } = begin(treatment({ delayMs: 3_600_000 }));
  const before = timers();
  decide();
  assert.equal(timers(), before + 1);
  treatments.end();
  assert.equal(timers(), before);
});

test('a connection that went away while it was waited for is not gone on with', async () => {
  const { told, treated, decide, judged } = begin(Promise.resolve(treatment({ readBytesPerSec: 1 })));
  decide();
  treated.isGone = true;
  await judged;
  assert.deepEqual(told, ['hold true', 'hold false']);
});

test('a judge that fails is one that does not mind', async () => {
  const { told, decide } = begin(Promise.reject(new Error('gone')));
  await new Promise<void>((resolve) => decide(resolve));
  assert.deepEqual(told, ['hold true', 'hold false', 'then null']);
});

function begin(verdict: Treatment | null | Promise<Treatment | null>) {
  const told: string[] = [];
  const counts = noCounts();
  const judge: Judge = { usesSocketFaults: true, watches: () => true, judge: () => verdict };
  const treated = {
    isGone: false,
    describe: (verb: string, details: EventDetails) => ({ verb, ...details }) as SinkEvent,
    hold: (isHeld: boolean) => void told.push(`hold ${isHeld}`),
    setFaults: (faults: object) => void told.push(`faults ${JSON.stringify(faults)}`),
    readSlowly: (verb: string, bytesPerSec: number) => void told.push(`read ${verb} ${bytesPerSec}`),
    drop: (isReset: boolean) => void told.push(`drop ${isReset}`),
  };
  let nowMs = 0;
  const nowMsOf = () => {
    nowMs += 7;
    return nowMs;
  };
  const treatments = new Treatments(treated, { judge, counts, nowMs: nowMsOf });
  const decide = (after = () => {}) =>
    treatments.decide('MAIL', {}, (one) => {
      told.push(`then ${one?.behaviour ?? null}`);
      after();
    });
  const judged = Promise.resolve(verdict)
    .catch(() => null)
    .then(() => new Promise((resolve) => setImmediate(resolve)));
  return { told, counts, treatments, treated, decide, judged };
}
