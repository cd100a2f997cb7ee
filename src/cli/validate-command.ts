/**
 * `mailbench validate FILE…`: every problem of every file, with positions, and of the behaviours that it names; nothing is
 * run and nothing is contacted.
 */
import process from 'node:process';
import type { Argv, CommandModule } from 'yargs';
import { BugError, MailbenchError } from '../errors.js';
import { isExperimentFile, openExperiment } from '../experiment/open-experiment.js';
import { dkimRecordOf } from '../message/dkim-record.js';
import { combinationsOf } from '../message/drawn-attachments.js';
import { meanSizeBytes, sizeSteps } from '../message/size-steps.js';
import { openScenario } from '../scenario/open-scenario.js';
import type { Scenario, SizeDistribution } from '../scenario/scenario.js';
import { inspectCorpora } from './corpora.js';
import { exitCodeOfError } from './exit-codes.js';
import { addExplainFlags, type ExplainFlags, printExplanation } from './explanation.js';
import { addColorFlag, addQuietFlag } from './output-flags.js';
import { describeError } from './print-error.js';
import { checkBehaviours } from './run-sink.js';
import { tell } from './terminal.js';

interface ValidateArguments extends ExplainFlags {
  scenario: string[];
  set: string[] | undefined;
  authorized: boolean | undefined;
  quiet: boolean;
  color: boolean | undefined;
}

export const validateCommand: CommandModule<object, ValidateArguments> = {
  command: 'validate <scenario..>',
  describe: 'Check scenario and experiment files without running them',
  builder: describeFlags,
  handler: async (flags) => {
    for (const file of flags.scenario) await validate(file, flags);
  },
};

function describeFlags(yargs: Argv<object>): Argv<ValidateArguments> {
  const described = yargs
    .positional('scenario', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'Scenario or experiment files',
    })
    .option('set', { type: 'string', array: true, nargs: 1, describe: 'PATH=VALUE: as with run' })
    .option('authorized', { type: 'boolean', describe: 'As with run' });
  return addExplainFlags(addColorFlag(addQuietFlag(described)))
    .example('$0 validate scenarios/*.yaml', 'Check all of them')
    .example('$0 validate peak.yaml --explain', 'Where every value comes from');
}

async function validate(file: string, flags: ValidateArguments): Promise<void> {
  try {
    const { set, authorized } = flags;
    if (isExperimentFile(file)) return await validateExperiment(file, flags);
    const { warnings, scenario, explain } = await openScenario({
      file,
      flags: { set, authorized },
      env: process.env,
      drawSeed: () => 0,
    });
    await checkBehaviours(scenario);
    const corpora = inspectCorpora(scenario);
    for (const warning of [...warnings, ...corpora.warnings]) tell(`warning: ${file}: ${warning}\n`);
    if (flags.explain) printExplanation({ file, values: explain() }, flags);
    if (flags.quiet || flags.explain) return;
    process.stdout.write(`${file}: ok (${Object.keys(scenario.scenarios).join(', ')})\n`);
    const found = corpora.lines.map((line) => `  ${line}\n`);
    const sent = sentIn(scenario);
    const drawn = sent.flatMap(([place, messages]) => drawnMail(messages, place));
    const records = dkimRecords(sent.flatMap(([, messages]) => messages));
    process.stdout.write([...drawn, ...found, ...records].join(''));
  } catch (error) {
    if (!(error instanceof MailbenchError) || error instanceof BugError) throw error;
    tell(describeError(error));
    process.exitCode = exitCodeOfError(error);
  }
}

async function validateExperiment(
  file: string,
  { set, authorized, quiet }: ValidateArguments,
): Promise<void> {
  const { env } = process;
  const input = { file, env, drawSeed: () => 0, isAgainstItself: false };
  const { warnings, variants, rounds } = await openExperiment({ ...input, flags: { set, authorized } });
  for (const warning of warnings) tell(`warning: ${file}: ${warning}\n`);
  if (quiet) return;
  const names = variants.map(({ name }) => name).join(', ');
  process.stdout.write(`${file}: ok (${rounds} rounds of ${names})\n`);
}

type Messages = Scenario['messages'];

/** The scenario's mail, and what single executors have of their own. */
function sentIn({ messages, own }: Scenario): readonly (readonly [place: string, Messages])[] {
  const others = Object.entries(own).flatMap(([name, settings]) =>
    settings.messages === undefined ? [] : [[`scenarios.${name}.with.messages`, settings.messages] as const],
  );
  return [['messages', messages], ...others];
}

/** What is composed where sizes or attachments are drawn. */
function drawnMail(messages: Messages, place: string): readonly string[] {
  return messages.flatMap((entry, index) => {
    if (entry.kind === 'sizes') return `  ${place}[${index}]: ${sizesIn(entry.sizes)}\n`;
    const combinations = entry.kind === 'template' ? combinationsOf(entry) : 1;
    return combinations > 1 ? `  ${place}[${index}]: ${combinations} combinations of attachments\n` : [];
  });
}

function sizesIn(distribution: SizeDistribution): string {
  const steps = sizeSteps(distribution);
  const bytes = [steps[0]?.sizeBytes ?? 0, steps.at(-1)?.sizeBytes ?? 0, meanSizeBytes(steps)];
  const [least, largest, mean] = bytes.map((size) => Math.round(size).toLocaleString('en-US'));
  return `${steps.length} sizes from ${least} to ${largest} bytes, ${mean} on average`;
}

/** What the DNS must hold for receivers to verify the signatures; each once. */
function dkimRecords(messages: Messages): readonly string[] {
  const records = messages.flatMap((entry) => ('dkim' in entry ? entry.dkim.map(dkimRecordOf) : []));
  return [...new Set(records.map(({ name, text }) => `  ${name} TXT "${text}"\n`))];
}
