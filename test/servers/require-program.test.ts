import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { findBinary, type ProgramName } from './programs.js';
import { requireProgram } from './require-program.js';

const MISSING = 'no-such-program' as ProgramName;

test('a missing program skips the test and says which one', (t) => {
  requireServers(t, undefined);
  const reasons: (string | undefined)[] = [];
  const path = requireProgram({ skip: (reason) => reasons.push(reason) }, MISSING);
  assert.equal(path, undefined);
  assert.match(reasons.join(), /^no-such-program is not installed/);
});

test('a missing program fails the test where servers are required', (t) => {
  requireServers(t, '1');
  const skip = () => assert.fail('skipped');
  assert.throws(() => requireProgram({ skip }, MISSING), /no-such-program is not installed/);
});

test('binaries are found on PATH, and files that cannot be run are not', () => {
  assert.equal(findBinary('sh', '/nonexistent:/bin'), '/bin/sh');
  assert.equal(findBinary('passwd', '/etc'), undefined);
});

/** Sets the variable for one test. */
function requireServers(t: TestContext, value: string | undefined): void {
  const before = process.env.MAILBENCH_REQUIRE_SERVERS;
  const set = (next: string | undefined) => {
    if (next === undefined) delete process.env.MAILBENCH_REQUIRE_SERVERS;
    else process.env.MAILBENCH_REQUIRE_SERVERS = next;
  };
  set(value);
  t.after(() => set(before));
}
