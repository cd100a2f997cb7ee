/**
 * Signals of a run. The first: finish what is in flight. The second: cut it off; while there is no run yet, end at once.
 */
import process from 'node:process';
import type { Run } from '../run/run.js';
import type { LiveDisplay } from './live-display.js';

export interface Signals {
  /** What came before there was a run is told now. */
  tell(run: Run): void;
  /** The run is over, and there may be another. */
  forget(): void;
  /** Whether one came. */
  readonly isStopped: boolean;
  /** Takes the handlers away again. */
  release(): void;
}

export function watchSignals(display: Pick<LiveDisplay, 'say' | 'end'>): Signals {
  let run: Run | null = null;
  let first: NodeJS.Signals | null = null;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (first === null) {
      first = signal;
      display.say(`${signal}: no further messages; waiting for those in flight. Once more cuts them off.`);
      run?.stop(`stopped by ${signal}`);
    } else if (run !== null) run.abort(`stopped by ${signal}, twice`);
    else {
      display.end();
      release();
      process.kill(process.pid, signal);
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const release = () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const tell = (begun: Run) => {
    run = begun;
    if (first !== null) run.stop(`stopped by ${first}`);
  };
  const forget = () => {
    run = null;
  };
  return {
    ...{ tell, forget },
    get isStopped() {
      return first !== null;
    },
    release,
  };
}
