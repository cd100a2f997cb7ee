import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Experiment } from '#src/experiment/experiment.js';
import { ROUND_LOG_FILE } from '#src/experiment/round-log.js';
import { type ExperimentRunOptions, finishedRounds, runExperiment } from '#src/experiment/run-experiment.js';
import type { RunEnd } from '#src/run/run.js';
import type { LoadedScenario } from '#src/scenario/load-scenario.js';
import { invalidResult, passedResult } from '#test/report/fixture.js';
import { temporaryDir } from '#test/tmp.js';
import { experimentOf } from './experiment-file.js';

const TEXT = `scenario: { scenarios: { a: { executor: constant-vus, duration: 1s } } }
seed: 7
rounds: 4
variants: { old: {}, new: { tags: { which: new } } }`;

interface Made {
  readonly variant: string;
  readonly seed: number;
}

/** Runs that take no time; `verdict` says which are void, `stopAfter` when somebody presses Ctrl-C. */
async function experiment(
  t: TestContext,
  {
    text = TEXT,
    isVoid = () => false,
    stopAfter = Number.POSITIVE_INFINITY,
    directory,
    isResumed = false,
  }: {
    readonly text?: string;
    readonly isVoid?: (made: number) => boolean;
    readonly stopAfter?: number;
    readonly directory?: string;
    readonly isResumed?: boolean;
  } = {},
) {
  const opened = await experimentOf(t, text);
  const made: Made[] = [];
  const place = directory ?? (await temporaryDir(t));
  const options: ExperimentRunOptions = {
    directory: place,
    isResumed,
    startedAt: '2026-11-23T10:00:00.000Z',
    perform: async (loaded: LoadedScenario): Promise<RunEnd> => {
      made.push({ variant: loaded.scenario.tags.which ?? 'old', seed: loaded.scenario.seed });
      const result = isVoid(made.length) ? invalidResult() : passedResult();
      return { directory: `/runs/r${made.length}`, result, warnings: [], cause: 'end', error: null };
    },
    isStopped: () => made.length >= stopAfter,
    onNote: () => {},
    untilIdle: async () => true,
  };
  return { opened, made, place, run: () => runExperiment(opened, options) };
}

function order(made: readonly Made[]): string {
  return made.map(({ variant }) => variant[0]).join('');
}

describe('an experiment', () => {
  test('runs each variant once in a round, with the same seed, in an order of chance', async (t) => {
    const { made, run } = await experiment(t, { text: TEXT.replace('rounds: 4', 'rounds: 30') });
    const { rounds, voids } = await run();
    assert.equal(rounds.length, 30);
    assert.deepEqual(voids, []);
    const pairs = order(made).match(/../g)!;
    assert.ok(pairs.every((pair) => pair === 'on' || pair === 'no'));
    const firsts = pairs.filter((pair) => pair === 'on').length;
    assert.ok(firsts > 6 && firsts < 24, `${firsts} of 30`);
    for (const [at, { seed }] of made.entries()) assert.equal(seed, 7 + Math.floor(at / 2) + 1);
  });

  test('has the same order again with the same seed, and another with another', async (t) => {
    const of = async (seed: number) => {
      const { made, run } = await experiment(t, {
        text: TEXT.replace('seed: 7', `seed: ${seed}`).replace('rounds: 4', 'rounds: 20'),
      });
      await run();
      return order(made);
    };
    assert.equal(await of(7), await of(7));
    assert.notEqual(await of(7), await of(8));
  });

  test('makes a round again in which a generator was the bottleneck', async (t) => {
    const { made, run, place } = await experiment(t, { isVoid: (n) => n === 4 });
    const { rounds, voids } = await run();
    assert.equal(rounds.length, 4);
    assert.equal(made.length, 4 * 2 + 2);
    assert.deepEqual(
      voids.map(({ round, run: name }) => [round, name]),
      [[2, 'r4']],
    );
    assert.match(voids[0]!.reason, /97 %/);
    assert.deepEqual(finishedRounds(place), { rounds, voids, isStopped: false });
  });

  test('ends where the generator never can, and keeps what it has', async (t) => {
    const { run, place } = await experiment(t, { isVoid: (n) => n > 2 });
    await assert.rejects(run, { code: 'EXPERIMENT_VOID' });
    assert.equal(finishedRounds(place).rounds.length, 1);
  });

  test('keeps whole rounds when it is stopped, and goes on with the next', async (t) => {
    const first = await experiment(t, { stopAfter: 3 });
    const stopped = await first.run();
    assert.equal(stopped.isStopped, true);
    assert.equal(stopped.rounds.length, 1);
    const second = await experiment(t, { directory: first.place, isResumed: true });
    const whole = await second.run();
    assert.equal(whole.rounds.length, 4);
    assert.equal(second.made.length, 6);
    assert.equal(second.made[0]?.seed, 7 + 2);
  });

  test('goes on after a torn line as if that round had not been', async (t) => {
    const first = await experiment(t);
    await first.run();
    const log = join(first.place, ROUND_LOG_FILE);
    const text = readFileSync(log, 'utf8');
    writeFileSync(log, text.slice(0, -20));
    const second = await experiment(t, { directory: first.place, isResumed: true });
    assert.equal((await second.run()).rounds.length, 4);
    assert.equal(second.made.length, 2);
    assert.equal(finishedRounds(first.place).rounds.length, 4, 'the torn line does not spoil the next');
  });

  test('goes on only as the same', async (t) => {
    const first = await experiment(t, { stopAfter: 2 });
    await first.run();
    const other = await experiment(t, {
      text: `${TEXT}\nname: other`,
      directory: first.place,
      isResumed: true,
    });
    await assert.rejects(other.run, { code: 'EXPERIMENT_CHANGED' });
    appendFileSync(join(first.place, ROUND_LOG_FILE), '{"type":"round","round":"two"}\n');
    const damaged = await experiment(t, { directory: first.place, isResumed: true });
    await assert.rejects(damaged.run, { code: 'TRIAL_LOG_INVALID', message: /line 3: round/ });
  });
});

describe('the commands of a variant', () => {
  const withCommands = (words: string) =>
    TEXT.replace('old: {}', `old: { ${words} }`).replace('rounds: 4', 'rounds: 1');
  const folderOf = ({ folder }: Experiment) => folder;

  test('prepare, are asked until it is ready, and conclude, around each run', async (t) => {
    const words = `prepare: 'echo "prepare $MAILBENCH_VARIANT $MAILBENCH_ROUND" >> log', ready: 'test -e up || { touch up; exit 1; }', conclude: 'echo conclude >> log'`;
    const { opened, run } = await experiment(t, { text: withCommands(words) });
    await run();
    assert.equal(readFileSync(join(folderOf(opened), 'log'), 'utf8'), 'prepare old 1\nconclude\n');
    assert.ok(existsSync(join(folderOf(opened), 'up')));
  });

  test('that fail end it, with what they printed and the finished rounds kept', async (t) => {
    const words = `prepare: 'test $MAILBENCH_ROUND -lt 3 || { echo no such milter; exit 3; }'`;
    const { run, place } = await experiment(t, {
      text: withCommands(words).replace('rounds: 1', 'rounds: 4'),
    });
    await assert.rejects(run, {
      code: 'EXPERIMENT_COMMAND_FAILED',
      message: /^prepare of old ended with 3: [\s\S]*\nno such milter$/,
    });
    assert.equal(finishedRounds(place).rounds.length, 2);
  });

  test('that never say ready end it, and conclude all the same', async (t) => {
    const words = `ready: 'echo still starting; exit 1', conclude: 'touch concluded'`;
    const text = `${withCommands(words)}\nreadyWithin: 600ms`;
    const { opened, run } = await experiment(t, { text });
    await assert.rejects(run, {
      code: 'TRIAL_NOT_READY',
      message: /old is not ready after 0\.6 s[\s\S]*still starting/,
    });
    assert.ok(existsSync(join(folderOf(opened), 'concluded')));
  });

  test('that find the queue full end it', async (t) => {
    const text = `${TEXT}\ndrained: 'echo 17 in the queue; exit 1'\ndrainWithin: 600ms`;
    const { run } = await experiment(t, { text });
    await assert.rejects(run, {
      code: 'TRIAL_NOT_READY',
      message: /the queue is not empty[\s\S]*17 in the queue/,
    });
  });
});
