/** `mailbench capacity` as a user types it, with trials of a second: what it leaves, not what it finds. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { readCapacity } from '#src/result/capacity.js';
import { type CliOptions, runCli, startCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';

const TEXT =
  'name: cap\nscenarios: { a: { executor: constant-arrival-rate, rate: 20, duration: 1s, preAllocatedVUs: 2, maxVUs: 5 } }';
const CLI: CliOptions = { timeoutMs: 110_000 };

async function place(t: TestContext, text = TEXT) {
  const folder = await temporaryDir(t);
  const file = join(folder, 's.yaml');
  writeFileSync(file, text);
  const out = join(folder, 'out');
  return {
    out,
    args: ['capacity', file, '--out', out, '--workers', '1', '--idle-within', '0s', '--trial', '1s'],
  };
}

function only(out: string): string {
  const [id, ...more] = readdirSync(out).filter((name) => /^\d{8}-/.test(name));
  assert.deepEqual(more, []);
  return join(out, id ?? '');
}

describe('mailbench capacity', () => {
  test('ends when its time is over with what it knows, and goes on from there', async (t) => {
    const { out, args } = await place(t);
    const ended = await runCli(
      [...args, '--max-time', '4s', '--min-rate', '1000000', '--messages-per-day', '1000000'],
      CLI,
    );
    const directory = only(out);
    const capacity = readCapacity(directory);
    assert.equal(ended.code, capacity.generatorLimited ? 120 : 123, ended.stderr);
    assert.equal(capacity.name, 'cap');
    assert.deepEqual(capacity.demand, { messagesPerDay: 1_000_000, peakFactor: 4, headroom: 0.3 });
    assert.ok(capacity.trials.length >= 1);
    for (const { run } of capacity.trials) assert.ok(existsSync(join(directory, run, 'result.json')), run);
    assert.match(ended.stderr, /bracket: 20\/s for 1 s/);
    assert.match(ended.stderr, /no thresholds: however slow/);
    for (const file of ['capacity.html', 'summary.md', 'junit.xml', 'capacity.ndjson'])
      assert.ok(existsSync(join(directory, file)), file);

    const resumed = await runCli([...args, '--max-time', '8s', '--resume', directory], CLI);
    const more = readCapacity(directory);
    // Beside other tests the generator may be the bottleneck twice: then it ends there, and again.
    const isLonger = more.trials.length > capacity.trials.length;
    assert.ok(isLonger || capacity.generatorLimited, resumed.stderr);
    assert.deepEqual(more.trials.slice(0, capacity.trials.length), capacity.trials);
    assert.equal(more.seed, capacity.seed);

    const rendered = await runCli(['report', directory], CLI);
    assert.equal(rendered.code, 0, rendered.stderr);
    assert.match(rendered.stdout, /Not confirmed|Sustains/);
    const changed = await runCli([...args, '--precision', '20%', '--resume', directory], CLI);
    assert.equal(changed.code, 104);
    assert.match(changed.stderr, /CAPACITY_CHANGED/);
  });

  test('is ended by Ctrl-C with its trials kept', async (t) => {
    const { out, args } = await place(t);
    const running = startCli(args, CLI);
    await running.waitForOutput(/bracket:[\s\S]*bracket:/);
    running.child.kill('SIGINT');
    const ended = await running.done;
    assert.equal(ended.code, 105, ended.stderr);
    const { endedBy, trials } = readCapacity(only(out));
    assert.equal(endedBy, 'stopped');
    assert.equal(trials.length, 1, 'the one that was ended does not count');
  });

  test('by VUs measures each level, in turn', async (t) => {
    const { out, args } = await place(t);
    const ended = await runCli([...args, '--by', 'vus', '--levels', '1,2', '--rounds', '2'], CLI);
    assert.equal(ended.code, 0, ended.stderr);
    const { concurrency, by } = readCapacity(only(out));
    assert.equal(by, 'vus');
    assert.deepEqual(
      concurrency?.levels.map(({ vus }) => vus),
      [1, 2, 1, 2],
    );
    assert.equal(concurrency.scaling, null);
    assert.ok(concurrency.levels.every(({ acceptedPerSec }) => (acceptedPerSec ?? 0) > 0));
    assert.match(ended.stdout, /BY CONCURRENCY/);
  });

  test('of a server elsewhere says that it cannot see what is delivered', async (t) => {
    const { args } = await place(t, `${TEXT}\ntarget: { url: "smtp://127.0.0.1:9" }`);
    const ended = await runCli([...args, '--max-time', '1s'], CLI);
    assert.match(ended.stderr, /Nothing tells what the server delivers/);
    assert.equal(ended.code, 99, ended.stdout);
    assert.match(ended.stdout, /No rate was found/);
  });

  for (const [flags, wanted] of [
    [['--precision', 'exact'], /--precision must be a share[^\n]*CAPACITY_OPTION/],
    [['--precision', '90%'], /--precision must be between/],
    [['--max-time', '0s'], /--max-time must be longer than nothing/],
    [['--trial', 'x'], /DURATION_FLAG/],
    [['--start', '-1'], /--start must be between/],
    [['--levels', '1,two'], /--levels must be whole numbers/],
    [['--headroom', '99%'], /--headroom must be between/],
    [['--executor', 'b'], /CAPACITY_EXECUTOR/],
    [['--resume', '.'], /CAPACITY_NOT_FOUND/],
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
