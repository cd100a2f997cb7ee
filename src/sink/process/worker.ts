/**
 * Entry of a sink's worker process: a unit that is asked and told over Node's IPC channel (worker-ipc.ts).
 *
 * Ends when the primary does, however that died: the kernel closes the channel. Signals for the whole process group are
 * left to the primary, which says when to stop.
 */
import process from 'node:process';
import { packError } from './packed-error.js';
import { RemoteState } from './remote-state.js';
import { createUnit, type Unit } from './unit.js';
import type { FromWorker, ToWorker } from './worker-ipc.js';

process.on('SIGINT', ignore);
process.on('SIGHUP', ignore);
process.on('SIGTERM', ignore);
process.on('disconnect', () => process.exit(1));
if (!process.connected) process.exit(1);

const state = new RemoteState((recalls) => tell({ kind: 'recall', recalls }));
let unit: Unit | null = null;

process.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'start':
      return void start(message);
    case 'ask':
      return void answer(message);
    case 'recalled':
      return state.answered(message.values);
    case 'stop':
      return void stop();
  }
});

tell({ kind: 'ready' });

async function start({ options }: ToWorker & { kind: 'start' }): Promise<void> {
  try {
    unit = await createUnit(options, state);
    tell({ kind: 'listening', ...(await unit.listen()) });
  } catch (error) {
    tell({ kind: 'failed', error: packError(error) }, () => process.exit(1));
  }
}

async function answer({ number, question }: ToWorker & { kind: 'ask' }): Promise<void> {
  if (unit) tell({ kind: 'answer', number, answer: await unit.answer(question) });
}

async function stop(): Promise<void> {
  if (unit) tell({ kind: 'stopped', answer: await unit.close() }, () => process.exit(0));
  else process.exit(0);
}

function tell(message: FromWorker, onSent: () => void = ignore): void {
  process.send?.(message, onSent);
}

function ignore(): void {}
