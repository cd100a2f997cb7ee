/**
 * What a test against a real program does when the program is missing: skip with the reason, or fail where
 * `MAILBENCH_REQUIRE_SERVERS=1` says that this machine must have it (CI), so that nothing is skipped unseen.
 */
import type { TestContext } from 'node:test';
import { findProgram, PROGRAMS, type ProgramName } from './programs.js';

/** Path of the program; undefined after having skipped the test `t`, which then has to return. */
export function requireProgram(t: Pick<TestContext, 'skip'>, name: ProgramName): string | undefined {
  const program = PROGRAMS.find((one) => one.name === name);
  const path = program && findProgram(program);
  const reason = reasonAgainst(name, path, process.getuid?.() === 0);
  if (reason === undefined) return path;
  if (process.env.MAILBENCH_REQUIRE_SERVERS === '1') throw new Error(reason);
  t.skip(reason);
  return undefined;
}

function reasonAgainst(name: ProgramName, path: string | undefined, isRoot: boolean): string | undefined {
  const program = PROGRAMS.find((one) => one.name === name);
  if (path === undefined) return `${name} is not installed (Debian package ${program?.debianPackage})`;
  if (program?.needsRoot && !isRoot) return `${name} can only be started as root`;
  return undefined;
}
