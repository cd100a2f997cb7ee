/**
 * Entry of an embedded sink's process: a sink driven over Node's IPC channel (ipc.ts).
 *
 * Ends when its parent does, however that died: the kernel closes the channel. Ctrl-C, a closed
 * terminal and the SIGTERM of a service manager or of timeout(1) reach the whole process group, so all three are left
 * to the parent, which may still be sending and writing its result.
 */
import { BehaviourError, MailbenchError } from '../errors.js';
import { createHealthMeter } from './health.js';
import type { FromSink, ToSink } from './ipc.js';
import type { SinkOptions } from './options.js';
import { createSink, type Sink } from './sink-server.js';

const HEALTH_EVERY_MS = 1000;

process.on('SIGINT', ignore);
process.on('SIGHUP', ignore);
process.on('SIGTERM', ignore);
process.on('disconnect', () => process.exit(1));
if (!process.connected) process.exit(1);

const meter = createHealthMeter();
let sink: Sink | null = null;

process.on('message', (message: ToSink) => {
  if (message.kind === 'start') void start(message.options);
  else void stop();
});

async function start(options: SinkOptions): Promise<void> {
  try {
    sink = createSink(options);
    const address = await sink.listen();
    meter.next();
    tell({ kind: 'listening', ...address });
    setInterval(tellHealth, HEALTH_EVERY_MS);
  } catch (error) {
    tell(failure(error), () => process.exit(1));
  }
}

async function stop(): Promise<void> {
  await sink?.close();
  tellHealth();
  if (sink) tell({ kind: 'stopped', counts: sink.counts() }, () => process.exit(0));
}

function tellHealth(): void {
  if (sink) tell({ kind: 'health', sample: { ...meter.next(), counts: sink.counts() } });
}

function tell(message: FromSink, onSent: () => void = ignore): void {
  process.send?.(message, onSent);
}

function failure(error: unknown): FromSink {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof MailbenchError ? error.hint : undefined;
  const problems = error instanceof BehaviourError ? error.problems : [];
  return { kind: 'failed', message, hint: hint ?? '', problems };
}

function ignore(): void {}
