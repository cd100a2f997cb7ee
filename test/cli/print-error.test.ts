import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeError } from '#src/cli/print-error.js';
import { BugError, EnvironmentError, type Problem, ScenarioError, UsageError } from '#src/errors.js';

test('an error is one line with its code, and one that says what to do', () => {
  const error = new UsageError('USAGE_WORKERS', '--workers 0 is not a number', { hint: 'Write 1 or more.' });
  assert.equal(
    describeError(error),
    'mailbench: --workers 0 is not a number [USAGE_WORKERS]\n  Write 1 or more.\n',
  );
  assert.equal(describeError(new EnvironmentError('RUN_FAILED', 'no')), 'mailbench: no [RUN_FAILED]\n');
});

test('every problem of a scenario has its place, and they are counted', () => {
  const one: Problem = {
    code: 'SCENARIO_TYPE',
    where: 'a.yaml:2:3',
    path: 'seed',
    message: 'must be a number',
  };
  const two: Problem = {
    code: 'SCENARIO_EMPTY',
    where: '',
    path: '',
    message: 'holds nothing',
    hint: 'Fill it.',
  };
  assert.equal(
    describeError(new ScenarioError([one, two])),
    'a.yaml:2:3 seed: must be a number [SCENARIO_TYPE]\n' +
      'holds nothing [SCENARIO_EMPTY]\n    Fill it.\n' +
      'mailbench: 2 problems; nothing was run\n',
  );
  assert.match(describeError(new ScenarioError([one])), /\nmailbench: 1 problem; nothing was run\n$/);
});

test('a bug shows its stack and asks to be reported', () => {
  const text = describeError(new TypeError('x is not a function'));
  assert.match(text, /^mailbench: TypeError: x is not a function \[BUG\]\n +at .*print-error\.test/);
  assert.match(text, /\n {2}This is a bug in mailbench; please report it/);
  assert.match(
    describeError(new BugError('impossible', { cause: new Error('why') })),
    /impossible \[BUG\]\n {2}why\n/,
  );
  assert.match(describeError('thrown text'), /^mailbench: thrown text \[BUG\]/);
});

test('what the machine lacks is no bug, and shows no stack', () => {
  const open = Object.assign(new Error("EMFILE: too many open files, open 'x.js'"), { code: 'EMFILE' });
  assert.equal(
    describeError(open),
    "mailbench: the system refused: EMFILE: too many open files, open 'x.js' [SYSTEM_REFUSED]\n" +
      '  Raise the limit on open files (ulimit -n).\n',
  );
  assert.match(describeError(Object.assign(new Error('no'), { code: 'EINVAL' })), /\[BUG\]/);
});

test('foreign text in an error cannot act upon the terminal', () => {
  const evil = '\x1b[2J\x07\r\nfoo\u202e';
  const problem: Problem = { code: 'SCENARIO_TYPE', where: evil, path: evil, message: evil, hint: evil };
  const bug = new Error(evil);
  bug.stack = `Error: ${evil}\n    at ${evil}`;
  const errors = [
    new UsageError('USAGE_ARGUMENTS', evil, { hint: evil }),
    new ScenarioError([problem]),
    bug,
    evil,
  ];
  for (const error of errors) {
    assert.doesNotMatch(describeError(error), /[\x00-\x09\x0b-\x1f\u202e]/);
  }
});
