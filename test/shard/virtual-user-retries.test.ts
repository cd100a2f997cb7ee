import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Histogram } from '#src/metrics/histogram.js';
import type { Retries } from '#src/scenario/client-options.js';
import { MAX_WAITING } from '#src/shard/retry-queue.js';
import type { Answer, Policy, Step } from './smtp-dialog.js';
import { UserRig, type UserRigOptions } from './user-rig.js';

const GREYLISTED = '450 4.2.0 greylisted, try again';
const RETRIES = { attempts: 3, delayMs: 1_000, factor: 2 };
const MOVING = { attempts: 1, reusedSession: true };

/** Answers to one step, one after the other; then good ones. */
function answersTo(step: Step, ...answers: readonly Answer[]): Policy {
  let next = 0;
  return (actual) => (actual === step ? (answers[next++] ?? null) : null);
}

function rigOf(retries: Partial<Retries>, policy: Policy, options: UserRigOptions = {}): UserRig {
  const rig = new UserRig({ ...options, retries });
  rig.server.policy = policy;
  return rig;
}

/** Whole tens of ms. */
function connectsMs(rig: UserRig): number[] {
  return rig.server.connectsAtUs.map((us) => Math.floor((us - 1_000_000) / 10_000) * 10);
}

function countersOf(rig: UserRig): Readonly<Record<string, number>> {
  return rig.measurements.recorder.swap().instant.counters;
}

describe('a virtual user that tries again', () => {
  test('sends the same message after the delay, longer each time, and counts it once', () => {
    const rig = rigOf(RETRIES, answersTo('RCPT', GREYLISTED, GREYLISTED));
    rig.complete();
    assert.deepEqual(rig.accepted, [0]);
    const { begun, accepted, rejected, offered, acceptedCopies, refused } = rig.measurements.takeCounts();
    assert.deepEqual([begun, accepted, rejected], [1, 1, 0]);
    assert.deepEqual([offered, acceptedCopies, refused], [1, 1, 0]);
    const counters = countersOf(rig);
    assert.deepEqual(
      [counters['smtp_attempts{cause:first}'], counters['smtp_attempts{cause:retry}']],
      [1, 2],
    );
    assert.equal(rig.inFlight, 0);
    const [report] = rig.reports.take().reports;
    const tookMs = ((report?.endedAtUs ?? 0) - (report?.startedAtUs ?? 0)) / 1000;
    assert.ok(tookMs > 3_000 && tookMs < 3_100, `${tookMs} ms`);
    assert.equal(rig.server.written.match(/MAIL FROM:<from@example.test>/g)?.length, 3);
    assert.equal(rig.server.written.match(/RCPT TO:<user0@example.test>/g)?.length, 3);
  });

  test('gives up after the last attempt with what that came to', () => {
    const rig = rigOf(RETRIES, (step) => (step === 'RCPT' ? GREYLISTED : null));
    rig.complete();
    const { begun, rejected, refused } = rig.measurements.takeCounts();
    assert.deepEqual([begun, rejected, refused], [1, 1, 1]);
    assert.equal(rig.server.written.match(/RCPT/g)?.length, 3);
    assert.deepEqual(
      rig.reports.take().reports.map(({ code, why }) => [code, why]),
      [[450, 'unexpected']],
    );
  });

  test('is ready while a message waits, and done with it only at its outcome', () => {
    const rig = rigOf(RETRIES, answersTo('RCPT', GREYLISTED));
    rig.iterate();
    rig.run(100);
    assert.deepEqual([rig.log, rig.isReady, rig.inFlight], [['ready'], true, 1]);
    rig.iterate();
    rig.run(100);
    assert.deepEqual(rig.accepted, [1]);
    assert.equal(rig.inFlight, 1);
    rig.run();
    assert.deepEqual(rig.accepted, [1, 0]);
    assert.deepEqual(rig.log, ['ready', 'done', 'ready', 'busy', 'done', 'ready']);
    assert.equal(rig.server.connectsAtUs.length, 1);
  });

  test('sends a due retry before anything new', () => {
    const rig = rigOf(RETRIES, answersTo('RCPT', GREYLISTED), {
      onReady: (it) => it.iterations < 20 && it.clock.at(it.clock.nowUs() + 60_000, () => next(it)),
    });
    const next = (it: UserRig) => it.isReady && it.iterate();
    rig.complete();
    const last = rig.accepted.indexOf(0);
    assert.ok(last > 5 && last < 19, `came as number ${last}`);
  });

  test('opens a session for a retry when it has none', () => {
    const rig = rigOf(RETRIES, answersTo('CONNECT', '421 4.3.2 too busy'));
    rig.iterate();
    rig.run(500);
    assert.deepEqual([rig.user.hasSession, rig.isReady, rig.inFlight], [false, true, 1]);
    rig.run();
    assert.deepEqual(connectsMs(rig), [0, 1000]);
    assert.deepEqual(rig.accepted, [0]);
  });

  test('sends it to those only who were refused for now, and adds up the copies', () => {
    const refused = new Set(['<b@example.test>', '<c@example.test>']);
    const policy: Policy = (step, argument) => {
      if (step !== 'RCPT') return null;
      if (argument === '<d@example.test>') return '550 5.1.1 nobody';
      return refused.delete(argument) ? GREYLISTED : null;
    };
    const to = ['a', 'b', 'c', 'd'].map((name) => `${name}@example.test`);
    const rig = rigOf(RETRIES, policy, { to });
    rig.complete();
    assert.deepEqual(
      rig.server.taken.map(({ recipients }) => recipients),
      [['<a@example.test>'], ['<b@example.test>', '<c@example.test>']],
    );
    assert.deepEqual(
      rig.server.taken.map(({ number, sizeBytes }) => [number, sizeBytes]),
      Array(2).fill([0, rig.server.taken[0]?.sizeBytes]),
    );
    const counts = rig.measurements.takeCounts();
    assert.deepEqual(
      [counts.accepted, counts.partial, counts.offered, counts.acceptedCopies, counts.refused],
      [1, 1, 4, 3, 1],
    );
    assert.deepEqual(rig.accepted, [0]);
  });

  test('keeps an acceptance, whatever the last attempt for the others came to', () => {
    for (const [answer, refused, undecided] of [
      [GREYLISTED, 1, 0],
      ['hang-up', 0, 1],
    ] as const) {
      const policy = answersTo('RCPT', null, GREYLISTED, answer);
      const rig = rigOf({ ...RETRIES, attempts: 2 }, policy, { to: ['a@example.test', 'b@example.test'] });
      rig.complete();
      const counts = rig.measurements.takeCounts();
      assert.deepEqual(
        [counts.accepted, counts.failed, counts.acceptedCopies, counts.refused, counts.undecided],
        [1, 0, 1, refused, undecided],
      );
      assert.equal(rig.reports.take().reports[0]?.code, 250);
    }
  });

  test('takes response time from the first attempt and completion from the last', () => {
    const rig = rigOf(RETRIES, answersTo('RCPT', GREYLISTED));
    rig.complete();
    const { trends } = rig.measurements.recorder.swap();
    const maxMs = maxOf({ [Symbol.iterator]: () => trends });
    assert.ok(maxMs('smtp_message_duration{outcome:accepted}') < 100);
    assert.ok(maxMs('smtp_message_service_duration{outcome:accepted}') < 100);
    assert.ok(maxMs('smtp_message_completion_duration{outcome:accepted}') > 1_000);
    assert.ok(maxMs('smtp_transaction_duration{outcome:rejected}') < 100);
    assert.ok(maxMs('smtp_transaction_duration{outcome:accepted}') < 100);
  });

  test('stamps every attempt with the time of the first MAIL', () => {
    const rig = rigOf(RETRIES, answersTo('CONTENT', '451 4.3.0 later'));
    rig.complete();
    const [report] = rig.reports.take().reports;
    assert.deepEqual(rig.sentAtUs, [report?.mailAtUs, report?.mailAtUs]);
  });

  test('keeps that stamp where the content was put together before MAIL was out', () => {
    const greylisting = answersTo('RCPT', GREYLISTED);
    const chunking: Policy = (step, argument) =>
      step === 'EHLO' ? '250-hi\r\n250-CHUNKING\r\n250 PIPELINING' : greylisting(step, argument);
    const rig = rigOf(RETRIES, chunking, { window: 2, pipelining: 'auto' });
    rig.server.flushUs = 50;
    rig.complete();
    const [first, second, ...others] = rig.sentAtUs;
    assert.deepEqual([second, others, rig.accepted], [first, [], [0]]);
  });

  test('begins nothing new while a thousand messages wait', () => {
    const rig = rigOf({ attempts: 2, delayMs: 3_600_000 }, (step) => (step === 'RCPT' ? GREYLISTED : null), {
      onReady: (it) => it.iterate(),
    });
    rig.iterate();
    rig.run(60_000);
    assert.deepEqual([rig.iterations, rig.isReady], [MAX_WAITING, false]);
  });

  test('does not offer to take more while a thousand messages wait', () => {
    const policy: Policy = (step) =>
      step === 'EHLO'
        ? '250-test.example\r\n250-PIPELINING\r\n250 CHUNKING'
        : step === 'RCPT'
          ? GREYLISTED
          : null;
    const rig = rigOf({ attempts: 2, delayMs: 3_600_000 }, policy, {
      window: 4,
      pipelining: 'auto',
      onOffer: () => true,
    });
    rig.iterate();
    rig.run(60_000);
    assert.ok(rig.iterations >= MAX_WAITING && rig.iterations < MAX_WAITING + 4, `${rig.iterations} begun`);
  });

  test('ends what waits as its last attempt did when it is interrupted', () => {
    const rig = rigOf(RETRIES, answersTo('RCPT', GREYLISTED));
    rig.iterate();
    rig.run(100);
    rig.user.interrupt();
    rig.run();
    const { begun, rejected, refused } = rig.measurements.takeCounts();
    assert.deepEqual([begun, rejected, refused, rig.inFlight], [1, 1, 1, 0]);
    assert.equal(rig.clock.pending, 0);
  });

  test('ends an attempt that is cut off in the middle as interrupted', () => {
    const rig = rigOf(RETRIES, answersTo('RCPT', GREYLISTED, 'silence'));
    rig.iterate();
    rig.run(1_100);
    rig.user.interrupt();
    rig.run();
    const { begun, interrupted, undecided } = rig.measurements.takeCounts();
    assert.deepEqual([begun, interrupted, undecided, rig.inFlight], [1, 1, 1, 0]);
  });

  test('lets an iteration that is a session wait for its messages, and retries them on one of their own', () => {
    const rig = rigOf(RETRIES, answersTo('RCPT', GREYLISTED, GREYLISTED), {
      iteration: 'session',
      messagesPerSession: 3,
    });
    rig.iterate();
    rig.run(500);
    assert.deepEqual([rig.log, rig.user.hasSession], [['ready'], false]);
    assert.deepEqual(rig.accepted, [2]);
    rig.run();
    assert.deepEqual(rig.accepted, [2, 0, 1]);
    assert.deepEqual(rig.log, ['ready', 'busy', 'done', 'ready']);
    assert.deepEqual(connectsMs(rig), [0, 1000]);
    assert.equal(rig.measurements.sessionsOpen, 0);
  });

  test('begins no iteration that is a session on the session of a retry', () => {
    const rig = rigOf(RETRIES, answersTo('RCPT', GREYLISTED), {
      iteration: 'session',
      messagesPerSession: 3,
      pipelining: 'coalesced',
      onOffer: () => true,
    });
    rig.iterate();
    rig.run();
    assert.deepEqual(rig.accepted, [1, 2, 0]);
    assert.deepEqual([rig.iterations, rig.inFlight], [1, 0]);
  });
});

describe('a virtual user whose used session is closed', () => {
  for (const [what, step, answer] of [
    ['a 421 to MAIL', 'MAIL', '421 4.7.0 enough'],
    ['a close at MAIL', 'MAIL', 'hang-up'],
    ['a close at DATA', 'DATA', 'hang-up'],
    ['a 421 to the content', 'CONTENT', '421 4.3.2 going down'],
  ] as const) {
    test(`sends the message once more, at once, on a new one after ${what}`, () => {
      const rig = rigOf(MOVING, answersTo(step, null, answer));
      rig.complete();
      rig.complete();
      assert.deepEqual(rig.accepted, [0, 1]);
      assert.deepEqual(connectsMs(rig), [0, 0]);
      const { begun, accepted } = rig.measurements.takeCounts();
      assert.deepEqual([begun, accepted, rig.inFlight], [2, 2, 0]);
      assert.equal(countersOf(rig)['smtp_attempts{cause:reused_session}'], 1);
    });
  }

  test('also when the 421 came in one breath with the final reply before', () => {
    const final = '250 2.0.0 taken\r\n421 4.7.0 enough of you';
    const rig = rigOf(MOVING, answersTo('CONTENT', final), {
      onReady: (it) => it.iterations < 2 && it.iterate(),
    });
    rig.complete();
    assert.deepEqual(rig.accepted, [0, 1]);
    assert.equal(rig.server.connectsAtUs.length, 2);
    const { counters } = rig.measurements.recorder.swap().instant;
    assert.equal(counters['smtp_attempts{cause:reused_session}'], 1);
    assert.deepEqual(
      Object.keys(counters).filter((key) => key.startsWith('samples_clamped')),
      [],
    );
  });

  test('does not when the session was new', () => {
    const rig = rigOf(MOVING, answersTo('MAIL', '421 4.7.0 enough'));
    rig.complete();
    assert.equal(rig.measurements.takeCounts().rejected, 1);
  });

  test('does not when the content was out and no reply came, unless told so', () => {
    for (const inDoubt of [false, true]) {
      const rig = rigOf({ ...MOVING, inDoubt }, answersTo('CONTENT', null, 'hang-up'));
      rig.complete();
      rig.complete();
      const { accepted, failed, inDoubt: counted } = rig.measurements.takeCounts();
      assert.deepEqual([accepted, failed, counted], inDoubt ? [2, 0, 0] : [1, 1, 1]);
    }
  });

  test('does so once: what the new session says is the end', () => {
    const rig = rigOf(MOVING, answersTo('MAIL', null, '421 enough', '421 enough'));
    rig.complete();
    rig.complete();
    const { accepted, rejected } = rig.measurements.takeCounts();
    assert.deepEqual([accepted, rejected], [1, 1]);
  });

  test('or tries that again later, where it may: it is no attempt of its own', () => {
    const rig = rigOf(
      { attempts: 2, delayMs: 1_000, factor: 1, reusedSession: true },
      answersTo('MAIL', null, '421 enough', '421 enough'),
    );
    rig.complete();
    rig.complete();
    assert.deepEqual(rig.accepted, [0, 1]);
    const counters = countersOf(rig);
    assert.deepEqual(
      ['first', 'reused_session', 'retry'].map((cause) => counters[`smtp_attempts{cause:${cause}}`]),
      [2, 1, 1],
    );
  });

  test('takes along what was coalesced behind the message that was answered', () => {
    const rig = rigOf(MOVING, answersTo('CONTENT', null, '421 4.3.2 going down'), {
      pipelining: 'coalesced',
      onOffer: (it) => it.iterations < 4,
    });
    rig.complete();
    assert.deepEqual(rig.accepted, [0, 1, 2, 3]);
    assert.equal(rig.server.connectsAtUs.length, 2);
    assert.equal(countersOf(rig)['smtp_attempts{cause:reused_session}'], 2);
  });

  test('goes on with its iteration, which is a session to load', () => {
    const rig = rigOf(MOVING, answersTo('MAIL', null, '421 4.7.0 enough'), {
      iteration: 'session',
      messagesPerSession: 3,
    });
    rig.complete();
    assert.deepEqual(rig.accepted, [0, 1, 2]);
    assert.deepEqual(rig.log, ['done', 'ready']);
    assert.equal(rig.server.connectsAtUs.length, 2);
  });
});

function maxOf(trends: Iterable<readonly [string, string]>): (key: string) => number {
  const all = new Map(trends);
  return (key) => {
    const histogram = Histogram.decode(all.get(key) as string);
    return histogram.max / 1000;
  };
}
