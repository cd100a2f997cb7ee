/** A virtual user whose session ends before its time: by a fault, by the server while it is idle, or because we cut it off. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from './smtp-dialog.js';
import { UserRig } from './user-rig.js';

/** A policy that acts on one step only. */
function at(step: Step, answer: string): (actual: Step) => string | null {
  return (actual) => (actual === step ? answer : null);
}

/** Whole tens: a session that fails late takes a millisecond of its own. */
function gapsMs(timesUs: readonly number[]): number[] {
  return timesUs.slice(1).map((timeUs, i) => Math.floor((timeUs - timesUs[i]!) / 10_000) * 10);
}

function repeat(times: number, action: () => void): void {
  for (let i = 0; i < times; i++) action();
}

describe('after a failure of its session a virtual user', () => {
  test('waits 100 ms, doubling to 5 s, and is not ready meanwhile', () => {
    const rig = new UserRig({ onReady: (it) => it.iterations < 9 && it.iterate() });
    rig.server.refusal = 'ECONNREFUSED';
    rig.complete();
    assert.deepEqual(gapsMs(rig.server.connectsAtUs), [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    assert.equal(rig.measurements.takeCounts().failed, 9);
    assert.equal(rig.inFlight, 0);
  });

  test('says done at once and ready only after the wait', () => {
    const rig = new UserRig();
    rig.server.refusal = 'ECONNREFUSED';
    rig.iterate();
    rig.run(99);
    assert.deepEqual(rig.log, ['done']);
    rig.run(2);
    assert.deepEqual(rig.log, ['done', 'ready']);
  });

  test('takes back that it is ready when the session broke while it was idle', () => {
    const rig = new UserRig();
    rig.complete();
    rig.server.say('no reply at all');
    rig.run(50);
    assert.equal(rig.isReady, false);
    rig.run();
    assert.deepEqual(rig.log, ['done', 'ready', 'busy', 'ready']);
  });

  test('waits 100 ms again once a message has been dealt with', () => {
    const rig = new UserRig();
    rig.server.refusal = 'ECONNREFUSED';
    repeat(3, () => rig.complete());
    rig.server.refusal = null;
    rig.complete();
    rig.server.policy = at('MAIL', '421 4.3.2 going down');
    rig.complete();
    rig.complete();
    assert.deepEqual(gapsMs(rig.server.connectsAtUs).slice(-2), [400, 100]);
  });

  test('waits ever longer for a server that greets and then hangs up', () => {
    const rig = new UserRig();
    rig.server.policy = at('MAIL', 'hang-up');
    repeat(4, () => rig.complete());
    assert.deepEqual(gapsMs(rig.server.connectsAtUs), [100, 200, 400]);
  });

  for (const [when, onDone] of [
    ['while it waits', () => {}],
    ['before', (rig: UserRig) => rig.user.retire()],
  ] as const) {
    test(`waits no longer when it is retired ${when}`, () => {
      const rig = new UserRig({ onReady: () => assert.fail('a retired user is never ready'), onDone });
      rig.server.refusal = 'ECONNREFUSED';
      rig.iterate();
      rig.run(50);
      if (when === 'while it waits') rig.user.retire();
      assert.equal(rig.clock.pending, 0);
    });
  }

  for (const [step, outcome] of [
    ['CONNECT', 'rejected'],
    ['EHLO', 'rejected'],
    ['MAIL', 'rejected'],
    ['CONTENT', 'rejected'],
  ] as const) {
    test(`waits when a 421 came at ${step}, which is ${outcome}`, () => {
      const rig = new UserRig();
      rig.server.policy = at(step, '421 4.3.2 going down');
      rig.iterate();
      rig.run(50);
      assert.equal(rig.isReady, false);
      assert.equal(rig.measurements.takeCounts()[outcome], 1);
      assert.equal(rig.measurements.sessionsOpen, 0);
    });
  }
});

describe('when the server ends an idle session a virtual user', () => {
  for (const [how, end] of [
    ['closes it', (rig: UserRig) => rig.server.closeAll()],
    ['resets it', (rig: UserRig) => rig.server.resetAll()],
    ['says 421', (rig: UserRig) => rig.server.say('421 4.4.2 idle for too long')],
  ] as const) {
    test(`opens a new one for the next message and counts no failure when it ${how}`, () => {
      const rig = new UserRig();
      rig.complete();
      end(rig);
      rig.run(10);
      assert.equal(rig.user.hasSession, false);
      const beganAtUs = rig.clock.nowUs();
      rig.complete();
      assert.equal(rig.server.connectsAtUs[1], beganAtUs);
      const { begun, accepted, failed } = rig.measurements.takeCounts();
      assert.deepEqual([begun, accepted, failed], [2, 2, 0]);
    });
  }

  test('sends a message that falls due while the session closes on the next one', () => {
    const rig = new UserRig();
    rig.complete();
    rig.server.resetAll();
    rig.complete();
    assert.deepEqual(rig.accepted, [0, 1]);
    assert.equal(rig.server.connectsAtUs.length, 2);
  });
});

describe('an interrupted virtual user', () => {
  const STEPS = ['CONNECT', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'CONTENT'] as const;
  for (const iteration of ['message', 'session'] as const) {
    for (const step of STEPS) {
      test(`ends its ${iteration} waiting for the reply to ${step} as interrupted`, () => {
        const rig = new UserRig({ iteration, messagesPerSession: 2 });
        rig.server.policy = at(step, 'silence');
        rig.iterate();
        rig.run(10);
        rig.user.interrupt();
        rig.run();
        const { begun, interrupted, inDoubt } = rig.measurements.takeCounts();
        assert.deepEqual([begun, interrupted, inDoubt], [1, 1, step === 'CONTENT' ? 1 : 0]);
        assert.deepEqual([rig.inFlight, rig.user.hasSession, rig.measurements.sessionsOpen], [0, false, 0]);
      });
    }
  }

  test('ends before the connection is there', () => {
    const rig = new UserRig();
    rig.iterate();
    rig.user.interrupt();
    rig.run();
    assert.equal(rig.measurements.takeCounts().interrupted, 1);
    assert.deepEqual([rig.inFlight, rig.measurements.sessionsOpen], [0, 0]);
  });

  test('ends both messages that are in flight when coalesced', () => {
    const rig = new UserRig({ pipelining: 'coalesced', onOffer: (it) => it.iterations < 2 });
    rig.server.policy = at('CONTENT', 'silence');
    rig.iterate();
    rig.run(10);
    assert.equal(rig.inFlight, 2);
    rig.user.interrupt();
    rig.run();
    const { begun, interrupted, inDoubt } = rig.measurements.takeCounts();
    assert.deepEqual([begun, interrupted, inDoubt], [2, 2, 1]);
    assert.equal(rig.inFlight, 0);
  });

  test('drops the wait to reconnect', () => {
    const rig = new UserRig();
    rig.server.refusal = 'ECONNREFUSED';
    rig.iterate();
    rig.run(50);
    rig.user.interrupt();
    assert.equal(rig.clock.pending, 0);
    assert.equal(rig.inFlight, 0);
  });

  test('ends a message that came while its session was breaking, unsent', () => {
    const rig = new UserRig();
    rig.complete();
    // An unreadable reply on a session that load takes for idle: the user was ready when it broke.
    rig.server.say('no reply at all');
    rig.clock.at(rig.clock.nowUs() + 100, () => rig.iterate());
    rig.run(10);
    assert.equal(rig.server.connectsAtUs.length, 1);
    rig.user.interrupt();
    rig.run();
    const { begun, accepted, interrupted } = rig.measurements.takeCounts();
    assert.deepEqual([begun, accepted, interrupted], [2, 1, 1]);
    assert.equal(rig.inFlight, 0);
    const report = rig.reports.take().reports.at(-1);
    assert.deepEqual([report?.outcome, report?.cause, report?.mailAtUs], ['interrupted', 'stopped', null]);
  });

  test('has nothing to cut off when it is idle', () => {
    const rig = new UserRig();
    rig.complete();
    rig.user.interrupt();
    rig.run();
    const { begun, interrupted } = rig.measurements.takeCounts();
    assert.deepEqual([begun, interrupted, rig.measurements.sessionsOpen], [1, 0, 0]);
  });
});
