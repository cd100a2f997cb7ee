import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecutorSpec } from '#src/scenario/executor-spec.js';
import type { ScenarioFlags } from '#src/scenario/overrides.js';
import type { Environment } from '#src/yaml/references.js';
import { type Around, load, places, problem } from './load.js';

const FILE =
  'name: f\nseed: 1\nscenarios: { peak: { executor: constant-arrival-rate, rate: 5, duration: 9s, preAllocatedVUs: 2 } }\n';

function executors(text: string | null, around: Around): Readonly<Record<string, Partial<ExecutorSpec>>> {
  return load(text, around).scenario.scenarios;
}

test('precedence: defaults, file, environment, flags, --set', () => {
  const file = 'seed: 1';
  const env = { MAILBENCH_SEED: '2' };
  const flags = { seed: 3 };
  const set = ['seed=4'];
  const table: readonly [string, Around, number][] = [
    ['', {}, 42],
    [file, {}, 1],
    [file, { env }, 2],
    ['', { env }, 2],
    [file, { env, flags }, 3],
    [file, { flags }, 3],
    [file, { env, flags: { ...flags, set } }, 4],
    [file, { flags: { set } }, 4],
  ];
  for (const [text, around, seed] of table) {
    assert.equal(load(text === '' ? null : text, around).scenario.seed, seed, JSON.stringify([text, around]));
  }
});

test('each single value has a variable and a flag', () => {
  const env: Environment = {
    MAILBENCH_TARGET: 'smtp://192.0.2.1:2525',
    MAILBENCH_SIZE: '8KiB',
    MAILBENCH_PIPELINING: 'off',
    MAILBENCH_MESSAGES_PER_SESSION: '7',
    MAILBENCH_SEED: '9',
    MAILBENCH_AUTHORIZED: '1',
  };
  const flags: ScenarioFlags = {
    target: 'smtp://192.0.2.1:2525',
    size: '8KiB',
    pipelining: 'off',
    messagesPerSession: 7,
    seed: '9',
    authorized: true,
  };
  for (const around of [{ env }, { flags }]) {
    const { scenario } = load(FILE, around);
    assert.deepEqual(
      [
        scenario.target.url,
        scenario.messages.map((message) => message.kind === 'size' && message.sizeBytes),
        scenario.client.pipelining,
        scenario.client.messagesPerSession,
        scenario.seed,
        scenario.target.authorized,
      ],
      ['smtp://192.0.2.1:2525', [8192], 'off', { min: 7, max: 7 }, 9, true],
    );
  }
});

test('an empty variable counts as not set', () => {
  assert.equal(load(FILE, { env: { MAILBENCH_SEED: '' } }).scenario.seed, 1);
});

test('without a file the flags say what kind of load it is', () => {
  const base = { startTimeMs: 0, gracefulStopMs: 30_000, warmupMs: 0, iteration: 'message', tags: {} };
  const table: readonly [ScenarioFlags, object][] = [
    [{}, { executor: 'shared-iterations', vus: 1, iterations: 1, maxDurationMs: 600_000 }],
    [{ vus: 3 }, { executor: 'shared-iterations', vus: 3, iterations: 3, maxDurationMs: 600_000 }],
    [
      { vus: 3, iterations: 20 },
      { executor: 'shared-iterations', vus: 3, iterations: 20, maxDurationMs: 600_000 },
    ],
    [
      { iterations: '20', duration: '5s' },
      { executor: 'shared-iterations', vus: 1, iterations: 20, maxDurationMs: 5000 },
    ],
    [
      { vus: 3, duration: '5s' },
      { executor: 'constant-vus', vus: 3, durationMs: 5000 },
    ],
    [{ duration: 500 }, { executor: 'constant-vus', vus: 1, durationMs: 500 }],
    [
      { rate: 100, duration: '1m' },
      {
        executor: 'constant-arrival-rate',
        rate: 100,
        timeUnitMs: 1000,
        arrival: 'uniform',
        durationMs: 60_000,
        preAllocatedVUs: 50,
        maxVUs: 500,
      },
    ],
    [
      { rate: 100, duration: '1m', vus: 7 },
      {
        executor: 'constant-arrival-rate',
        rate: 100,
        timeUnitMs: 1000,
        arrival: 'uniform',
        durationMs: 60_000,
        preAllocatedVUs: 7,
        maxVUs: 70,
      },
    ],
  ];
  for (const [flags, expected] of table) {
    assert.deepEqual(
      executors(null, { flags }),
      { default: { ...base, ...expected } },
      JSON.stringify(flags),
    );
  }
});

test('with a file they take the place of its executors, and say so', () => {
  const { scenario, warnings } = load(FILE, { flags: { vus: 3, duration: '5s' } });
  assert.deepEqual(Object.keys(scenario.scenarios), ['default']);
  assert.deepEqual(warnings, ['--vus and --duration replaced the executors of the scenario file by one.']);
  assert.deepEqual(load('name: x', { flags: { vus: 3, duration: '5s' } }).warnings, []);
});

test('--vus alone leaves the executors of a file as they are, and says so', () => {
  const { scenario, warnings } = load(FILE, { flags: { vus: 3 } });
  assert.deepEqual(Object.keys(scenario.scenarios), ['peak']);
  assert.match(warnings[0] ?? '', /^--vus is ignored/);
});

test('flags that say what kind of load it is put aside what the environment says, but not its VUs', () => {
  const env = { MAILBENCH_RATE: '9', MAILBENCH_DURATION: '9s', MAILBENCH_VUS: '4' };
  const byFlags = executors(null, { env, flags: { iterations: 12 } }).default;
  assert.deepEqual([byFlags?.executor, (byFlags as { vus: number }).vus], ['shared-iterations', 4]);
  assert.equal(executors(null, { env }).default?.executor, 'constant-arrival-rate');
});

test('flags that cannot go together are refused', () => {
  assert.deepEqual(places(null, { flags: { rate: 5 } }), ['--rate  SCENARIO_FLAGS_CONFLICT']);
  assert.deepEqual(places(null, { flags: { rate: 5, duration: '1s', iterations: 3 } }), [
    '--iterations  SCENARIO_FLAGS_CONFLICT',
  ]);
});

test('a wrong value names the flag or the variable that gave it', () => {
  assert.deepEqual(places(FILE, { flags: { vus: 'many', duration: '5 s' } }), [
    '--vus scenarios.default.vus SCENARIO_TYPE',
    '--duration scenarios.default.duration SCENARIO_FORMAT',
  ]);
  assert.deepEqual(places(FILE, { env: { MAILBENCH_SIZE: 'big' } }), [
    'MAILBENCH_SIZE messages[0].size SCENARIO_FORMAT',
  ]);
  assert.deepEqual(places(FILE, { flags: { messagesPerSession: 0 } }), [
    '--messages-per-session client.messagesPerSession SCENARIO_OUT_OF_RANGE',
  ]);
});

test('--set overrides any one value, as YAML', () => {
  const set = [
    'scenarios.peak.rate=800',
    'scenarios.peak.arrival=poisson',
    'client.messagesPerSession={min: 1, max: 3}',
    'envelope.to.domains["a.example.test"]=3',
    'thresholds["smtp_messages{outcome:accepted}"]=["count>5"]',
    'messages[0].size=1KiB',
    'target.url=smtps://localhost',
    'target.auth={user: a, pass: "x=y"}',
  ];
  const { scenario } = load(FILE, { flags: { set } });
  const peak = scenario.scenarios.peak;
  assert.ok(peak?.executor === 'constant-arrival-rate');
  assert.deepEqual([peak.rate, peak.arrival, peak.preAllocatedVUs], [800, 'poisson', 2]);
  assert.deepEqual(scenario.client.messagesPerSession, { min: 1, max: 3 });
  assert.deepEqual(scenario.envelope.to[0]?.domains, [{ domain: 'a.example.test', weight: 3 }]);
  assert.equal(scenario.thresholds['smtp_messages{outcome:accepted}']?.[0]?.bound, 5);
  assert.deepEqual(scenario.messages[0]?.kind === 'size' && scenario.messages[0].sizeBytes, 1024);
  assert.equal(scenario.target.auth?.users[0]?.pass, 'x=y');
});

test('--set with an unknown path gets the same suggestion as the file', () => {
  const found = problem(FILE, { flags: { set: ['scenarios.peak.rte=800'] } });
  assert.deepEqual(
    [found.where, found.code, found.hint],
    ['--set scenarios.peak.rte', 'SCENARIO_KEY_UNKNOWN', 'Did you mean `rate`?'],
  );
});

test('a --set that is none, or leads nowhere, is refused without quoting what may be a password', () => {
  const malformed = ['hunter22', '=hunter22', 'a..b=hunter22', '__proto__.x=hunter22', 'constructor'];
  for (const text of malformed) {
    const found = problem(FILE, { flags: { set: [text] } });
    assert.equal(found.code, 'SCENARIO_SET_MALFORMED', text);
    assert.doesNotMatch(JSON.stringify(found), /hunter22/);
  }
  assert.equal(problem(FILE, { flags: { set: ['name.x=1'] } }).code, 'SCENARIO_SET_PATH');
  assert.equal(
    problem('messages: [{size: 1KiB}]', { flags: { set: ['messages[3].size=1'] } }).code,
    'SCENARIO_SET_PATH',
  );
  assert.equal(problem(FILE, { flags: { set: ['seed=[1'] } }).where, '--set seed');
});

test('--set may hold references to the environment', () => {
  const { scenario, display } = load(FILE, {
    flags: { set: ['scenarios.peak.rate=${R}'] },
    env: { R: '77' },
  });
  const peak = scenario.scenarios.peak;
  assert.equal(peak?.executor === 'constant-arrival-rate' && peak.rate, 77);
  assert.match(JSON.stringify(display), /"rate":"\$\{R\}"/);
});

test('--tag adds to the tags of the file, as text', () => {
  const { scenario } = load('tags: { a: "1", b: "2" }', {
    flags: { tag: ['b=3', 'build=1.10', 'note=x=y'] },
  });
  assert.deepEqual(scenario.tags, { a: '1', b: '3', build: '1.10', note: 'x=y' });
  assert.equal(problem(FILE, { flags: { tag: ['build'] } }).code, 'SCENARIO_SET_MALFORMED');
});
