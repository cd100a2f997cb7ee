/**
 * Group: a sink of one or more processes, as one. Whoever starts it need not know how many there are.
 *
 * With workers, this process shares the port out and keeps the memory that behaviours have in common; the workers do the
 * rest, each with a receipt file of its own. A worker that dies is started again, once; the second time the
 * sink has failed. What it had counted since it was last asked, at most a second, is lost; its receipts are not.
 * Counts are since the start or the last reset. Stopping closes everything in an orderly way.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { receiptPathOf } from '../../delivery/receipt.js';
import { EnvironmentError } from '../../errors.js';
import { LocalState } from '../behaviours/local-state.js';
import { noCounts, type SinkCounts } from '../counts.js';
import { addCounts, countsSince } from '../counts-sum.js';
import { judgeOf } from '../judge-of.js';
import type { BehaviourOptions, SinkOptions } from '../options.js';
import { ReceiptPages } from '../receipts/receipt-pages.js';
import { makeCertificate } from './certificate.js';
import { ClusterMember } from './cluster-member.js';
import { removeDeadSocket } from './dead-socket.js';
import { createHealthMeter, type LoopHealth } from './health.js';
import { LocalMember, type Member } from './member.js';
import { unpackError } from './packed-error.js';
import type { Address } from './unit.js';
import type { Answer, Question } from './worker-ipc.js';

export interface GroupOptions extends Omit<SinkOptions, 'worker'> {
  /** Processes that share the port, default 1: none but this. */
  readonly workers?: number;
}

/** The event loop of the busiest process in one window, and the totals at its end. cpuUs is of all processes. */
export interface SinkHealth extends LoopHealth {
  readonly counts: SinkCounts;
}

export interface WorkerHealth {
  readonly worker: number;
  readonly pid: number;
  /** Of the last window; null when it has just been started. */
  readonly health: LoopHealth | null;
}

const TICK_MS = 1000;
const DEFAULT_NAME = 'sink.example.test';

/** Throws what a sink throws, BehaviourError with every problem, and EnvironmentError SINK_WORKER_DIED. */
export async function startGroup(options: GroupOptions): Promise<Group> {
  const group = new Group(await complete(options));
  await group.start();
  return group;
}

interface Slot {
  member: Member;
  health: LoopHealth | null;
  hasBeenReplaced: boolean;
}

export class Group {
  readonly #options: GroupOptions;
  readonly #state = new LocalState();
  readonly #meter = createHealthMeter();
  readonly #slots: Slot[] = [];
  #behaviours: BehaviourOptions | null;
  #receipts: ReceiptPages;
  /** One change at a time, so that all processes see them in the same order. */
  #changes: Promise<unknown> = Promise.resolve();
  #address: Address = { host: '', port: 0 };
  /** Of workers that died. */
  #lost: SinkCounts = noCounts();
  #resetAt: SinkCounts = noCounts();
  #ticking: NodeJS.Timeout | undefined;
  #deaths = 0;
  #stopped: Promise<SinkCounts> | null = null;
  #onHealth: (sample: SinkHealth) => void = () => {};
  #onTrouble: (sentence: string) => void = () => {};
  #onFailed: (error: EnvironmentError) => void = () => {};

  constructor(options: GroupOptions) {
    this.#options = options;
    this.#behaviours = options.behaviours ?? null;
    this.#receipts = newReceiptPages(options);
  }

  get address(): Address {
    return this.#address;
  }

  /** How many workers ended unasked. */
  get deaths(): number {
    return this.#deaths;
  }

  get behaviours(): BehaviourOptions | null {
    return this.#behaviours;
  }

  /** One file for each process; empty where none are written. */
  get receiptPaths(): readonly string[] {
    return receiptPathsOf(this.#options);
  }

  /** null where none are written. */
  get receipts(): ReceiptPages | null {
    return this.#options.receipts ? this.#receipts : null;
  }

  /** Once a second, and once more at the stop: windows touch. */
  onHealth(callback: (sample: SinkHealth) => void): void {
    this.#onHealth = callback;
  }

  /** A sentence about what went wrong; the sink goes on. */
  onTrouble(callback: (sentence: string) => void): void {
    this.#onTrouble = callback;
  }

  /** The sink cannot go on as it was meant to; `stop` is still due. */
  onFailed(callback: (error: EnvironmentError) => void): void {
    this.#onFailed = callback;
  }

  async start(): Promise<void> {
    for (let worker = 0; worker < workersOf(this.#options); worker++) {
      this.#slots.push({ member: this.#newMember(), health: null, hasBeenReplaced: false });
    }
    const started = await Promise.allSettled(this.#slots.map((_, worker) => this.#start(worker)));
    const failure = started.find(({ status }) => status === 'rejected');
    if (failure?.status === 'rejected') {
      await Promise.all(this.#slots.map(({ member }) => member.stop()));
      throw failure.reason;
    }
    this.#meter.next();
    this.#ticking = setInterval(() => void this.#tick(), TICK_MS);
  }

  async counts(): Promise<SinkCounts> {
    return countsSince(this.#resetAt, await this.#total());
  }

  /** The last whole window of each process. */
  health(): readonly WorkerHealth[] {
    return this.#slots.map(({ member, health }, worker) => ({ worker, pid: member.pid, health }));
  }

  /** Throws BehaviourError; then nothing has changed. When it resolves, all processes behave so. */
  behave(behaviours: BehaviourOptions | null): Promise<void> {
    return this.#inTurn(async () => {
      await judgeOf(behaviours, this.#state);
      this.#behaviours = behaviours;
      await this.#change({ kind: 'behave', behaviours });
    });
  }

  /** Counts from zero, behaviours remember nothing, and the files of receipts are emptied if asked to. */
  reset({ clearsReceipts }: { readonly clearsReceipts: boolean }): Promise<void> {
    return this.#inTurn(async () => {
      this.#state.reset();
      this.#resetAt = await this.#total();
      if (!clearsReceipts) return;
      await this.#change({ kind: 'clear-receipts' });
      this.#receipts = newReceiptPages(this.#options);
    });
  }

  /** Never throws. The counts since the start or the last reset. */
  stop(): Promise<SinkCounts> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<SinkCounts> {
    clearInterval(this.#ticking);
    const answers = await Promise.all(this.#slots.map(({ member }) => member.stop()));
    this.#sample(answers);
    return countsSince(this.#resetAt, this.#sum(answers));
  }

  async #tick(): Promise<void> {
    const answers = await this.#askAll({ kind: 'health' });
    if (this.#stopped === null) this.#sample(answers);
  }

  #sample(answers: readonly Answer[]): void {
    for (const [index, slot] of this.#slots.entries()) slot.health = answers[index]?.health ?? null;
    const window = this.#meter.next();
    const all = [...answers.flatMap(({ health }) => health ?? [])];
    // A sink of one process is this one, and has been measured already.
    const loops = workersOf(this.#options) > 1 ? [window, ...all] : all;
    const busiest = (value: (health: LoopHealth) => number) =>
      Math.min(window.wallUs, Math.max(0, ...loops.map(value)));
    this.#onHealth({
      ...window,
      busyUs: busiest(({ busyUs }) => busyUs),
      cpuWaitUs: Math.max(0, ...loops.map(({ cpuWaitUs }) => cpuWaitUs)),
      cpuUs: loops.reduce((sum, { cpuUs }) => sum + cpuUs, 0),
      counts: countsSince(this.#resetAt, this.#sum(answers)),
    });
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const changed = this.#changes.then(change);
    this.#changes = changed.catch(() => {});
    return changed;
  }

  async #change(question: Question): Promise<void> {
    const answers = await this.#askAll(question);
    const error = answers.find((answer) => answer.error !== null)?.error;
    if (error) throw unpackError(error);
  }

  #askAll(question: Question): Promise<Answer[]> {
    return Promise.all(this.#slots.map(({ member }) => member.ask(question)));
  }

  async #total(): Promise<SinkCounts> {
    return this.#sum(await this.#askAll({ kind: 'counts' }));
  }

  #sum(answers: readonly Answer[]): SinkCounts {
    return addCounts([this.#lost, ...answers.map(({ counts }) => counts)]);
  }

  #newMember(): Member {
    return workersOf(this.#options) > 1 ? new ClusterMember(this.#state) : new LocalMember(this.#state);
  }

  async #start(worker: number): Promise<void> {
    const slot = this.#slots[worker];
    if (slot === undefined) return;
    const { member } = slot;
    this.#address = await member.start({ ...this.#options, behaviours: this.#behaviours, worker });
    member.onDied((how, counts) => this.#onDied(worker, how, counts));
  }

  #onDied(worker: number, how: string, counts: SinkCounts): void {
    const slot = this.#slots[worker];
    if (slot === undefined || this.#stopped !== null) return;
    const what = `worker ${worker + 1} of ${this.#slots.length} (process ${slot.member.pid}) ${how}`;
    this.#deaths++;
    this.#lost = addCounts([this.#lost, counts]);
    if (slot.hasBeenReplaced) return this.#fail(`${what}, the second time`);
    this.#onTrouble(`${what}; another one takes its place`);
    slot.hasBeenReplaced = true;
    slot.health = null;
    slot.member = this.#newMember();
    this.#start(worker).catch((error: Error) =>
      this.#fail(`${what}, and no other could start: ${error.message}`),
    );
  }

  #fail(message: string): void {
    this.#onFailed(
      new EnvironmentError('SINK_WORKER_DIED', message, {
        hint: 'Its own words, if it had any, stand above. Its receipts are complete; its sessions were cut.',
      }),
    );
  }
}

function receiptPathsOf(options: GroupOptions): readonly string[] {
  const { receipts } = options;
  if (!receipts) return [];
  return Array.from({ length: workersOf(options) }, (_, worker) => receiptPathOf(receipts.path, worker));
}

function newReceiptPages(options: GroupOptions): ReceiptPages {
  return new ReceiptPages(receiptPathsOf(options), randomBytes(6).toString('hex'));
}

function workersOf({ workers = 1 }: GroupOptions): number {
  return workers;
}

/** Decided here once, so that all processes have the same certificate and the same port. */
async function complete(options: GroupOptions): Promise<GroupOptions> {
  await judgeOf(options.behaviours ?? null, new LocalState());
  if (options.host.startsWith('unix:')) await removeDeadSocket(options.host.slice('unix:'.length));
  const isMade = options.tls === undefined && options.tlsMode !== 'none';
  const tls = isMade ? makeCertificate(options.name ?? DEFAULT_NAME, Date.now()) : options.tls;
  const isShared = workersOf(options) > 1 && options.port === 0 && !options.host.startsWith('unix:');
  const port = isShared ? await freePort(options.host) : options.port;
  return { ...options, port, ...(tls === undefined ? {} : { tls }) };
}

/** Workers that ask for any port get the same one only as long as one of them is alive. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port: 0 }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
