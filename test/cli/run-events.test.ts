import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RunEvents } from '#src/cli/run-events.js';
import { EnvironmentError } from '#src/errors.js';
import { runEventSchema } from '#src/result/events.js';
import { load } from '#test/scenario/load.js';
import { passedResult } from '../report/fixture.js';
import { temporaryDir } from '../tmp.js';

test('after the last line nothing more is said, whatever breaks then', async (t) => {
  const path = join(await temporaryDir(t), 'events.ndjson');
  const events = new RunEvents(path);
  events.start(load(null), { id: 'r1', directory: 'reports/r1' }, 2);
  const end = {
    directory: 'reports/r1',
    result: passedResult(),
    warnings: [],
    cause: 'end',
    error: null,
  } as const;
  events.final(end, 0);
  events.failed(new EnvironmentError('RUN_SINK_DIED', 'too late'));
  assert.equal(await events.end(), null);
  const told = linesOf(path);
  assert.deepEqual(
    told.map((event) => [event.type, event.run]),
    [
      ['phase', 'r1'],
      ['final', 'r1'],
    ],
  );
});

test('a run that broke has the verdict error, with its code, and the result that there is', async (t) => {
  const path = join(await temporaryDir(t), 'events.ndjson');
  const events = new RunEvents(path);
  const error = new EnvironmentError('RUN_SINK_DIED', 'the sink ended', { hint: 'Look why.' });
  const result = passedResult();
  events.final({ directory: 'reports/r1', result, warnings: [], cause: 'failure', error }, 1);
  await events.end();
  const [final] = linesOf(path);
  assert.ok(final?.type === 'final');
  assert.deepEqual([final.verdict, final.exitCode, final.counts], ['error', 1, result.counts]);
  assert.deepEqual(final.error, { code: 'RUN_SINK_DIED', message: 'the sink ended', hint: 'Look why.' });
});

test('without a path it listens to nothing', async () => {
  const events = new RunEvents(undefined);
  assert.deepEqual(events.watcher(load(null).scenario), {});
  assert.equal(events.ownsStdout, false);
  assert.equal(await events.end(), null);
});

function linesOf(path: string) {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => runEventSchema.parse(JSON.parse(line)));
}
