/**
 * Entry of an embedded sink's process: a group driven over Node's IPC channel (ipc.ts).
 *
 * Ends when its parent does, however that died: the kernel closes the channel, and its workers end with it. Ctrl-C, a closed
 * terminal and the SIGTERM of a service manager or of timeout(1) reach the whole process group, so all three are left
 * to the parent, which may still be sending and writing its result.
 */
import { type Group, type GroupOptions, startGroup } from './group.js';
import type { FromSink, ToSink } from './ipc.js';
import { packError } from './packed-error.js';

process.on('SIGINT', ignore);
process.on('SIGHUP', ignore);
process.on('SIGTERM', ignore);
process.on('disconnect', () => process.exit(1));
if (!process.connected) process.exit(1);

let group: Group | null = null;

process.on('message', (message: ToSink) => {
  if (message.kind === 'start') void start(message.options);
  else void stop();
});

async function start(options: GroupOptions): Promise<void> {
  try {
    group = await startGroup(options);
    group.onHealth((sample) => tell({ kind: 'health', sample }));
    // Its parent reads the end of stderr, and that this process has ended.
    group.onFailed((error) => {
      throw error;
    });
    tell({ kind: 'listening', ...group.address });
  } catch (error) {
    tell({ kind: 'failed', error: packError(error) }, () => process.exit(1));
  }
}

async function stop(): Promise<void> {
  const counts = await group?.stop();
  if (counts) tell({ kind: 'stopped', counts }, () => process.exit(0));
  else process.exit(0);
}

function tell(message: FromSink, onSent: () => void = ignore): void {
  process.send?.(message, onSent);
}

function ignore(): void {}
