/**
 * FaultySocket: a socket that can be meddled with, handed to smtp-server in place of the real one, whose face it has
 * (socket-face.ts).
 *
 * Without faults what is written and read passes unchanged; with them it is split, delayed, repeated, cut, slowed, stalled
 * or preceded by garbage (write-faults.ts), and read as slowly as asked, so that the client's TCP window fills: one read
 * of the kernel (64 KiB) is kept, no more. Below STARTTLS and implicit TLS faults act on the encrypted bytes, never on the plain
 * ones. Owns the socket: it ends with this, and this with it. No timer of its keeps the process alive.
 */
import type { Socket } from 'node:net';
import type { SocketFaults } from '../judge.js';
import { IdleTimer } from './idle-timer.js';
import { Pace } from './pace.js';
import { resetSocket } from './reset-socket.js';
import { REAL_CLOCK, type SocketClock } from './socket-clock.js';
import { SocketFace } from './socket-face.js';
import { WriteFaults } from './write-faults.js';

export interface FaultySocketOptions {
  /** Of garbage. */
  readonly seed?: number;
  readonly clock?: SocketClock;
}

/** What ends the faults that setFaults() begins. */
const NO_FAULTS: SocketFaults = { garbageBytes: 0, cutAfterBytes: Number.POSITIVE_INFINITY, stallMs: 0 };

type Done = (error?: Error | null) => void;

/** A stall for ever ends, with the connection, when the most patient client has long left: its leaving may go unseen. */
const FOREVER_MS = 3_600_000;
/** How long a client that was cut off may take to leave: the socket reads on meanwhile, as unread bytes turn a FIN into a reset. */
const LINGER_MS = 1000;

export class FaultySocket extends SocketFace {
  readonly #socket: Socket;
  readonly #clock: SocketClock;
  readonly #writes: WriteFaults;
  #faults: SocketFaults = {};
  #areWritesPlain = true;
  #writeDone: Done | null = null;
  #cancelWrite: () => void = ignore;
  #readRate: number | null = null;
  #readPace: Pace | null = null;
  #wantsBytes = false;
  #cancelRead: () => void = ignore;
  #isStalled = false;
  #cancelStall: () => void = ignore;
  #endAfterStall: (() => void) | null = null;
  #idle: IdleTimer | null = null;
  #hasEnded = false;
  #isLingering = false;

  constructor(socket: Socket, { seed = 0, clock = REAL_CLOCK }: FaultySocketOptions = {}) {
    super(socket);
    this.#socket = socket;
    this.#clock = clock;
    this.#writes = new WriteFaults(seed);
    socket.on('readable', () => this.#pull());
    socket.on('end', () => this.#endReading());
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', (hadError) => this.#onClose(hadError));
    if (socket.destroyed) this.destroy();
  }

  /**
   * From now on, besides those set before: a key that is absent changes nothing, 0 ends what it names. null ends all.
   * Garbage comes once, a stall begins now, bytes to the cut are counted from now.
   */
  setFaults(faults: SocketFaults | null): void {
    if (this.destroyed) return;
    this.#faults = faults === null ? {} : { ...this.#faults, ...faults };
    this.#writes.set(this.#faults);
    this.#areWritesPlain = faults === null;
    const once = faults ?? NO_FAULTS;
    if (once.garbageBytes !== undefined) this.#writes.addGarbage(once.garbageBytes);
    if (once.cutAfterBytes !== undefined) this.#writes.cutAfter(once.cutAfterBytes);
    this.#choosePace();
    if (once.stallMs !== undefined) this.#stall(once.stallMs);
    this.#pull();
    if (this.#writes.isAtCut) this.#cut(this.#writes.cutHow);
  }

  /** null: as fast as it can. */
  setReadRate(bytesPerSec: number | null): void {
    this.#readRate = bytesPerSec;
    this.#choosePace();
    this.#pull();
  }

  /** A reset instead of a FIN. */
  resetAndDestroy(): this {
    resetSocket(this.#socket);
    return this.destroy();
  }

  // ---- writing

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    if (this.#isPlain) {
      this.#idle?.touch();
      this.#socket.write(chunk, done);
      return;
    }
    this.#writes.begin(chunk);
    this.#writeDone = done;
    this.#pump();
  }

  get #isPlain(): boolean {
    return this.#areWritesPlain && !this.#isStalled;
  }

  /** What was corked leaves together, as it does from a real socket. */
  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    if (this.#isPlain) this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'buffer', done);
    else this.#writeEach(chunks, 0, done);
  }

  #writeEach(chunks: { chunk: Buffer }[], index: number, done: Done): void {
    const next = chunks[index];
    if (next === undefined) return done();
    this._write(next.chunk, 'buffer', (error) =>
      error ? done(error) : this.#writeEach(chunks, index + 1, done),
    );
  }

  override _final(done: Done): void {
    const end = () => {
      this.#socket.end(() => done());
    };
    if (this.#isStalled) this.#endAfterStall = end;
    else end();
  }

  #pump(): void {
    this.#cancelWrite();
    if (this.#isStalled || this.#writeDone === null || this.destroyed) return;
    const step = this.#writes.next(this.#clock.nowMs());
    switch (step.kind) {
      case 'wait':
        this.#cancelWrite = this.#clock.setTimer(() => this.#pump(), step.ms);
        break;
      case 'write':
        this.#idle?.touch();
        this.#socket.write(step.bytes, (error) => (error ? this.#finishWrite(error) : this.#pump()));
        break;
      case 'cut':
        this.#cut(step.how);
        break;
      case 'done':
        this.#finishWrite(null);
        break;
      default:
        step satisfies never;
    }
  }

  #finishWrite(error: Error | null): void {
    const done = this.#writeDone;
    this.#writeDone = null;
    done?.(error);
    if (this.#writes.isAtCut) this.#cut(this.#writes.cutHow);
  }

  /** What was written leaves first; what is unread is lost. */
  #cut(how: 'close' | 'reset'): void {
    if (this.destroyed) return;
    const socket = this.#socket;
    if (how === 'reset') {
      resetSocket(socket);
    } else {
      socket.removeAllListeners('readable');
      socket.removeAllListeners('close');
      socket.end();
      socket.resume();
      const stop = this.#clock.setTimer(() => socket.destroy(), LINGER_MS);
      socket.once('close', stop);
      this.#isLingering = true;
    }
    this.destroy();
  }

  // ---- reading

  override _read(): void {
    this.#wantsBytes = true;
    this.#pull();
  }

  #pull(): void {
    this.#cancelRead();
    const socket = this.#socket;
    while (this.#wantsBytes && !this.destroyed) {
      // With nothing to read this asks for more, or learns that there will be none: that the client left is not missed.
      if (this.#isStalled && socket.readableLength > 0) return;
      const waitMs = this.#readPace?.waitMs(this.#clock.nowMs()) ?? 0;
      if (waitMs > 0) {
        this.#cancelRead = this.#clock.setTimer(() => this.#pull(), waitMs);
        return;
      }
      const chunk = this.#readSlice();
      if (chunk === null) return;
      this.#idle?.touch();
      this.#wantsBytes = this.push(chunk);
    }
  }

  #readSlice(): Buffer | null {
    const pace = this.#readPace;
    const available = this.#socket.readableLength;
    if (pace === null || available === 0) return this.#socket.read();
    const chunk: Buffer | null = this.#socket.read(Math.min(available, pace.sliceBytes));
    if (chunk !== null) pace.spend(chunk.length, this.#clock.nowMs());
    return chunk;
  }

  #endReading(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.push(null);
  }

  #choosePace(): void {
    const bandwidth = this.#faults.bytesPerSec || Number.POSITIVE_INFINITY;
    const bytesPerSec = Math.min(bandwidth, this.#readRate ?? Number.POSITIVE_INFINITY);
    if (bytesPerSec === this.#readPace?.bytesPerSec) return;
    this.#readPace = bytesPerSec === Number.POSITIVE_INFINITY ? null : new Pace(bytesPerSec);
  }

  // ---- stalling

  #stall(ms: number | 'forever'): void {
    this.#cancelStall();
    if (ms === 0) return this.#goOn();
    this.#isStalled = true;
    this.#cancelStall =
      ms === 'forever'
        ? this.#clock.setTimer(() => this.destroy(), FOREVER_MS)
        : this.#clock.setTimer(() => this.#goOn(), ms);
  }

  #goOn(): void {
    if (!this.#isStalled) return;
    this.#isStalled = false;
    this.#idle?.touch();
    this.#pump();
    this.#pull();
    this.#endAfterStall?.();
    this.#endAfterStall = null;
  }

  // ---- ending

  /** What was read before may still be waited for by smtp-server. */
  #onClose(hadError: boolean): void {
    if (hadError || this.readableEnded || this.#isStalled) {
      this.destroy();
      return;
    }
    this.once('end', () => this.destroy());
    this.#endReading();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#cancelWrite();
    this.#cancelRead();
    this.#cancelStall();
    this.#idle?.cancel();
    if (!this.#isLingering) this.#socket.destroy();
    done(error);
  }

  // ---- time-outs

  /** Emits `timeout` when no byte passed for so long; a stall does not count. 0: never. */
  setTimeout(ms: number, onTimeout?: () => void): this {
    this.#idle?.cancel();
    this.#idle = ms > 0 ? new IdleTimer(ms, this.#clock, () => this.#onIdle()) : null;
    if (onTimeout !== undefined) {
      if (ms > 0) this.once('timeout', onTimeout);
      else this.removeListener('timeout', onTimeout);
    }
    return this;
  }

  #onIdle(): void {
    if (this.#isStalled) this.#idle?.restart();
    else this.emit('timeout');
  }
}

function ignore(): void {}
