/**
 * `mailbench run` as a user types it, in a folder of its own, with everything it left behind read back strictly.
 *
 * For tests of the whole line. What one run costs is about a second of CPU, most of it the start of three processes.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ExitCode } from '#src/cli/exit-codes.js';
import { type MessageLine, messageLineSchema, omittedLineSchema } from '#src/result/message-log.js';
import type { OutcomeRow, Result } from '#src/result/result.js';
import { readResult } from '#src/result/run-directory.js';
import { type CliOptions, type CliResult, runCli, startCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';

export interface LoadRun extends CliResult {
  /** The run directory. */
  readonly dir: string;
  readonly result: Result;
}

/** Runs it to its end. One worker unless the arguments say otherwise, because that starts fastest. */
export async function loadRun(
  t: Pick<TestContext, 'after'>,
  args: readonly string[],
  options?: CliOptions,
): Promise<LoadRun> {
  const out = await temporaryDir(t);
  const ended = await runCli(runArguments(args, out), options);
  return readRun(ended, out);
}

/** Starts it, for tests that signal it on its way; `ended` reads what it left. */
export async function startLoadRun(
  t: Pick<TestContext, 'after'>,
  args: readonly string[],
  options?: CliOptions,
) {
  const out = await temporaryDir(t);
  const running = startCli(runArguments(args, out), options);
  t.after(() => running.child.kill('SIGKILL'));
  return { ...running, out, ended: async () => readRun(await running.done, out) };
}

function runArguments(args: readonly string[], out: string): string[] {
  const workers = args.includes('--workers') ? [] : ['--workers', '1'];
  return ['run', ...args, ...workers, '--out', out];
}

function readRun(ended: CliResult, out: string): LoadRun {
  const dir = join(out, 'latest');
  try {
    return { ...ended, dir, result: readResult(dir) };
  } catch (cause) {
    throw new Error(`exit ${ended.code}, no result:\n${ended.stdout}${ended.stderr}`, { cause });
  }
}

/**
 * The exit code, with allowance for a busy machine: a run of an open executor may always be declared invalid (120), but
 * then its result has to say so.
 */
export function assertExit({ code, result, stderr }: LoadRun, expected: number): void {
  const isInvalid = result.health.verdict === 'invalid';
  const wanted = isInvalid && expected !== ExitCode.ABORTED ? ExitCode.MEASUREMENT_INVALID : expected;
  assert.equal(code, wanted, `${stderr}\n${result.health.reasons.join('\n')}`);
}

/** The identities of design.md that hold for every run, however it ended in order. */
export function assertAddsUp({ counts, outcomes, health, series }: Result): void {
  const { begun, accepted, rejected, failed, interrupted, offered } = counts;
  assert.equal(counts.scheduled, counts.started + counts.dropped);
  assert.equal(begun, accepted + rejected + failed + interrupted);
  assert.equal(offered, counts.acceptedCopies + counts.refused + counts.undecided);
  assert.equal(
    sum(outcomes, ({ count }) => count),
    begun,
  );
  for (const outcome of ['accepted', 'rejected', 'failed', 'interrupted'] as const) {
    assert.equal(
      sum(
        outcomes.filter((row) => row.outcome === outcome),
        ({ count }) => count,
      ),
      counts[outcome],
    );
  }
  for (const key of ['scheduled', 'started', 'dropped'] as const) {
    assert.equal(health[key], counts[key]);
    assert.equal(
      sum(series, (row) => row[key]),
      counts[key],
    );
  }
}

export function sum<T>(rows: readonly T[], value: (row: T) => number): number {
  return rows.reduce((total, row) => total + value(row), 0);
}

/** What distinguishes outcomes, with how often each came. */
export function outcomesOf({
  outcomes,
}: Result): Pick<OutcomeRow, 'outcome' | 'phase' | 'cause' | 'count'>[] {
  return outcomes.map(({ outcome, phase, cause, count }) => ({ outcome, phase, cause, count }));
}

/** The lines of messages.ndjson, checked. */
export function readMessages(dir: string): MessageLine[] {
  const lines = readFileSync(join(dir, 'messages.ndjson'), 'utf8').split('\n').slice(0, -1);
  const parsed = lines.map((line) => JSON.parse(line) as object);
  for (const line of parsed.filter((one) => 'omitted' in one)) omittedLineSchema.parse(line);
  return parsed.filter((one) => !('omitted' in one)).map((line) => messageLineSchema.parse(line));
}

/** Writes a scenario file and returns its path. JSON is YAML. */
export async function scenarioFile(
  t: Pick<TestContext, 'after'>,
  scenario: object | string,
): Promise<string> {
  const path = join(await temporaryDir(t), 'scenario.yaml');
  await writeFile(path, typeof scenario === 'string' ? scenario : JSON.stringify(scenario, null, 2));
  return path;
}
