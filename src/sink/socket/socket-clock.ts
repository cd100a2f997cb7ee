/** The clock and timers of faulty sockets: monotonic, and no timer keeps the process alive. */

/** Time, for tests to replace. */
export interface SocketClock {
  /** Monotonic. */
  nowMs(): number;
  /** Returns what cancels it. */
  setTimer(callback: () => void, ms: number): () => void;
}

export const REAL_CLOCK: SocketClock = {
  nowMs: () => performance.now(),
  setTimer(callback, ms) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
