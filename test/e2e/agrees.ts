/** Whether a run and the Postfix it loaded tell the same story. */
import assert from 'node:assert/strict';
import type { Postfix } from '../servers/postfix.js';
import { type LoadRun, readMessages } from './load-run.js';

/** The run, the log and the queue say the same, down to each message's queue id where all are logged. */
export async function assertAgrees(
  run: LoadRun,
  postfix: Postfix,
  { messages, copies }: { readonly messages: number; readonly copies: number },
): Promise<void> {
  const { begun, accepted, acceptedCopies } = run.result.counts;
  assert.deepEqual(
    { begun, accepted, acceptedCopies },
    { begun: messages, accepted: messages, acceptedCopies: copies },
  );
  await postfix.waitForEmptyQueue();
  assert.deepEqual(await postfix.countsFromLog(), {
    accepted: messages,
    sent: copies,
    deferred: 0,
    bounced: 0,
    unfinished: 0,
  });
  assert.equal(await postfix.queueSize(), 0);

  const log = await postfix.log();
  const removed = new Set([...log.matchAll(/ postfix\/qmgr\[\d+\]: (\w+): removed$/gm)].map(([, id]) => id));
  const told = readMessages(run.dir).map(({ reply }) => /queued as (\w+)/.exec(reply)?.[1]);
  assert.ok(told.length > 0);
  assert.equal(new Set(told).size, told.length, 'no queue id was given twice');
  assert.deepEqual(
    told.filter((id) => id === undefined || !removed.has(id)),
    [],
  );
  if (told.length === messages) assert.deepEqual([...removed].sort(), [...told].sort());
}
