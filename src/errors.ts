/**
 * The errors mailbench throws, each with a stable code that docs/errors.md lists.
 *
 * What a server does is never one of these: replies, time-outs and closed connections are outcomes, that is data.
 * The class says who has to act: the person at the keyboard (UsageError, ScenarioError, BehaviourError), who wrote the
 * scenario's code (CodeError), the machine (EnvironmentError) or we (BugError). cli/exit-codes.ts maps classes to exit codes.
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

/** One thing wrong in a scenario or behaviour file: where, what, and what to do. Lines and columns count from 1. */
export interface Problem {
  /** `SCENARIO_…` or `BEHAVIOUR_…`, listed in docs/errors.md. */
  readonly code: string;
  /** `file.yaml:5:11`, `--set scenarios.x.rate` or `MAILBENCH_…`; empty where there is no place. */
  readonly where: string;
  /** Path of the key, e.g. `scenarios.peak.rate`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

/** A file that cannot be used (exit 104). Lists every problem at once, and has the code of the first. */
export abstract class ProblemsError extends MailbenchError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], file: { readonly code: string; readonly what: string }) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(problems[0]?.code ?? file.code, `${count} in ${file.what}`);
    this.problems = problems;
  }
}

/** A scenario that cannot be run. */
export class ScenarioError extends ProblemsError {
  constructor(problems: readonly Problem[]) {
    super(problems, { code: 'SCENARIO_INVALID', what: 'the scenario' });
  }
}

/** Behaviours that a sink cannot follow. */
export class BehaviourError extends ProblemsError {
  constructor(problems: readonly Problem[]) {
    super(problems, { code: 'BEHAVIOUR_INVALID', what: 'the behaviours' });
  }
}

/** Scenario code threw, or gave back what cannot be used (exit 107). */
export class CodeError extends MailbenchError {}

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
