import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EnvironmentError, UsageError } from '#src/errors.js';
import { errnoOf, readError, writeError } from '#src/result/file-error.js';

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: it failed`), { code });
}

test('each way in which writing fails has a code and says what to do', () => {
  const codes = {
    ENOSPC: 'RESULT_DISK_FULL',
    EDQUOT: 'RESULT_DISK_FULL',
    EACCES: 'RESULT_NOT_WRITABLE',
    EPERM: 'RESULT_NOT_WRITABLE',
    EROFS: 'RESULT_NOT_WRITABLE',
    ENOTDIR: 'RESULT_NOT_A_DIRECTORY',
    EEXIST: 'RESULT_EXISTS',
    EIO: 'RESULT_WRITE_FAILED',
  };
  for (const [code, expected] of Object.entries(codes)) {
    const error = writeError(errno(code), 'reports/x');
    assert.ok(error instanceof EnvironmentError);
    assert.equal(error.code, expected);
    assert.match(error.message, /reports\/x/);
    assert.match(error.hint ?? '', /--out/);
  }
});

test('a path that is not there is the fault of the user, not of the machine', () => {
  const error = readError(errno('ENOENT'), 'reports/x');
  assert.ok(error instanceof UsageError);
  assert.equal(error.code, 'RESULT_NOT_FOUND');
  assert.equal(readError(errno('EACCES'), 'reports/x').code, 'RESULT_NOT_READABLE');
});

test('an error without a code is named by its message', () => {
  assert.equal(errnoOf(new Error('odd')), 'odd');
  assert.equal(errnoOf('odd'), 'odd');
});
