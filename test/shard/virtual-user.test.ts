import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from './smtp-dialog.js';
import { RIG_START_US, UserRig } from './user-rig.js';

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

describe('a virtual user', () => {
  test('sends one message after the other on one session', () => {
    const rig = new UserRig();
    repeat(5, () => rig.complete());
    assert.equal(rig.server.connectsAtUs.length, 1);
    assert.deepEqual(rig.accepted, [0, 1, 2, 3, 4]);
    assert.deepEqual(rig.log, Array(5).fill(['done', 'ready']).flat());
  });

  test('says QUIT when the messages of a session are used up, and opens a new one for the next', () => {
    const rig = new UserRig({ messagesPerSession: 2 });
    repeat(5, () => rig.complete());
    assert.equal(rig.server.connectsAtUs.length, 3);
    assert.equal(rig.server.written.match(/QUIT/g)?.length, 2);
    assert.deepEqual(rig.accepted.length, 5);
  });

  test('is not ready before the session that is used up has closed: it never holds two', () => {
    const rig = new UserRig({ messagesPerSession: 1 });
    rig.iterate();
    let most = 0;
    while (rig.clock.pending > 0) {
      rig.run(0.1);
      most = Math.max(most, rig.server.open + (rig.isReady ? 1 : 0));
    }
    assert.equal(rig.isReady, true);
    assert.equal(most, 1);
    assert.equal(rig.user.hasSession, false);
  });

  test('says QUIT when it is retired', () => {
    const rig = new UserRig();
    rig.complete();
    rig.user.retire();
    rig.run();
    assert.match(rig.server.written, /QUIT\r\n$/);
    assert.equal(rig.user.hasSession, false);
    assert.equal(rig.measurements.sessionsOpen, 0);
  });

  test('has warm-up messages stamped as such and out of the trends, but in the counts', () => {
    const rig = new UserRig({ steadyFromUs: RIG_START_US + 50_000 });
    rig.complete();
    rig.run(60);
    rig.complete();
    assert.deepEqual(
      rig.server.taken.map(({ isWarmup }) => isWarmup),
      [true, false],
    );
    const counts = rig.measurements.takeCounts();
    assert.deepEqual([counts.begun, counts.accepted], [2, 2]);
    const { counters } = rig.measurements.recorder.swap().instant;
    assert.equal(counters['smtp_messages{outcome:accepted}'], 1);
    assert.equal(counters.smtp_sessions, undefined);
  });

  test('counts from when a message was due, and from when it was begun', () => {
    const rig = new UserRig();
    rig.run(50);
    rig.iterate(RIG_START_US + 20_000);
    rig.run();
    const [report] = rig.reports.take().reports;
    assert.equal(report?.scheduledAtUs, RIG_START_US + 20_000);
    assert.equal(report?.startedAtUs, RIG_START_US + 50_000);
  });
});

describe('a virtual user whose iteration is a session', () => {
  test('sends all messages of the session, then QUIT, in one iteration', () => {
    const rig = new UserRig({ iteration: 'session', messagesPerSession: 3 });
    repeat(2, () => rig.complete());
    assert.equal(rig.server.connectsAtUs.length, 2);
    assert.deepEqual(rig.accepted, [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(rig.log, ['done', 'ready', 'done', 'ready']);
    assert.equal(rig.measurements.sessionsOpen, 0);
  });

  test('sends them with the content of the one before where that is coalesced', () => {
    const rig = new UserRig({ iteration: 'session', messagesPerSession: 3, pipelining: 'coalesced' });
    rig.complete();
    assert.deepEqual(rig.accepted, [0, 1, 2]);
    assert.deepEqual(rig.log, ['done', 'ready']);
  });

  test('is over when the session is, whatever is left', () => {
    const rig = new UserRig({ iteration: 'session', messagesPerSession: 3 });
    rig.server.policy = at('DATA', '421 4.3.2 going down');
    rig.complete();
    const { begun, rejected } = rig.measurements.takeCounts();
    assert.deepEqual([begun, rejected], [1, 1]);
    assert.deepEqual(rig.log, ['done', 'ready']);
  });

  test('goes on after a refused message', () => {
    const rig = new UserRig({ iteration: 'session', messagesPerSession: 2 });
    rig.server.policy = at('RCPT', '550 5.1.1 nobody');
    rig.complete();
    assert.equal(rig.measurements.takeCounts().rejected, 2);
    assert.equal(rig.server.connectsAtUs.length, 1);
  });
});

describe('a virtual user with a think time', () => {
  test('is ready only after the pause, and keeps its session', () => {
    const rig = new UserRig({ thinkTimeMs: 500 });
    rig.iterate();
    rig.run(499);
    assert.deepEqual(rig.log, ['done']);
    rig.run(10);
    assert.deepEqual(rig.log, ['done', 'ready']);
    rig.complete();
    assert.equal(rig.server.connectsAtUs.length, 1);
    const counts = rig.reports
      .take()
      .reports.map(({ startedAtUs, endedAtUs }) => (endedAtUs ?? 0) - startedAtUs);
    assert.ok(Math.max(...counts) < 100_000, 'the pause is no part of a message');
  });

  test('pauses between the messages of an iteration, and not after the last', () => {
    const rig = new UserRig({ iteration: 'session', messagesPerSession: 3, thinkTimeMs: 500 });
    rig.complete();
    const [first, second, third] = rig.reports.take().reports.map(({ mailAtUs }) => mailAtUs ?? 0);
    assert.deepEqual(gapsMs([first!, second!, third!]), [500, 500]);
    assert.ok(rig.clock.nowUs() - third! < 100_000);
  });

  test('does not offer to take more at once', () => {
    const onOffer = () => assert.fail('offered');
    const rig = new UserRig({ pipelining: 'coalesced', thinkTimeMs: 500, onOffer });
    rig.complete();
    assert.deepEqual(rig.accepted, [0]);
  });

  test('is ready at once when the server closes the session meanwhile', () => {
    const rig = new UserRig({ thinkTimeMs: 500 });
    rig.iterate();
    rig.run(50);
    rig.server.closeAll();
    rig.run(50);
    assert.equal(rig.isReady, true);
  });

  test('pauses no longer when it is retired', () => {
    const rig = new UserRig({ thinkTimeMs: 500, onDone: (it) => it.user.retire() });
    rig.complete();
    assert.equal(rig.user.hasSession, false);
    assert.ok(rig.clock.nowUs() - RIG_START_US < 100_000);
  });
});

describe('a virtual user whose server limits the transactions of a session', () => {
  const EHLO = '250-test.example\r\n250-PIPELINING\r\n250 LIMITS MAILMAX=2';
  for (const [limits, sessions] of [
    ['honour', 3],
    ['ignore', 1],
  ] as const) {
    test(`opens ${sessions} for five messages when told to ${limits} that`, () => {
      const rig = new UserRig({ limits });
      rig.server.policy = at('EHLO', EHLO);
      repeat(5, () => rig.complete());
      assert.equal(rig.server.connectsAtUs.length, sessions);
      assert.equal(rig.accepted.length, 5);
    });
  }

  test('ends an iteration that is a session there', () => {
    const rig = new UserRig({ iteration: 'session', messagesPerSession: 5 });
    rig.server.policy = at('EHLO', EHLO);
    rig.complete();
    assert.deepEqual(rig.accepted, [0, 1]);
    assert.deepEqual(rig.log, ['done', 'ready']);
  });
});

describe('a virtual user that abandons its session', () => {
  const ABANDON = { phase: 'EHLO', when: 'reply', how: 'drop', contentShare: 0, share: 1 } as const;

  test('counts the message as interrupted and as expected, and opens the next one at once', () => {
    const rig = new UserRig({ identity: { abandon: ABANDON } });
    repeat(3, () => rig.complete());
    const { begun, interrupted } = rig.measurements.takeCounts();
    assert.deepEqual([begun, interrupted], [3, 3]);
    assert.deepEqual(gapsMs(rig.server.connectsAtUs), [0, 0]);
    const rows = rig.measurements.takeOutcomes();
    assert.deepEqual(
      rows.map(({ outcome, cause, expected, count }) => [outcome, cause, expected, count]),
      [['interrupted', 'abandoned', true, 3]],
    );
  });
});

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

describe('a coalescing virtual user', () => {
  test('takes the next message along with the content that is due', () => {
    const rig = new UserRig({ pipelining: 'coalesced', onOffer: (it) => it.iterations < 4 });
    rig.complete();
    assert.deepEqual(rig.accepted, [0, 1, 2, 3]);
    assert.deepEqual(rig.log, ['done', 'done', 'done', 'done', 'ready']);
    assert.equal(rig.server.connectsAtUs.length, 1);
  });

  test('does not offer more than the session has messages left', () => {
    const rig = new UserRig({
      pipelining: 'coalesced',
      messagesPerSession: 2,
      onOffer: (it) => it.iterations < 5,
      onReady: (it) => it.iterations < 5 && it.iterate(),
    });
    rig.complete();
    assert.deepEqual(rig.accepted, [0, 1, 2, 3, 4]);
    assert.equal(rig.server.connectsAtUs.length, 3);
  });

  test('sends nothing ahead when load lets the offer pass, and is not ready before the message is done', () => {
    const rig = new UserRig({ pipelining: 'coalesced', onOffer: () => false });
    rig.server.policy = at('CONTENT', 'silence');
    rig.iterate();
    rig.run(10);
    assert.deepEqual([rig.isReady, rig.inFlight], [false, 1]);
  });

  test('puts the message that it is given behind a content that is still being written', () => {
    const rig = new UserRig({
      pipelining: 'coalesced',
      bodyBytes: 300_000,
      onOffer: (it) => it.iterations < 2,
    });
    rig.server.flushUs = 5_000;
    rig.complete();
    assert.deepEqual(rig.accepted, [0, 1]);
    const sizes = rig.server.taken.map(({ sizeBytes }) => sizeBytes);
    assert.equal(sizes[0], sizes[1]);
    assert.equal(rig.server.connectsAtUs.length, 1);
  });
});

describe('a virtual user with a window', () => {
  const CHUNKING = '250-test.example\r\n250-PIPELINING\r\n250 CHUNKING';
  const options = { window: 4, pipelining: 'auto' } as const;

  test('offers as long as there is room, and is ready only when nothing is in flight', () => {
    const most: number[] = [];
    const rig = new UserRig({
      ...options,
      onOffer: (it) => {
        most.push(it.inFlight);
        return it.iterations < 10;
      },
    });
    rig.server.policy = at('EHLO', CHUNKING);
    rig.complete();
    assert.deepEqual(rig.accepted.length, 10);
    assert.equal(Math.max(...most), 3);
    assert.equal(rig.log.filter((word) => word === 'ready').length, 1);
    assert.equal(rig.server.connectsAtUs.length, 1);
  });

  test('sends no more than the session has messages left', () => {
    const rig = new UserRig({ ...options, messagesPerSession: 3, onOffer: () => true });
    rig.server.policy = at('EHLO', CHUNKING);
    rig.complete();
    assert.deepEqual(rig.accepted, [0, 1, 2]);
  });

  test('fills it with the messages of an iteration that is a session', () => {
    const rig = new UserRig({ ...options, iteration: 'session', messagesPerSession: 6 });
    rig.server.policy = at('EHLO', CHUNKING);
    rig.complete();
    assert.deepEqual(rig.accepted, [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(rig.log, ['done', 'ready']);
  });
});

describe('what a virtual user reports', () => {
  test('says why: unexpected where a reply decided, failed where none did', () => {
    const rig = new UserRig();
    rig.server.policy = at('RCPT', '550 5.1.1 nobody');
    rig.complete();
    rig.server.policy = at('DATA', 'hang-up');
    rig.complete();
    rig.server.policy = at('CONTENT', 'hang-up');
    rig.complete();
    rig.server.policy = () => null;
    rig.complete();
    assert.deepEqual(
      rig.reports.take().reports.map(({ why, outcome, phase }) => [why, outcome, phase]),
      [
        ['unexpected', 'rejected', 'RCPT'],
        ['failed', 'failed', 'DATA'],
        ['in-doubt', 'failed', 'CONTENT'],
        ['all', 'accepted', 'CONTENT'],
      ],
    );
  });

  test('carries token, recipients, stamps and the deciding reply', () => {
    const rig = new UserRig();
    rig.server.policy = at('CONTENT', '250 2.0.0 queued as 4XyZ');
    rig.complete();
    const [report] = rig.reports.take().reports;
    assert.deepEqual([report?.token, report?.recipients], ['test-0', ['user0@example.test']]);
    assert.equal(report?.reply, '2.0.0 queued as 4XyZ');
    assert.deepEqual([report?.code, report?.enhanced], [250, '2.0.0']);
    const { scheduledAtUs = 0, mailAtUs, endedAtUs } = report ?? {};
    assert.ok(scheduledAtUs < (mailAtUs ?? 0) && (mailAtUs ?? 0) < (endedAtUs ?? 0));
  });
});
