/**
 * Worker: a shard in a worker thread of its own. Started by run/worker-host.ts with a Plan as workerData.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { BugError, CodeError, MailbenchError } from '../errors.js';
import type { Plan } from './plan.js';
import type { FromShard, ToShard } from './protocol.js';
import { createRealClock } from './real-clock.js';
import { Shard } from './shard.js';

const port = parentPort;
if (port === null) throw new BugError('shard/worker.js was started outside a worker thread');
const send = (message: FromShard): void => port.postMessage(message);

const plan = workerData as Plan;
const shard = new Shard(plan, createRealClock(plan.run.anchor), {
  onSnapshot: (snapshot, messages) => send({ type: 'snapshot', snapshot, messages }),
  onEnd: () => {
    send({ type: 'end' });
    port.close();
  },
  onFailed: (error) => tell(error),
});

port.on('message', (message: ToShard) => {
  if (message.type === 'start') shard.start(message.atUs);
  else if (message.type === 'stop') shard.stop();
  else shard.abort();
});

// Scenario code may throw whenever it is called, and later too; and a corpus may have changed when it is read again.
process.on('uncaughtException', (error) => shard.fail(error));

try {
  await shard.prepare();
  send({ type: 'ready' });
} catch (error) {
  tell(error);
  port.close();
}

function tell(error: unknown): void {
  const cause = error instanceof Error ? error : new Error(String(error));
  const { code, hint } = cause instanceof MailbenchError ? cause : { code: 'BUG', hint: '' };
  const kind = code === 'BUG' ? 'bug' : cause instanceof CodeError ? 'code' : 'refused';
  send({ type: 'failed', kind, code, message: cause.message, hint: hint ?? '', stack: cause.stack ?? '' });
}
