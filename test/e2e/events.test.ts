import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type RunEvent, runEventSchema } from '#src/result/events.js';
import { readResult } from '#src/result/run-directory.js';
import { runCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';
import { assertExit, loadRun, scenarioFile, startLoadRun } from './load-run.js';

describe('--events', { concurrency: 2 }, () => {
  test('- leaves standard output to the events, and tells people on standard error', async (t) => {
    const file = await scenarioFile(t, {
      name: 'told',
      tags: { build: '1' },
      scenarios: {
        a: { executor: 'constant-arrival-rate', rate: 20, duration: '3s', warmup: '1s', preAllocatedVUs: 5 },
      },
      thresholds: { smtp_message_failed: ['rate==0'] },
      delivery: { expect: 'sink' },
    });
    const run = await loadRun(t, [file, '--events', '-', '--seed', '7']);
    const events = eventsOf(run.stdout);
    assertExit(run, 0);
    assert.deepEqual(phasesOf(events), ['start', 'warmup', 'steady', 'finishing', 'delivery']);
    const [start, final] = [events[0], events.at(-1)];
    assert.ok(start?.type === 'phase' && start.phase === 'start');
    const { name, target, scenarios, seed, workers, plannedMs } = start;
    assert.deepEqual(
      [name, target, scenarios, seed, workers, plannedMs],
      ['told', 'embedded', ['a'], 7, 1, 3000],
    );
    assert.ok(events.filter(({ type }) => type === 'progress').length >= 2);
    assert.ok(final?.type === 'final');
    const { result } = run;
    assert.deepEqual(
      [
        final.exitCode,
        final.status,
        final.health,
        final.counts,
        final.thresholds,
        final.delivery,
        final.error,
      ],
      [run.code, 'completed', result.health.verdict, result.counts, result.thresholds, result.delivery, null],
    );
    assert.ok(events.every((event) => event.run === result.run.id));
    assert.deepEqual(readResult(final.directory ?? ''), result);
    assert.match(run.stderr, /told → embedded[\s\S]*report: .*exit/);
  });

  test('what scenario code logs, while it is imported and later, is no event', async (t) => {
    const file = join(await temporaryDir(t), 'logs.mjs');
    writeFileSync(
      file,
      `console.log('on import');
      export default {
        scenarios: { a: { executor: 'shared-iterations', iterations: 2 } },
        message: ({ number }) => { console.info('message ' + number); return { subject: 's', text: 't' }; },
      };`,
    );
    const run = await loadRun(t, [file, '--events', '-', '--quiet']);
    assert.equal(finalOf(eventsOf(run.stdout)).exitCode, 0);
    assert.match(run.stderr, /on import[\s\S]*message 1/);
  });

  test('a file gets the same, and the summary stays where it was', async (t) => {
    const events = join(await temporaryDir(t), 'events.ndjson');
    const run = await loadRun(t, ['--iterations', '3', '--events', events]);
    assert.equal(run.code, 0);
    assert.match(run.stdout, /ad-hoc → embedded/);
    assert.deepEqual(phasesOf(eventsOf(readFileSync(events, 'utf8'))), ['start', 'steady']);
  });

  test('a threshold is told when it first fails and when it ends the run, and what comes of it', async (t) => {
    const file = await scenarioFile(t, {
      scenarios: { a: { executor: 'constant-vus', vus: 1, duration: '1m' } },
      thresholds: {
        smtp_messages: [{ threshold: 'count<1', abortOnFail: true, delayAbortEval: '3s' }],
      },
    });
    const run = await loadRun(t, [file, '--events', '-', '--quiet']);
    assertExit(run, 99);
    const events = eventsOf(run.stdout);
    const told = events.flatMap((event) => (event.type === 'threshold' ? [event] : []));
    assert.deepEqual(
      told.map(({ metric, threshold, abortOnFail, aborts }) => [metric, threshold, abortOnFail, aborts]),
      [
        ['smtp_messages', 'count<1', true, false],
        ['smtp_messages', 'count<1', true, true],
      ],
    );
    assert.ok(told[0]!.elapsedMs < told[1]!.elapsedMs);
    assert.deepEqual(phasesOf(events), ['start', 'steady', 'stopping']);
    const stopping = events.find((event) => event.type === 'phase' && event.phase === 'stopping');
    assert.match(
      stopping?.type === 'phase' && 'reason' in stopping ? stopping.reason : '',
      /count<1 failed with/,
    );
    const final = finalOf(events);
    assert.deepEqual([final.exitCode, final.verdict, final.status], [99, 'aborted', 'aborted']);
    assert.equal(run.stderr, '');
  });

  test('a signal is a phase, and the exit code of the last line', async (t) => {
    const running = await startLoadRun(t, ['--vus', '1', '--duration', '10m', '--events', '-', '--quiet']);
    await running.waitForOutput(/"progress"/);
    running.child.kill('SIGINT');
    const run = await running.ended();
    const events = eventsOf(run.stdout);
    assert.deepEqual(phasesOf(events), ['start', 'steady', 'stopping']);
    assert.deepEqual([finalOf(events).exitCode, run.code], [105, 105]);
  });

  test('a scenario that cannot be run is one line with its problems', async () => {
    const { code, stdout, stderr } = await runCli([
      'run',
      '--set',
      'nmae=a',
      '--set',
      'x=1',
      '--events',
      '-',
    ]);
    const [final, ...more] = eventsOf(stdout);
    assert.deepEqual([code, more], [104, []]);
    assert.ok(final?.type === 'final');
    assert.deepEqual(
      [final.exitCode, final.verdict, final.run, final.directory, final.error?.code],
      [104, 'error', null, null, 'SCENARIO_KEY_UNKNOWN'],
    );
    assert.deepEqual(final.problems.map(({ where }) => where).sort(), ['--set nmae', '--set x']);
    assert.match(stderr, /2 problems/);
  });

  test('a reader that goes away ends neither the run nor its result', async (t) => {
    const run = await loadRun(t, ['--iterations', '20', '--events', '-', '--quiet'], {
      under: ['sh', '-c', '"$@" | head -n 1 >/dev/null', 'sh'],
    });
    assert.equal(run.stderr, '');
    assert.equal(run.result.counts.accepted, 20);
  });

  test('a full disk is told, and exits 1 with a whole result', async (t) => {
    const run = await loadRun(t, ['--iterations', '5', '--events', '/dev/full']);
    assert.equal(run.code, 1);
    assert.match(run.stderr, /EVENTS_WRITE_FAILED/);
    assert.deepEqual([run.result.run.status, run.result.counts.accepted], ['completed', 5]);
    assert.match(run.stdout, /ad-hoc → embedded/);
  });
});

function eventsOf(text: string): RunEvent[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => runEventSchema.parse(JSON.parse(line)));
}

function phasesOf(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'phase' ? [event.phase] : []));
}

function finalOf(events: readonly RunEvent[]) {
  const final = events.at(-1);
  assert.ok(final?.type === 'final');
  return final;
}
