/**
 * `mailbench sink`: a receiving server in the foreground, until Ctrl-C, SIGTERM or enough mail; then totals and exit code 0.
 *
 * Prints where it listens, a line every ten seconds in which something came, and the totals. SIGHUP reads the behaviours
 * again; faulty ones are told and those before them stay. Throws UsageError and BehaviourError for what makes no sense
 * and EnvironmentError (SINK_PORT_TAKEN…) where the machine says no.
 */
import { closeSync, openSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import type { EnvironmentError } from '../errors.js';
import { noCounts, type SinkCounts } from '../sink/counts.js';
import type { ControlApi } from '../sink/process/control-api.js';
import { type Group, startGroup } from '../sink/process/group.js';
import type { Address } from '../sink/process/unit.js';
import { describeError } from './print-error.js';
import {
  behaviourOptions,
  describeSinkFlags,
  type Enough,
  enoughOf,
  groupOptions,
  parseApi,
  type SinkArguments,
} from './sink-flags.js';
import {
  behaviourLines,
  bounceLines,
  describeCounts,
  describeProtocol,
  place,
  progressLine,
} from './sink-lines.js';
import { tell } from './terminal.js';

type Print = (line: string) => void;

const REPORT_EVERY_MS = 10_000;
const LOOK_EVERY_MS = 50;

export const sinkCommand: CommandModule<object, SinkArguments> = {
  command: 'sink',
  describe: 'Run a receiving server that accepts mail, or misbehaves on demand, and says what arrived',
  builder: describeSinkFlags,
  handler: (flags) => serve(flags),
};

async function serve(flags: SinkArguments): Promise<void> {
  const print: Print = flags.quiet ? () => {} : printLine;
  const options = groupOptions(flags);
  const isEnough = enoughOf(flags);
  const apiAt = flags.api === undefined ? null : await checkedApi(flags.api);
  const group = await startGroup(options);
  const api = await startApi(group, apiAt);
  const startedAtMs = performance.now();
  // Before anything is printed: whoever reads that it listens may end it at once.
  const over = untilOver(group, flags, isEnough);
  print(`listening on ${place(group.address)} (${describeProtocol(options)}), Ctrl-C ends it`);
  if (api !== null) print(`control interface on http://${place(api.address)}`);
  const reports = reportEvery(REPORT_EVERY_MS, group, print);
  const failure = await over;
  clearInterval(reports);
  await api?.close();
  const counts = await group.stop();
  sumUp(print, group, { counts, seconds: (performance.now() - startedAtMs) / 1000 });
  if (failure !== null) throw failure;
}

/** Throws UsageError. */
async function checkedApi(text: string): Promise<Address> {
  const address = parseApi(text);
  (await import('../sink/process/control-api.js')).checkControlAddress(address);
  return address;
}

/** Where it cannot be started, neither is the sink. */
async function startApi(group: Group, address: Address | null): Promise<ControlApi | null> {
  if (address === null) return null;
  const { startControlApi } = await import('../sink/process/control-api.js');
  try {
    return await startControlApi(group, address);
  } catch (error) {
    await group.stop();
    throw error;
  }
}

function sumUp(
  print: Print,
  group: Group,
  { counts, seconds }: { counts: SinkCounts; seconds: number },
): void {
  print(`took ${describeCounts(counts)} in ${seconds.toFixed(1)} s`);
  for (const line of [...behaviourLines(counts), ...bounceLines(counts)]) print(line);
  if (group.deaths > 0) print(`workers that died: ${group.deaths}`);
  if (group.receiptPaths.length > 0) print(`receipts in ${group.receiptPaths.join(', ')}`);
}

/** Resolves with null at the first Ctrl-C or SIGTERM or when it is enough, or with what broke the sink. The next signal ends the process. */
function untilOver(
  group: Group,
  flags: SinkArguments,
  isEnough: Enough | null,
): Promise<EnvironmentError | null> {
  return new Promise((resolve) => {
    const hadTerminal = hasTerminal();
    const look = async () => {
      if (isEnough?.(await group.counts())) end(null);
    };
    const looking = isEnough === null ? undefined : setInterval(look, LOOK_EVERY_MS);
    const end = (failure: EnvironmentError | null) => {
      clearInterval(looking);
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
      process.off('SIGHUP', onHangUp);
      resolve(failure);
    };
    const onSignal = () => end(null);
    // Also what a terminal says that closes.
    const onHangUp = () => {
      if (flags.behaviours === undefined || (hadTerminal && !hasTerminal())) end(null);
      else void readAgain(group, flags);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    process.on('SIGHUP', onHangUp);
    group.onTrouble((sentence) => tell(`mailbench: ${sentence}\n`));
    group.onFailed(end);
  });
}

async function readAgain(group: Group, flags: SinkArguments): Promise<void> {
  try {
    await group.behave(behaviourOptions(flags));
    if (!flags.quiet) printLine(`behaviours read again from ${flags.behaviours}`);
  } catch (error) {
    tell(`${describeError(error)}mailbench: the behaviours that were read before stay\n`);
  }
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

function reportEvery(everyMs: number, group: Group, print: Print): NodeJS.Timeout {
  let before: SinkCounts = noCounts();
  return setInterval(async () => {
    const now = await group.counts();
    const line = progressLine(before, now, everyMs / 1000);
    if (line !== null) print(line);
    before = now;
  }, everyMs);
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
