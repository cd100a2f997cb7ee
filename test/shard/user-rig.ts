/** A virtual user against a fake server in virtual time, with load's part played by the test. */
import assert from 'node:assert/strict';
import type { OutgoingMessage } from '#src/message/source.js';
import type { Retries } from '#src/scenario/client-options.js';
import { Measurements } from '#src/shard/measurements.js';
import { MessageReports } from '#src/shard/message-report.js';
import { VirtualUser, type VirtualUserContext } from '#src/shard/virtual-user.js';
import type { SessionIdentity, SessionOptions } from '#src/smtp/session-options.js';
import { VirtualClock } from '#test/load/virtual-clock.js';
import { sessionIdentity, sessionOptions } from '#test/smtp/options.js';
import { FakeServer, wireContext } from './fake-server.js';

export const RIG_START_US = 1_000_000;

export interface UserRigOptions {
  readonly iteration?: 'message' | 'session';
  readonly messagesPerSession?: number;
  readonly pipelining?: SessionOptions['pipelining'];
  readonly steadyFromUs?: number;
  readonly bodyBytes?: number;
  /** Called inside `ready`, as load may iterate there. */
  readonly onReady?: (rig: UserRig) => void;
  /** Called inside `offer`; true: load has an iteration for it. */
  readonly onOffer?: (rig: UserRig) => boolean;
  readonly retries?: Partial<Retries>;
  readonly thinkTimeMs?: number;
  /** Of every message; each has a recipient of its own when not given. */
  readonly to?: readonly string[];
  readonly limits?: SessionOptions['limits'];
  /** Transactions in flight, sent with BDAT. */
  readonly window?: number;
  readonly identity?: Partial<SessionIdentity>;
  /** Called inside `done`, as load may retire the user there. */
  readonly onDone?: (rig: UserRig) => void;
}

export class UserRig {
  readonly clock = new VirtualClock({ startUs: RIG_START_US });
  readonly server = new FakeServer(this.clock);
  readonly measurements = new Measurements();
  readonly reports = new MessageReports('all');
  readonly accepted: number[] = [];
  /** What the content of each attempt was stamped with. */
  readonly sentAtUs: number[] = [];
  /** `ready` and `done` in the order they came. */
  readonly log: string[] = [];
  readonly user: VirtualUser;
  isReady = true;
  inFlight = 0;
  iterations = 0;

  constructor(options: UserRigOptions = {}) {
    this.user = new VirtualUser(0, this.#context(options));
  }

  /** Begins an iteration, as load would: only on a user that is ready. */
  iterate(scheduledAtUs = this.clock.nowUs()): void {
    assert.ok(this.isReady, 'load would not iterate on a user that is not ready');
    this.isReady = false;
    this.#begin(scheduledAtUs);
  }

  #begin(scheduledAtUs: number): void {
    this.inFlight++;
    const startedAtUs = this.clock.nowUs();
    this.user.iterate({ iteration: this.iterations++, scheduledAtUs, startedAtUs });
  }

  /** Lets time pass: by so much, or until nothing is pending. */
  run(ms = Number.POSITIVE_INFINITY): void {
    this.clock.run(this.clock.nowUs() + ms * 1000);
  }

  /** Iterates and waits until the iteration is over and the user is ready again, or nothing more happens. */
  complete(): void {
    this.iterate();
    this.run();
  }

  #context(options: UserRigOptions): VirtualUserContext {
    const { clock, measurements, reports } = this;
    const perIteration = options.iteration === 'session' ? (options.messagesPerSession ?? 1) : 1;
    return {
      runId: 'test',
      iteration: options.iteration ?? 'message',
      session: sessionOptions({
        ehlo: 'client.example',
        pipelining: options.pipelining ?? 'off',
        limits: options.limits ?? 'honour',
        chunkBytes: options.window === undefined ? null : Number.MAX_SAFE_INTEGER,
        window: options.window ?? 1,
      }),
      identity: () => sessionIdentity(this.server.openTransport, options.identity),
      wire: wireContext(clock),
      retries: { ...NO_RETRIES, ...options.retries },
      thinkTimeMs: options.thinkTimeMs === undefined ? null : () => options.thinkTimeMs as number,
      reconnectDelayMs: { first: 100, max: 5_000 },
      measurements,
      reports,
      load: {
        ready: () => {
          assert.ok(!this.isReady, 'ready was said twice');
          this.isReady = true;
          this.log.push('ready');
          options.onReady?.(this);
        },
        busy: () => {
          assert.ok(this.isReady, 'busy was said without ready');
          this.isReady = false;
          this.log.push('busy');
        },
        offer: () => {
          assert.ok(!this.isReady, 'a user that is ready has no need to offer');
          const before = this.iterations;
          if (options.onOffer?.(this) === true) this.#begin(this.clock.nowUs());
          return this.iterations > before;
        },
        done: () => {
          assert.ok(this.inFlight > 0, 'done without an iteration');
          this.inFlight--;
          this.log.push('done');
          options.onDone?.(this);
        },
      },
      nowUs: () => clock.nowUs(),
      steadyFromUs: () => options.steadyFromUs ?? 0,
      compose: (iteration, index, isWarmup) =>
        this.#message(iteration * perIteration + index, isWarmup, options),
      messagesPerSession: () => options.messagesPerSession ?? Number.MAX_SAFE_INTEGER,
      accepted: (number) => this.accepted.push(number),
      setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
    };
  }

  #message(number: number, isWarmup: boolean, { bodyBytes = 100, to }: UserRigOptions): OutgoingMessage {
    const stamp = `X-Mailbench: v=1; r=test; n=${number}; w=${isWarmup ? 1 : 0}; \r\n`;
    const tail = Buffer.from(`\r\n${'x'.repeat(bodyBytes)}\r\n.\r\n`, 'latin1');
    return {
      number,
      from: 'from@example.test',
      to: to ?? [`user${number}@example.test`],
      sizeBytes: stamp.length + tail.length - 3,
      is8bit: false,
      isUtf8: false,
      envid: '',
      content: {
        lengthBytes: stamp.length + tail.length,
        headBytes: stamp.length,
        tail,
        writeHead: (target, at, sentAtUs) => {
          this.sentAtUs.push(sentAtUs);
          target.write(stamp, at, 'latin1');
        },
      },
      expect: null,
      isWarmup,
      entry: 0,
    };
  }
}

const NO_RETRIES: Retries = {
  attempts: 1,
  delayMs: 0,
  factor: 1,
  classes: [],
  inDoubt: false,
  reusedSession: false,
};
