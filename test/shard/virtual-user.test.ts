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
