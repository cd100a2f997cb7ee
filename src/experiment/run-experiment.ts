/**
 * Run an experiment: round by round, each variant once, in an order of chance; a round in which a generator was the bottleneck is
 * void and made again. What is done is on disk, and can be gone on with.
 *
 * The draws of a round (arrivals, sizes, recipients) are the same for all variants, and others in the next round.
 */
import { basename } from 'node:path';
import { EnvironmentError, UsageError } from '../errors.js';
import { runShell } from '../run/shell.js';
import { makeTrial, notReady, type Trial, type TrialConditions, until } from '../run/trial.js';
import { createDraws } from '../statistics/draws.js';
import type { Experiment, Variant } from './experiment.js';
import { type RoundLine, roundLog } from './round-log.js';

export interface ExperimentRunOptions
  extends Pick<TrialConditions, 'perform' | 'isStopped' | 'onNote' | 'untilIdle'> {
  /** Of the experiment. */
  readonly directory: string;
  /** Goes on with what is there. */
  readonly isResumed: boolean;
  readonly startedAt: string;
  readonly onRun?: (round: number, variant: string) => void;
}

export interface FinishedRounds {
  /** By variant, the folder of the run, in the order of the rounds. */
  readonly rounds: readonly Readonly<Record<string, string>>[];
  readonly voids: readonly Extract<RoundLine, { type: 'void' }>[];
  readonly isStopped: boolean;
}

/** @throws MailbenchError what broke it; the rounds that were finished are on disk */
export async function runExperiment(
  experiment: Experiment,
  options: ExperimentRunOptions,
): Promise<FinishedRounds> {
  const log = roundLog(options.directory);
  const done = options.isResumed ? assertSame(log.read(), experiment) : [];
  if (done.length === 0) log.append(headOf(experiment, options.startedAt));
  let made = done.filter(({ type }) => type === 'round').length;
  while (made < experiment.rounds && !options.isStopped()) {
    const round = made + 1;
    const voids = log.read().filter((line) => line.type === 'void').length;
    if (voids > Math.max(3, experiment.rounds)) throw tooManyVoid(voids);
    const line = await makeRound(round, voids, experiment, options);
    if (line === null) break;
    log.append(line);
    if (line.type === 'round') made++;
  }
  return finishedOf(log.read(), options.isStopped());
}

/** Of an experiment that is over, or was ended. */
export function finishedRounds(directory: string): FinishedRounds {
  return finishedOf(roundLog(directory).read(), false);
}

function finishedOf(lines: readonly RoundLine[], isStopped: boolean): FinishedRounds {
  return {
    rounds: lines.flatMap((line) => (line.type === 'round' ? [line.runs] : [])),
    voids: lines.flatMap((line) => (line.type === 'void' ? [line] : [])),
    isStopped,
  };
}

function headOf({ name, digest, seed, variants }: Experiment, startedAt: string): RoundLine {
  return {
    type: 'experiment',
    v: 1,
    name,
    digest,
    seed,
    variants: variants.map((one) => one.name),
    startedAt,
  };
}

function assertSame(lines: readonly RoundLine[], { digest, seed }: Experiment): readonly RoundLine[] {
  const [head] = lines;
  if (head === undefined) return [];
  if (head.type === 'experiment' && head.digest === digest && head.seed === seed) return lines;
  throw new UsageError('EXPERIMENT_CHANGED', 'the experiment is another one than that which was begun', {
    hint: 'Put its file back, and its seed, or begin anew without --resume.',
  });
}

function tooManyVoid(voids: number): EnvironmentError {
  return new EnvironmentError(
    'EXPERIMENT_VOID',
    `${voids} runs are void: the generator was the bottleneck in each`,
    {
      hint: 'Lower the rate, or free this machine; what was finished is kept, and --resume goes on.',
    },
  );
}

/** null: it was stopped. */
async function makeRound(
  round: number,
  attempt: number,
  experiment: Experiment,
  options: ExperimentRunOptions,
): Promise<RoundLine | null> {
  const order = orderOf(experiment, round + attempt * 1_000);
  const runs: Record<string, string> = {};
  for (const variant of order) {
    options.onRun?.(round, variant.name);
    const trial = await runVariant(variant, round, experiment, options);
    if (trial === null) return null;
    const run = basename(trial.directory);
    if (trial.void !== null) return { type: 'void', round, variant: variant.name, run, reason: trial.void };
    runs[variant.name] = run;
  }
  return { type: 'round', round, order: order.map(({ name }) => name), runs };
}

/** Fisher and Yates. */
function orderOf({ variants, seed }: Experiment, round: number): readonly Variant[] {
  const draw = createDraws((seed + round * 2_654_435_761) >>> 0);
  const order = [...variants];
  for (let last = order.length - 1; last > 0; last--) {
    const at = Math.floor(draw() * (last + 1));
    [order[last], order[at]] = [order[at] as Variant, order[last] as Variant];
  }
  return order;
}

async function runVariant(
  variant: Variant,
  round: number,
  { folder, seed, drained, drainWithinMs, readyWithinMs }: Experiment,
  options: ExperimentRunOptions,
): Promise<Trial | null> {
  const env = { MAILBENCH_VARIANT: variant.name, MAILBENCH_ROUND: String(round) };
  await command(variant.prepare, { name: 'prepare', variant, folder, env });
  try {
    if (variant.ready !== null) {
      const failed = await until(variant.ready, {
        withinMs: readyWithinMs,
        folder,
        env,
        isStopped: options.isStopped,
      });
      if (failed !== null) throw notReady(`${variant.name} is not ready ${failed}`);
    }
    const loaded = await variant.load((seed + round) % 2 ** 32);
    const trial = await makeTrial(loaded, { ...options, drained, drainWithinMs, folder });
    if (trial !== null && trial.notDrained !== null) throw notReady(trial.notDrained);
    return trial;
  } finally {
    await command(variant.conclude, { name: 'conclude', variant, folder, env });
  }
}

const COMMAND_WITHIN_MS = 600_000;

/** @throws EnvironmentError with what it printed */
async function command(
  text: string | null,
  {
    name,
    variant,
    folder,
    env,
  }: {
    readonly name: string;
    readonly variant: Variant;
    readonly folder: string;
    readonly env: Record<string, string>;
  },
): Promise<void> {
  if (text === null) return;
  const { code, stdout, stderr } = await runShell(text, { cwd: folder, env, timeoutMs: COMMAND_WITHIN_MS })
    .done;
  if (code === 0) return;
  const ended = code === null ? 'was ended by a signal, or after 10 minutes' : `ended with ${code}`;
  const printed = `${stdout}${stderr}`.trim();
  throw new EnvironmentError(
    'EXPERIMENT_COMMAND_FAILED',
    `${name} of ${variant.name} ${ended}: ${text}${printed === '' ? '' : `\n${printed}`}`,
    { hint: 'What was finished is kept; mend it, and --resume goes on.' },
  );
}
