/**
 * Shard: one event loop's part of a run. Wires load, message, smtp and metrics together, and sends a snapshot a second.
 *
 * `prepare` composes what will be sent; `start` begins at a given moment, the same for all shards; `onEnd` comes once,
 * after the last snapshot, when every VU is retired and every connection closed. Knows nothing of other shards.
 */
import type { CodeRun } from '../code/code-run.js';
import { strayError } from '../code/thrown.js';
import { BugError, MailbenchError } from '../errors.js';
import { ClockDriver } from '../load/clock-driver.js';
import { createExecutor, type Executor } from '../load/executor.js';
import { numberAt, sizeOf } from '../load/share.js';
import type { LoadClock, Workload } from '../load/workload.js';
import type { MessageSource, OutgoingMessage } from '../message/source.js';
import { RangeCollector } from '../metrics/number-ranges.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Client } from '../scenario/client-options.js';
import type { ExecutorSpec } from '../scenario/executor-spec.js';
import type { Expectation, Settings } from '../scenario/scenario.js';
import { commandTimeoutsUs } from '../smtp/command.js';
import { DEADLINE_TICK_MS, Deadlines } from '../smtp/deadlines.js';
import type { WireContext } from '../smtp/wire.js';
import { WriteBuffer } from '../smtp/write-buffer.js';
import { arrivalObserver } from './arrival-observer.js';
import { IdleSessions } from './idle-sessions.js';
import { Measurements } from './measurements.js';
import { type MessageBatch, MessageReports } from './message-report.js';
import { metricTagsOf } from './metric-tags.js';
import type { nodemailerUsers } from './nodemailer/nodemailer-users.js';
import { pausesOf } from './pauses.js';
import type { Plan } from './plan.js';
import { createPlanSources } from './plan-source.js';
import { createDraw } from './random.js';
import { openScenarioCode } from './scenario-code.js';
import { messagesPerIteration, sessionLength } from './session-length.js';
import { SessionMaker } from './session-maker.js';
import { SnapshotTaker } from './snapshot-taker.js';
import type { User, UserContext } from './user.js';
import { UserCrew } from './user-crew.js';
import { VirtualUser } from './virtual-user.js';

export interface ShardListener {
  onSnapshot(snapshot: Snapshot, messages: MessageBatch): void;
  onEnd(): void;
  /** The scenario's code failed: nothing more is begun, and what is in flight is cut off. The end follows. */
  onFailed(error: MailbenchError): void;
}

const SNAPSHOT_INTERVAL_MS = 1_000;
/** Connections still closing this long after the last VU retired are cut. */
const CLOSE_WITHIN_MS = 5_000;

export class Shard {
  readonly #plan: Plan;
  readonly #clock: LoadClock;
  readonly #listener: ShardListener;
  readonly #driver: ClockDriver;
  readonly #measurements = new Measurements();
  /** Of each executor. */
  readonly #measured: readonly Measurements[];
  readonly #reports: MessageReports;
  readonly #accepted: RangeCollector;
  readonly #snapshots: SnapshotTaker;
  readonly #deadlines = new Deadlines();
  readonly #writeBuffer = new WriteBuffer();
  readonly #executors: Executor[] = [];
  readonly #refusedCopies: (readonly number[])[] = [];
  readonly #crews: UserCrew[] = [];
  /** Of each executor. */
  readonly #settings: readonly Settings[];
  /** Of each executor. */
  #sources: readonly MessageSource[] = [];
  #code: CodeRun | null = null;
  /** Of the scenario's own settings. */
  #sessions: SessionMaker | null = null;
  #nodemailerUsers: typeof nodemailerUsers | null = null;
  #running = 0;
  #startUs = 0;
  /** When the earliest warm-up ends. */
  #steadyFromUs = 0;
  #idle: IdleSessions | null = null;
  #timers: NodeJS.Timeout[] = [];
  #windowTimer: NodeJS.Timeout | undefined;

  constructor(plan: Plan, clock: LoadClock, listener: ShardListener) {
    this.#plan = plan;
    this.#clock = clock;
    this.#listener = listener;
    this.#settings = plan.settings;
    this.#driver = new ClockDriver(clock);
    this.#reports = new MessageReports(plan.logMessages, plan.scenario.delivery !== null);
    this.#accepted = new RangeCollector(plan.shard.count * this.#settings.length);
    this.#snapshots = new SnapshotTaker({
      source: `shard-${plan.shard.index}`,
      nowUs: () => clock.nowUs(),
      takePollUs: () => this.#driver.takePollUs(),
      measurements: this.#measurements,
      reports: this.#reports,
      accepted: this.#accepted,
      takeRefusedCopies: () => this.#refusedCopies.splice(0),
      onSnapshot: (snapshot, messages) => listener.onSnapshot(snapshot, messages),
    });
    this.#measured = metricTagsOf(plan.scenario).map((tags) =>
      Object.keys(tags).length === 0 ? this.#measurements : this.#measurements.tagged(tags),
    );
    this.#measurements.recorder.gauge('vus', () =>
      this.#executors.reduce((sum, { activeVus }) => sum + activeVus, 0),
    );
    this.#measurements.recorder.gauge('smtp_sessions_open', () => this.#measurements.sessionsOpen);
  }

  /** Composes the messages. Rejects with a MailbenchError when one cannot be sent, or the TLS options cannot be used. */
  async prepare(): Promise<void> {
    const { scenario } = this.#plan;
    this.#sessions = new SessionMaker(scenario, this.#plan.shard.index);
    // Loaded only where it is wanted: it costs a worker some time to start.
    if (this.#settings.some(({ client }) => client.kind === 'nodemailer'))
      this.#nodemailerUsers = (await import('./nodemailer/nodemailer-users.js')).nodemailerUsers;
    this.#code = await openScenarioCode(scenario, this.#plan.data);
    this.#sources = await createPlanSources(this.#plan, this.#code);
    for (const [index, spec] of Object.values(scenario.scenarios).entries()) this.#addExecutor(spec, index);
    this.#idle = this.#createIdle();
  }

  /** @param atUs start of the run, µs since the epoch; may lie a little ahead. Does nothing once stopped or aborted. */
  start(atUs: number): void {
    if (this.#running === 0) return;
    const specs = Object.values(this.#plan.scenario.scenarios);
    this.#startUs = atUs;
    this.#steadyFromUs = Math.min(...specs.map((spec) => this.#steadyFrom(spec)));
    this.#snapshots.start();
    this.#timers = [setInterval(() => this.#deadlines.expire(this.#clock.nowUs()), DEADLINE_TICK_MS)];
    this.#awaitSteady();
    this.#awaitWindowEnd();
    this.#idle?.start(atUs);
    for (const executor of this.#executors) executor.start(atUs);
  }

  stop(): void {
    for (const executor of this.#executors) executor.stop();
  }

  abort(): void {
    for (const executor of this.#executors) executor.abort();
    for (const user of this.#allUsers()) user.interrupt();
    this.#idle?.interrupt();
  }

  /** Ends by a mistake of the scenario's code or of its files; any other one is thrown on. */
  fail(error: unknown): void {
    const isMistake = error instanceof MailbenchError && !(error instanceof BugError);
    const mistake = isMistake ? error : this.#code === null ? null : strayError(error);
    if (mistake === null) throw error;
    this.#listener.onFailed(mistake);
    this.stop();
    // Not from inside of what was just called.
    this.#clock.setImmediate(() => this.abort());
  }

  #wireContext({ timeouts }: Client, { traffic }: Measurements): WireContext {
    return {
      nowUs: () => this.#clock.nowUs(),
      deadlines: this.#deadlines,
      writeBuffer: this.#writeBuffer,
      timeoutsUs: commandTimeoutsUs(timeouts),
      connectTimeoutUs: timeouts.connectMs * 1000,
      tlsTimeoutUs: timeouts.tlsMs * 1000,
      dataBlockTimeoutUs: timeouts.dataBlockMs * 1000,
      traffic,
    };
  }

  /** Those of the scenario, or of an executor that connects in ways of its own. */
  #sessionsFor(settings: Settings): SessionMaker {
    const { target, client } = this.#plan.scenario;
    const isShared = settings.target === target && settings.client === client;
    return isShared ? (this.#sessions as SessionMaker) : new SessionMaker(settings, this.#plan.shard.index);
  }

  #allUsers(): readonly User[] {
    return this.#crews.flatMap((crew) => crew.all());
  }

  #addExecutor(spec: ExecutorSpec, index: number): void {
    const measurements = this.#measured[index] as Measurements;
    const crew = new UserCrew(this.#userMaker(spec, index), () => this.#userContext(spec, index, executor));
    const workload: Workload = {
      iterate: (vu, slot) => {
        try {
          crew.of(vu).iterate(slot);
        } catch (error) {
          this.fail(error);
          // Nothing was sent. A session that is an iteration ends with its session.
          if (spec.iteration === 'message') executor.done(vu);
        }
      },
      retire: (vu) => crew.retire(vu),
      interrupt: (vu) => crew.find(vu)?.interrupt(),
    };
    this.#crews.push(crew);
    const executor = createExecutor(spec, {
      shard: this.#plan.shard,
      driver: this.#driver,
      draw: createDraw(this.#plan.scenario.seed, index + 1),
      workload,
      observer: arrivalObserver(spec, measurements, () => this.#steadyFrom(spec)),
      onEnd: () => this.#onExecutorEnd(),
    });
    this.#executors.push(executor);
    this.#running++;
  }

  #steadyFrom(spec: ExecutorSpec): number {
    return this.#startUs + (spec.startTimeMs + spec.warmupMs) * 1000;
  }

  /** What makes the users of an executor. */
  #userMaker(spec: ExecutorSpec, index: number): (vu: number, context: UserContext) => User {
    const settings = this.#settings[index] as Settings;
    const sessions = this.#sessionsFor(settings);
    return settings.client.kind === 'nodemailer'
      ? this.#nodemailerMaker(spec, index, { settings, sessions })
      : this.#virtualUserMaker(index, { settings, sessions });
  }

  #virtualUserMaker(
    index: number,
    { settings, sessions }: { readonly settings: Settings; readonly sessions: SessionMaker },
  ): (vu: number, context: UserContext) => User {
    const draw = createDraw(this.#plan.scenario.seed, index + 1);
    const { client } = settings;
    const session = sessions.options(settings);
    const wire = this.#wireContext(client, this.#measured[index] as Measurements);
    const { reconnectDelayMs, retries, thinkTimeMs: pause } = client;
    return (vu, context) => {
      const connections = sessions.connections();
      const thinkTimeMs = pausesOf(vu, pause, { code: this.#code, draw });
      const identity = (number: number) => sessions.identity(vu, number, { draw, connections });
      return new VirtualUser(vu, {
        ...context,
        ...{ session, identity, wire, reconnectDelayMs, retries, thinkTimeMs },
      });
    };
  }

  #nodemailerMaker(
    spec: ExecutorSpec,
    index: number,
    { settings, sessions }: { readonly settings: Settings; readonly sessions: SessionMaker },
  ): (vu: number, context: UserContext) => User {
    const { scenario, shard } = this.#plan;
    const draw = createDraw(scenario.seed, index + 1);
    const connections = sessions.connections();
    let begun = shard.index;
    return (this.#nodemailerUsers as typeof nodemailerUsers)({
      ...{ settings, shard, spec },
      connect: () => {
        begun += shard.count;
        return sessions.connect(begun, { draw, connections });
      },
      isAllowed: (address) => sessions.isAllowed(address),
      nowUs: () => this.#clock.nowUs(),
      isSteadyNow: () => this.#clock.nowUs() >= this.#steadyFrom(spec),
      measurements: this.#measured[index] as Measurements,
    });
  }

  /** This shard's share of them; null when there are none. */
  #createIdle(): IdleSessions | null {
    const { scenario } = this.#plan;
    const { client } = scenario;
    const count = sizeOf(this.#plan.shard, client.idle?.sessions ?? 0);
    if (client.idle === null || count === 0) return null;
    const sessions = this.#sessions as SessionMaker;
    const draw = createDraw(scenario.seed, this.#settings.length + 1);
    const idle = new IdleSessions({
      sessions: count,
      noopEveryMs: client.idle.noopEveryMs,
      reconnectDelayMs: client.reconnectDelayMs,
      session: sessions.options(scenario),
      identity: (k) => {
        const number = numberAt(this.#plan.shard, k);
        const connections = sessions.connections();
        return { ...sessions.identity(number, number, { draw, connections }), abandon: null };
      },
      wire: this.#wireContext(client, this.#measurements),
      measurements: this.#measurements,
      steadyFromUs: () => this.#steadyFromUs,
      nowUs: () => this.#clock.nowUs(),
      setTimer: (callback, delayMs) => this.#clock.setTimer(callback, delayMs),
    });
    this.#measurements.recorder.gauge('smtp_idle_sessions', () => idle.held);
    return idle;
  }

  #userContext(spec: ExecutorSpec, index: number, executor: Executor): UserContext {
    const { scenario, run } = this.#plan;
    const draw = createDraw(scenario.seed, index + 1);
    const scenarios = this.#settings.length;
    const { client } = this.#settings[index] as Settings;
    const perIteration = messagesPerIteration(client, spec);
    const source = this.#sources[index] as MessageSource;
    const expect = scenario.own[Object.keys(scenario.scenarios)[index] as string]?.expect ?? null;
    return {
      runId: run.id,
      iteration: spec.iteration,
      measurements: this.#measured[index] as Measurements,
      reports: this.#reports,
      load: executor,
      steadyFromUs: () => this.#steadyFrom(spec),
      nowUs: () => this.#clock.nowUs(),
      compose: (iteration, k, isWarmup) =>
        expecting(source.next((iteration * perIteration + k) * scenarios + index, isWarmup), expect),
      messagesPerSession: sessionLength(client, draw),
      accepted: (number, refused) => this.#acceptedBy(number, refused),
      setTimer: (callback, delayMs) => this.#clock.setTimer(callback, delayMs),
    };
  }

  #acceptedBy(number: number, refused: readonly number[]): void {
    this.#accepted.add(number);
    if (refused.length > 0) this.#refusedCopies.push([number, ...refused]);
  }

  #awaitSteady(): void {
    if (this.#steadyFromUs <= this.#startUs) return this.#snapshots.beginSteady();
    this.#timers.push(setTimeout(() => this.#snapshots.beginSteady(), this.#msUntil(this.#steadyFromUs)));
  }

  /** Windows end at whole seconds of the run, so that those of all shards cover the same time, however long it lasts. */
  #awaitWindowEnd(): void {
    const elapsedMs = -this.#msUntil(this.#startUs);
    const endMs = (Math.round(elapsedMs / SNAPSHOT_INTERVAL_MS) + 1) * SNAPSHOT_INTERVAL_MS;
    this.#windowTimer = setTimeout(() => {
      this.#snapshots.take();
      this.#awaitWindowEnd();
    }, endMs - elapsedMs);
  }

  #msUntil(atUs: number): number {
    return (atUs - this.#clock.nowUs()) / 1000;
  }

  #onExecutorEnd(): void {
    if (--this.#running > 0) return;
    this.#idle?.retire();
    this.#awaitClosed(this.#clock.nowUs() + CLOSE_WITHIN_MS * 1000);
  }

  /** Sessions say QUIT and are waited for, but not for ever. */
  #awaitClosed(untilUs: number): void {
    const holders = this.#idle === null ? this.#allUsers() : [...this.#allUsers(), this.#idle];
    const open = holders.filter(({ hasSession }) => hasSession);
    if (open.length === 0) return this.#finish();
    if (this.#clock.nowUs() > untilUs) for (const user of open) user.interrupt();
    this.#timers.push(setTimeout(() => this.#awaitClosed(untilUs), 10));
  }

  #finish(): void {
    for (const timer of [...this.#timers, this.#windowTimer]) clearTimeout(timer);
    this.#snapshots.takeLast();
    this.#listener.onEnd();
  }
}

/** What the executor says counts, unless recipient or message have said so. */
function expecting(message: OutgoingMessage, expect: Expectation | null): OutgoingMessage {
  return expect === null || message.expect !== null ? message : { ...message, expect };
}
