/**
 * The errors mailbench throws, each with a stable code that docs/errors.md lists.
 *
 * What a server does is never one of these: replies, time-outs and closed connections are outcomes, that is data.
 * The class says who has to act: the person at the keyboard (UsageError, ScenarioError), the machine
 * (EnvironmentError) or we (BugError). cli/exit-codes.ts maps classes to exit codes.
 */
export interface ErrorDetails {
  /** What to do about it, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** Base of every thrown error; `code` is stable, UPPER_SNAKE and listed in docs/errors.md. */
export abstract class MailbenchError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = details.hint;
  }
}

/** The command line is wrong (exit 104). */
export class UsageError extends MailbenchError {}

/** One thing wrong in a scenario: where, what, and what to do. Lines and columns count from 1. */
export interface Problem {
  /** `SCENARIO_…`, listed in docs/errors.md. */
  readonly code: string;
  /** `file.yaml:5:11`, `--set scenarios.x.rate` or `MAILBENCH_…`; empty where there is no place. */
  readonly where: string;
  /** Path of the key, e.g. `scenarios.peak.rate`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

/** A scenario that cannot be run (exit 104). Lists every problem at once. */
export class ScenarioError extends MailbenchError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const first = problems[0];
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(first?.code ?? 'SCENARIO_INVALID', `${count} in the scenario`);
    this.problems = problems;
  }
}

/** The machine is not able to go on: disk full, port taken, worker died (exit 1). */
export class EnvironmentError extends MailbenchError {}

/** Our own mistake (exit 1). */
export class BugError extends MailbenchError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('BUG', message, {
      hint: 'This is a bug in mailbench; please report it with the command you ran.',
      ...details,
    });
  }
}
