import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { LineFile } from '#src/result/line-file.js';
import {
  type MessageLine,
  MessageLog,
  messageLineSchema,
  omittedLineSchema,
  repliesOf,
} from '#src/result/message-log.js';
import { SmallDisk } from '#test/result/small-disk.js';
import { temporaryDir } from '#test/tmp.js';

function line(number: number, why: MessageLine['why'] = 'failed'): MessageLine {
  return {
    v: 1,
    number,
    token: `20261122-081403-x7k2.${number}`,
    recipients: ['user1@example.test'],
    scheduledAtUs: 1,
    startedAtUs: 2,
    mailAtUs: null,
    endedAtUs: 3,
    outcome: 'failed',
    phase: 'connect',
    cause: 'refused',
    code: 0,
    enhanced: '',
    class: 'connection',
    reply: '',
    why,
  };
}

function setUp(options = {}): { disk: SmallDisk; log: MessageLog } {
  const disk = new SmallDisk(1e6);
  return { disk, log: new MessageLog(new LineFile('messages.ndjson', disk), options) };
}

test('lines are read back as they were written', () => {
  const { disk, log } = setUp();
  log.add(line(1));
  log.add(line(2, 'slow'));
  log.close();
  assert.deepEqual(
    disk.lines.map((text) => messageLineSchema.parse(JSON.parse(text))),
    [line(1), line(2, 'slow')],
  );
  assert.ok(disk.isClosed);
});

test('lines wait in the buffer until it is full or flushed', () => {
  const { disk, log } = setUp({ bufferBytes: 500 });
  log.add(line(1));
  assert.equal(disk.lines.length, 0);
  log.add(line(2));
  assert.equal(disk.lines.length, 2);
  log.add(line(3));
  log.flush();
  assert.equal(disk.lines.length, 3);
});

test('over the limit messages are only counted, and the last line says how many', () => {
  const { disk, log } = setUp({ limitPerReason: 2 });
  for (let number = 0; number < 5; number += 1) log.add(line(number));
  log.close();
  assert.equal(disk.lines.length, 3);
  assert.deepEqual(omittedLineSchema.parse(JSON.parse(disk.lines[2] ?? '')), {
    v: 1,
    omitted: { failed: 3 },
  });
});

test('a flood of failures does not displace messages in doubt, and slow ones or all are never left out', () => {
  const { disk, log } = setUp({ limitPerReason: 1 });
  for (const why of ['failed', 'failed', 'in-doubt', 'slow', 'slow', 'all', 'all'] as const)
    log.add(line(1, why));
  log.close();
  assert.deepEqual(
    disk.lines.map((text) => JSON.parse(text).why),
    ['failed', 'in-doubt', 'slow', 'slow', 'all', 'all', undefined],
  );
});

test('on a full disk what was written stays, and the file is closed', () => {
  const { disk, log } = setUp();
  log.add(line(1));
  log.flush();
  disk.roomBytes = disk.content.length + 10;
  log.add(line(2));
  assert.throws(() => log.close(), { code: 'RESULT_DISK_FULL' });
  assert.equal(disk.lines.length, 1);
  assert.ok(disk.isClosed);
});

test('replies are found by number, in short lines and long ones, whatever the server wrote', async (t) => {
  const path = join(await temporaryDir(t), 'messages.ndjson');
  const log = new MessageLog(LineFile.create(path));
  const short = (number: number, accepted: string) => `${JSON.stringify({ v: 1, number, accepted })}\n`;
  log.addAccepted(short(1, '250 2.0.0 Ok: queued as "A\u2028\n"') + short(2, '250 not asked for'));
  log.add({ ...line(3), code: 550, reply: '5.1.1 nobody' });
  log.close();
  assert.deepEqual(
    [...(await repliesOf(path, new Set([1, 3, 4])))],
    [
      [1, '250 2.0.0 Ok: queued as "A\u2028\n"'],
      [3, '550 5.1.1 nobody'],
    ],
  );
});

test('without a log there are no replies', async (t) => {
  assert.equal((await repliesOf(join(await temporaryDir(t), 'no.ndjson'), new Set([1]))).size, 0);
});
