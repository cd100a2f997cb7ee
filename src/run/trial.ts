/**
 * Trial: one run of many, under the same conditions as the others: the machine is idle before it, what the server had queued is gone
 * after it, and one whose generator was the bottleneck does not count. What experiments and searches for capacity share.
 *
 * Whether a queue is empty is never guessed: a command tells, or every accepted copy was seen, or the server was the run's own,
 * which has none.
 */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError, type MailbenchError } from '../errors.js';
import type { Result } from '../result/result.js';
import type { LoadedScenario } from '../scenario/load-scenario.js';
import type { RunEnd } from './run.js';
import { runShell } from './shell.js';

export interface TrialConditions {
  /** Shell command that ends with 0 once the server has nothing left to deliver; null: see above. */
  readonly drained: string | null;
  readonly drainWithinMs: number;
  /** Where commands are run. */
  readonly folder: string;
  /** Makes the run. */
  readonly perform: (loaded: LoadedScenario) => Promise<RunEnd>;
  /** Waits for the machine to come to rest, or gives up; see `untilIdle`. */
  readonly untilIdle: () => Promise<boolean>;
  /** What people should know meanwhile. */
  readonly onNote: (sentence: string) => void;
  /** Whether somebody has asked for an end. */
  readonly isStopped: () => boolean;
}

export interface Trial {
  /** Of the run. */
  readonly directory: string;
  readonly result: Result;
  /** Why it does not count; null: it does. */
  readonly void: string | null;
  /** Why the server may still be at work on it; null: it is not. */
  readonly notDrained: string | null;
}

const POLL_MS = 500;

/** null: it was stopped. @throws MailbenchError what broke the run */
export async function makeTrial(loaded: LoadedScenario, conditions: TrialConditions): Promise<Trial | null> {
  const isIdle = await conditions.untilIdle();
  if (conditions.isStopped()) return null;
  if (!isIdle) conditions.onNote('The machine did not come to rest: what else it does is measured too.');
  const { cause, error, directory, result } = await conditions.perform(loaded);
  if (error !== null) throw error;
  if (cause === 'signal') return null;
  const notDrained = await untilDrained(loaded, result, conditions);
  const { verdict, reasons } = result.health;
  const reason = verdict === 'invalid' ? (reasons[0] ?? 'the generator was the bottleneck') : null;
  return { directory, result, void: reason, notDrained };
}

/** Whether anything could tell that the server's queue is empty. */
export function canTellDrained({ scenario }: LoadedScenario, drained: string | null): boolean {
  return drained !== null || scenario.target.isEmbedded || scenario.delivery !== null;
}

async function untilDrained(
  { scenario }: LoadedScenario,
  { delivery }: Result,
  { drained, drainWithinMs, folder, isStopped }: TrialConditions,
): Promise<string | null> {
  if (drained !== null) {
    const poll = { withinMs: drainWithinMs, folder, env: {}, isStopped };
    const failed = await until(drained, poll);
    return failed === null ? null : `the queue is not empty ${failed}`;
  }
  if (scenario.delivery === null || delivery === null) return null;
  const missing = delivery.lost + delivery.pending;
  return missing === 0 ? null : `${missing} accepted copies have not been seen`;
}

export interface Poll {
  readonly withinMs: number;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly isStopped: () => boolean;
}

/** Asks again and again until the command ends with 0; otherwise after how long it had not, and what it printed. */
export async function until(
  command: string,
  { withinMs, folder, env, isStopped }: Poll,
): Promise<string | null> {
  for (let leftMs = withinMs; ; leftMs -= POLL_MS) {
    const { code, stdout, stderr } = await runShell(command, { cwd: folder, env, timeoutMs: withinMs }).done;
    if (code === 0 || isStopped()) return null;
    if (leftMs <= 0) {
      const printed = `${stderr}${stdout}`.trim();
      return `after ${withinMs / 1000} s: ${command}${printed === '' ? '' : `\n${printed}`}`;
    }
    await sleep(POLL_MS);
  }
}

/** What is so is said by `message`. */
export function notReady(message: string): MailbenchError {
  return new EnvironmentError('TRIAL_NOT_READY', message, {
    hint: 'What is left of one run would be measured in the next. Give the server more time, or see what holds it.',
  });
}

const IDLE_SHARE = 0.25;

/** Waits for a second in which the machine has hardly anything to do; false where none came in time. */
export async function untilIdle(isStopped: () => boolean, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += 1_000) {
    const before = busyMs();
    await sleep(1_000);
    if (isStopped() || (busyMs() - before) / (1_000 * cpus().length) < IDLE_SHARE) return true;
  }
  return withinMs === 0;
}

/** Of all processors together. */
function busyMs(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);
}
