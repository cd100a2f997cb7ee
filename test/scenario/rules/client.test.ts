import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRules, load, problem } from '../load.js';

const client = (words: string, more = '') => `client: { ${words} }${more}`;

test('a window needs chunking, pipelining and nothing between two transactions', () => {
  const code = 'SCENARIO_CLIENT_CONTRADICTION';
  const right = client('window: 4, chunking: true, rset: true');
  assertRules([
    [code, 'client.window', client('window: 4'), right],
    [
      code,
      'client.window',
      client('window: 4, chunking: true, pipelining: off'),
      client('chunking: 64KiB, pipelining: off'),
    ],
    [
      code,
      'client.window',
      client('window: 4, chunking: true, bodyRate: 1KiB'),
      client('chunking: true, bodyRate: 1KiB'),
    ],
    [
      code,
      'client.window',
      client('window: 4, chunking: true, steps: [NOOP]'),
      client('chunking: true, steps: [NOOP]'),
    ],
    [
      code,
      'client.window',
      client('window: 4, chunking: true, thinkTime: { min: 0, max: 1s }'),
      client('window: 4, chunking: true, thinkTime: 0'),
    ],
    [
      code,
      'envelope.body',
      'envelope: { body: binarymime }',
      client('chunking: true', '\nenvelope: { body: binarymime }'),
    ],
  ]);
});

test('pieces, rates and pauses are something, and ranges begin below where they end', () => {
  assertRules([
    ['SCENARIO_FORMAT', 'client.chunking', client('chunking: 0'), client('chunking: 1')],
    ['SCENARIO_FORMAT', 'client.bodyRate', client('bodyRate: 0B'), client('bodyRate: 1B')],
    [
      'SCENARIO_RANGE_REVERSED',
      'client.thinkTime',
      client('thinkTime: { min: 2s, max: 1500ms }'),
      client('thinkTime: { min: 1500ms, max: 2s }'),
    ],
  ]);
});

test('chunking is whole messages or pieces, and a pause one time or a range', () => {
  const { chunkBytes, thinkTimeMs } = load(client('chunking: 8KiB, thinkTime: { min: 1s, max: 2s }')).scenario
    .client;
  assert.deepEqual([chunkBytes, thinkTimeMs], [8192, { min: 1000, max: 2000 }]);
  const other = load(client('chunking: true, thinkTime: 5s')).scenario.client;
  assert.deepEqual(
    [other.chunkBytes, other.thinkTimeMs],
    [Number.MAX_SAFE_INTEGER, { min: 5000, max: 5000 }],
  );
});

test('steps are NOOP, VRFY and EXPN, with what they need', () => {
  const steps = (words: string) => client(`steps: [${words}]`);
  const wrong = [
    '""',
    '" "',
    'RSET',
    '"VRFY"',
    '"EXPN "',
    '"NOOP a\\r\\nMAIL"',
    '"VRFY \\0"',
    '"VRFY ü"',
    `"NOOP ${'x'.repeat(506)}"`,
  ];
  for (const step of wrong) {
    const found = problem(steps(`NOOP, ${step}`));
    assert.deepEqual([found.code, found.path], ['SCENARIO_STEP', 'client.steps[1]'], step);
  }
  assert.equal(problem(steps('VRYF alice')).hint, 'Did you mean `VRFY`?');
  assert.deepEqual(load(steps('noop, "NOOP hello  there", "vrfy alice", EXPN staff')).scenario.client.steps, [
    { verb: 'NOOP', argument: '' },
    { verb: 'NOOP', argument: 'hello there' },
    { verb: 'VRFY', argument: 'alice' },
    { verb: 'EXPN', argument: 'staff' },
  ]);
});

test('retries that do nothing are refused', () => {
  assertRules([
    [
      'SCENARIO_RETRIES',
      'client.retries',
      client('retries: { attempts: 1, reusedSession: false }'),
      client('retries: { attempts: 1 }'),
    ],
  ]);
});

test('retries may go with iterations that are sessions', () => {
  const words = 'messagesPerSession: 2, retries: { attempts: 4 }';
  const scenarios = '\nscenarios: { a: { executor: shared-iterations, iteration: session } }';
  assert.equal(load(client(words, scenarios)).scenario.client.retries.attempts, 4);
});

test('retries are off unless asked for, and then have their defaults', () => {
  assert.equal(load(null).scenario.client.retries.attempts, 1);
  assert.deepEqual(load(client('retries: {}')).scenario.client.retries, {
    attempts: 3,
    delayMs: 60_000,
    factor: 1,
    classes: ['greylisted'],
    inDoubt: false,
    reusedSession: true,
  });
});

test('a range of source ports begins where it is lower', () => {
  assertRules([
    [
      'SCENARIO_RANGE_REVERSED',
      'client.sourcePorts',
      client('sourcePorts: { min: 2000, max: 1000 }'),
      client('sourcePorts: { min: 1000, max: 1000 }'),
    ],
  ]);
});
