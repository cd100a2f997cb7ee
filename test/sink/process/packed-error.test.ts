import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BehaviourError, EnvironmentError, UsageError } from '#src/errors.js';
import { packError, unpackError } from '#src/sink/process/packed-error.js';

const problem = { code: 'BEHAVIOUR_FORMAT', where: 'b.yaml:1:2', path: 'behaviours[0]', message: 'is wrong' };

test('an error keeps class, code, words and problems on its way through JSON', () => {
  const errors = [
    new BehaviourError([problem, { ...problem, hint: 'Write it right.' }]),
    new UsageError('SINK_NOT_LOOPBACK', 'not unasked', { hint: 'Ask.' }),
    new EnvironmentError('SINK_PORT_TAKEN', 'taken'),
  ];
  for (const error of errors) {
    const again = unpackError(JSON.parse(JSON.stringify(packError(error))));
    assert.equal(again.constructor, error.constructor);
    assert.deepEqual([again.code, again.message, again.hint], [error.code, error.message, error.hint]);
    if (error instanceof BehaviourError) assert.deepEqual((again as BehaviourError).problems, error.problems);
  }
});

test('whatever else was thrown is the trouble of the machine', () => {
  for (const thrown of [new Error('EACCES'), 'EACCES']) {
    const error = unpackError(packError(thrown));
    assert.ok(error instanceof EnvironmentError);
    assert.deepEqual([error.code, error.message], ['SINK_START_FAILED', 'EACCES']);
  }
});
