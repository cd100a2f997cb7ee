/** `mailbench experiment` and `mailbench compare` as a user types them, with few and short runs: no verdict is asked of them. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { readComparison } from '#src/result/comparison.js';
import { readResult } from '#src/result/run-directory.js';
import { type CliOptions, runCli, startCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';

const LOAD = 'scenarios: { a: { executor: shared-iterations, vus: 2, iterations: 30 } }';
const TEXT = `scenario: { client: { messagesPerSession: 5 }, ${LOAD} }
seed: 7
rounds: 2
variants: { whole: {}, single: { client: { messagesPerSession: 1 } } }`;

interface Place {
  readonly folder: string;
  readonly out: string;
  readonly args: readonly string[];
}

async function place(t: TestContext, text = TEXT): Promise<Place> {
  const folder = await temporaryDir(t);
  writeFileSync(join(folder, 'e.yaml'), text);
  const out = join(folder, 'out');
  const args = ['experiment', join(folder, 'e.yaml'), '--out', out, '--workers', '1', '--idle-within', '0s'];
  return { folder, out, args };
}

function only(out: string): string {
  const [id, ...more] = readdirSync(out).filter((name) => /^\d{8}-/.test(name));
  assert.deepEqual(more, []);
  return join(out, id ?? '');
}

const CLI: CliOptions = { timeoutMs: 110_000 };

describe('mailbench experiment', () => {
  test('runs its rounds, and leaves verdicts, a page, Markdown and JUnit', async (t) => {
    const { folder, out, args } = await place(t);
    const summary = join(folder, 'step.md');
    const ended = await runCli(args, { ...CLI, env: { GITHUB_STEP_SUMMARY: summary } });
    assert.equal(ended.code, 0, ended.stderr);
    const directory = only(out);
    const comparison = readComparison(directory);
    assert.deepEqual(
      [comparison.baseline, comparison.variants, comparison.rounds],
      ['whole', ['whole', 'single'], 2],
    );
    assert.equal(comparison.runs.length, 4);
    for (const { run, variant } of comparison.runs) {
      const { counts, metrics, run: info } = readResult(join(directory, run));
      assert.equal(counts.accepted, 30);
      // Two VUs share the 30: six sessions of five, or seven.
      const sessions = metrics.smtp_sessions?.values.count ?? 0;
      assert.ok(variant === 'single' ? sessions === 30 : sessions === 6 || sessions === 7, `${sessions}`);
      assert.ok(info.seed === 8 || info.seed === 9);
    }
    for (const { verdict } of comparison.rows) assert.match(verdict ?? '', /^(?:inconclusive|same)$/);
    assert.deepEqual(
      comparison.differences.map(({ path }) => path),
      ['client.messagesPerSession'],
    );
    assert.match(ended.stdout, /single against whole/);
    assert.match(ended.stderr, /round 2 of 2: (?:whole|single)/);
    for (const file of ['comparison.html', 'summary.md', 'junit.xml', 'experiment.ndjson'])
      assert.ok(existsSync(join(directory, file)), file);
    assert.equal(readFileSync(summary, 'utf8'), readFileSync(join(directory, 'summary.md'), 'utf8'));

    // Told again, from another folder, and failed where that was asked.
    const again = await runCli(['compare', directory, '--fail-on', 'inconclusive'], CLI);
    assert.equal(again.code, 122, again.stdout);
    assert.match(again.stdout, /2 rounds in an order of chance/);
    const page = readFileSync(join(directory, 'comparison.html'), 'utf8');
    assert.match(page, /Response time by percentile/);
    const rendered = await runCli(['report', directory, '--summary-mode', 'disabled'], CLI);
    assert.deepEqual([rendered.code, rendered.stdout], [0, ''], rendered.stderr);
    const mixed = await runCli(['compare', directory, join(directory, comparison.runs[0]!.run)], CLI);
    assert.equal(mixed.code, 104);
    assert.match(mixed.stderr, /COMPARE_MIXED/);
  });

  test('is ended by Ctrl-C with its finished rounds kept, and gone on with', async (t) => {
    const { out, args } = await place(t);
    const running = startCli(args, CLI);
    await running.waitForOutput(/round 2 of 2/);
    running.child.kill('SIGINT');
    const ended = await running.done;
    assert.equal(ended.code, 105, ended.stderr);
    const directory = only(out);
    assert.equal(readComparison(directory).rounds, 1);
    assert.match(ended.stdout, /Only 1 of 2 rounds came to their end/);
    const resumed = await runCli([...args, '--resume', directory], CLI);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.doesNotMatch(resumed.stderr, /round 1 of 2/);
    assert.equal(readComparison(directory).rounds, 2);
    assert.equal(only(out), directory);
  });

  test('in which no round came to its end says so', async (t) => {
    const { args } = await place(t);
    const running = startCli(args, CLI);
    await running.waitForOutput(/round 1 of 2/);
    running.child.kill('SIGINT');
    const ended = await running.done;
    assert.equal(ended.code, 105, ended.stderr);
    assert.match(ended.stderr, /no round came to its end[\s\S]*--resume/);
  });

  test('whose prepare fails shows what it printed, and keeps what is done', async (t) => {
    const text = TEXT.replace(
      'whole: {}',
      `whole: { prepare: 'test $MAILBENCH_ROUND = 1 || { echo no such milter; exit 3; }' }`,
    );
    const { out, args } = await place(t, text);
    const ended = await runCli(args, CLI);
    assert.equal(ended.code, 1);
    assert.match(
      ended.stderr,
      /prepare of whole ended with 3[\s\S]*no such milter[\s\S]*EXPERIMENT_COMMAND_FAILED/,
    );
    assert.equal(readComparison(only(out)).rounds, 1);
  });

  test('against itself measures the noise floor, of a scenario too, and later ones quote it', async (t) => {
    const { folder, out, args } = await place(t);
    const [, , ...rest] = args;
    writeFileSync(join(folder, 's.yaml'), LOAD);
    const ended = await runCli(['experiment', join(folder, 's.yaml'), '--aa', '--rounds', '1', ...rest], CLI);
    assert.equal(ended.code, 0, ended.stderr);
    const floors = JSON.parse(readFileSync(join(out, 'noise-floors.json'), 'utf8')) as {
      floors: { name: string }[];
    };
    assert.deepEqual(
      floors.floors.map(({ name }) => name),
      ['s'],
    );
    const again = await runCli(['experiment', join(folder, 's.yaml'), '--aa', '--rounds', '1', ...rest], CLI);
    assert.match(again.stdout, /Noise floor of this host \(\d{4}-\d\d-\d\d, 1 round of the same server\)/);
  });

  for (const [flags, wanted] of [
    [['--rounds', '0'], /--rounds must be a whole number[^\n]*EXPERIMENT_OPTION/],
    [['--idle-within', 'soon'], /DURATION_FLAG/],
    [['--resume', '.'], /EXPERIMENT_NOT_FOUND/],
    [['--fail-on', 'better'], /fail-on/],
  ] as const) {
    test(`with ${flags.join(' ')} makes nothing and says why`, async (t) => {
      const { out, args } = await place(t);
      // A flag may stand there once only.
      const given = args.indexOf(flags[0]);
      const others = given === -1 ? args : [...args.slice(0, given), ...args.slice(given + 2)];
      const ended = await runCli([...others, ...flags], CLI);
      assert.equal(ended.code, 104, ended.stderr);
      assert.match(ended.stderr, wanted);
      assert.ok(!existsSync(out));
    });
  }
});

describe('mailbench compare', () => {
  test('of single runs is a table without verdicts; of a baseline, too; runs that sent something else need --force', async (t) => {
    const folder = await temporaryDir(t);
    const out = join(folder, 'reports');
    const options = { ...CLI, cwd: folder };
    const runs: string[] = [];
    for (const iterations of [20, 20, 30]) {
      const run = await runCli(
        ['run', '--vus', '2', '--iterations', String(iterations), '--seed', '3', '--workers', '1'],
        options,
      );
      assert.equal(run.code, 0, run.stderr);
      const ids = readdirSync(out)
        .filter((name) => /^\d{8}-/.test(name))
        .sort();
      runs.push(ids.find((id) => !runs.includes(id))!);
    }
    const [a = '', b = '', other = ''] = runs;

    const single = await runCli(
      ['compare', a, b, '--fail-on', 'worse', '--fail-on', 'inconclusive'],
      options,
    );
    assert.equal(single.code, 0, single.stderr);
    assert.match(single.stdout, /Exploratory/);
    const [place = ''] = readdirSync(out).filter((id) => existsSync(join(out, id, 'comparison.json')));
    assert.deepEqual(
      readComparison(join(out, place)).runs.map(({ run }) => run),
      [`../${a}`, `../${b}`],
    );
    assert.doesNotMatch(single.stdout, /WORSE|BETTER|inconclusive/);

    const saved = await runCli(['compare', a, '--save-baseline', 'main'], options);
    assert.match(saved.stderr, /saved \S+ as main/);
    const against = await runCli(['compare', b, '--baseline', 'main'], options);
    assert.equal(against.code, 0, against.stderr);
    assert.match(against.stdout, /against main/);

    const unlike = await runCli(['compare', a, other], options);
    assert.equal(unlike.code, 104);
    assert.match(unlike.stderr, /did not send the same: scenarios\.default\.iterations[\s\S]*COMPARE_UNLIKE/);
    const forced = await runCli(['compare', a, other, '--force'], options);
    assert.equal(forced.code, 0, forced.stderr);
    assert.match(forced.stdout.replace(/\s+/g, ' '), /did not send the same/);

    for (const [args, wanted] of [
      [[a], /COMPARE_ONE_RUN/],
      [[a, b, '--save-baseline', 'x'], /COMPARE_BASELINE/],
      [[a, '--baseline', 'none'], /BASELINE_NOT_FOUND/],
      [[a, '--save-baseline', '../x'], /BASELINE_NAME/],
    ] as const) {
      const ended = await runCli(['compare', ...args], options);
      assert.equal(ended.code, 104, ended.stderr);
      assert.match(ended.stderr, wanted);
    }

    const damaged = join(out, b, 'result.json');
    writeFileSync(damaged, readFileSync(damaged, 'utf8').replace('"accepted": 20', '"accepted": "20"'));
    const refused = await runCli(['compare', a, b], options);
    assert.equal(refused.code, 104);
    assert.match(refused.stderr, /counts\.accepted/);

    const trend = await runCli(['trend'], options);
    assert.equal(trend.code, 0, trend.stderr);
    assert.match(trend.stdout, /2 runs on/);
    assert.match(trend.stderr, /left out: .*counts\.accepted/);
    assert.ok(existsSync(join(out, 'trend.html')));
    for (const [args, wanted] of [
      [['nothing'], /TREND_NO_RUNS/],
      [['--last', '0'], /TREND_OPTION/],
      [['--measure', 'x'], /TREND_OPTION/],
    ] as const) {
      const ended = await runCli(['trend', ...args], options);
      assert.equal(ended.code, 104);
      assert.match(ended.stderr, wanted);
    }
  });
});
