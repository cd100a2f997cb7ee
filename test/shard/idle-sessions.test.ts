import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IdleSessions, MAX_IN_SET_UP, OPENED_PER_SEC } from '#src/shard/idle-sessions.js';
import { Measurements } from '#src/shard/measurements.js';
import { VirtualClock } from '#test/load/virtual-clock.js';
import { sessionIdentity, sessionOptions } from '#test/smtp/options.js';
import { FakeServer, wireContext } from './fake-server.js';
import type { Policy } from './smtp-dialog.js';

const START_US = 1_000_000;

interface RigOptions {
  readonly sessions?: number;
  readonly noopEveryMs?: number;
  readonly policy?: Policy;
  /** Start of the run and of the steady state. */
  readonly startUs?: number;
}

class IdleRig {
  readonly clock = new VirtualClock({ startUs: START_US });
  readonly server = new FakeServer(this.clock);
  readonly measurements = new Measurements();
  readonly idle: IdleSessions;

  constructor({ sessions = 10, noopEveryMs, policy, startUs = START_US }: RigOptions = {}) {
    const { clock, server, measurements } = this;
    if (policy !== undefined) server.policy = policy;
    this.idle = new IdleSessions({
      sessions,
      noopEveryMs: noopEveryMs ?? null,
      reconnectDelayMs: { first: 100, max: 5_000 },
      session: sessionOptions(),
      identity: () => sessionIdentity(server.openTransport),
      wire: wireContext(clock),
      measurements,
      steadyFromUs: () => startUs,
      nowUs: () => clock.nowUs(),
      setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
    });
    this.idle.start(startUs);
  }

  run(ms: number): void {
    this.clock.run(this.clock.nowUs() + ms * 1000);
  }

  count(word: string): number {
    return this.server.written.split(`${word}\r\n`).length - 1;
  }

  lost(): Readonly<Record<string, number>> {
    const { counters } = this.measurements.recorder.swap().instant;
    return Object.fromEntries(
      Object.entries(counters).filter(([key]) => key.startsWith('smtp_idle_sessions_lost')),
    );
  }
}

describe('idle sessions', () => {
  test('are opened at a pace, held without a word, and end with QUIT', () => {
    const rig = new IdleRig({ sessions: 1_000 });
    rig.run(1_000);
    const opened = rig.server.connectsAtUs.length;
    assert.ok(opened > 0.9 * OPENED_PER_SEC && opened <= OPENED_PER_SEC, `${opened} in the first second`);
    rig.run(9_000);
    assert.deepEqual([rig.idle.held, rig.server.open, rig.measurements.sessionsOpen], [1_000, 1_000, 1_000]);
    assert.equal(rig.count('NOOP') + rig.count('QUIT'), 0);
    rig.idle.retire();
    rig.run(100);
    assert.equal(rig.count('QUIT'), 1_000);
    assert.deepEqual([rig.idle.hasSession, rig.measurements.sessionsOpen, rig.clock.pending], [false, 0, 0]);
    assert.deepEqual(rig.lost(), {});
  });

  test('wait for a run that starts a little later, and are all counted in it', () => {
    const rig = new IdleRig({ startUs: START_US + 100_500 });
    rig.run(100);
    assert.equal(rig.server.connectsAtUs.length, 0);
    rig.run(1_000);
    const { counters } = rig.measurements.recorder.swap().instant;
    assert.deepEqual([rig.idle.held, counters.smtp_sessions], [10, 10]);
  });

  test('are never more than a hundred in set-up', () => {
    const rig = new IdleRig({ sessions: 1_000, policy: (step) => (step === 'EHLO' ? 'silence' : null) });
    rig.run(5_000);
    assert.equal(rig.server.connectsAtUs.length, MAX_IN_SET_UP);
    assert.deepEqual([rig.idle.held, rig.idle.hasSession], [0, true]);
  });

  test('say NOOP once each in the interval, spread over it', () => {
    const rig = new IdleRig({ sessions: 100, noopEveryMs: 1_000 });
    rig.run(5_000);
    const before = rig.count('NOOP');
    rig.run(500);
    const half = rig.count('NOOP') - before;
    assert.ok(half > 45 && half < 55, `${half} in half an interval`);
    rig.run(9_500);
    const perSession = (rig.count('NOOP') - before) / 100;
    assert.ok(perSession > 9.8 && perSession < 10.2, `${perSession} each in ten intervals`);
    assert.equal(rig.idle.held, 100);
  });

  test('are counted and opened again when the server ends them', () => {
    const rig = new IdleRig();
    rig.run(100);
    rig.server.say('421 4.4.2 idle for too long');
    rig.run(5_000);
    assert.deepEqual(rig.lost(), { 'smtp_idle_sessions_lost{class:idle_timeout,phase:idle}': 10 });
    assert.equal(rig.idle.held, 10);
    assert.equal(rig.server.connectsAtUs.length, 20);
  });

  test('are counted when they are refused, and tried again no faster than the reconnect delay lets them', () => {
    const rig = new IdleRig({ policy: (step) => (step === 'CONNECT' ? '554 5.7.1 not you' : null) });
    rig.run(30_000);
    const [[key, refused] = ['', 0]] = Object.entries(rig.lost());
    assert.match(key, /phase:GREETING/);
    assert.ok(refused >= 50 && refused <= 120, `${refused} refused in 30 s`);
    assert.equal(rig.idle.held, 0);
  });

  test('are no messages', () => {
    const rig = new IdleRig({ noopEveryMs: 100 });
    rig.run(2_000);
    assert.equal(rig.measurements.takeCounts().begun, 0);
    const { counters } = rig.measurements.recorder.swap().instant;
    assert.equal(counters.smtp_sessions, 10);
    assert.ok(Object.keys(counters).some((key) => /^smtp_replies.*command:NOOP/.test(key)));
  });

  test('are cut off when they are interrupted, in set-up or held', () => {
    for (const policy of [() => null, (step: string) => (step === 'EHLO' ? ('silence' as const) : null)]) {
      const rig = new IdleRig({ policy });
      rig.run(100);
      rig.idle.interrupt();
      rig.run(100);
      assert.deepEqual(
        [rig.idle.hasSession, rig.measurements.sessionsOpen, rig.clock.pending],
        [false, 0, 0],
      );
      assert.deepEqual(rig.lost(), {});
    }
  });
});
