/**
 * Past code: who should have got the messages of a run that is over, where its scenario's code decided it.
 *
 * The code is asked again, so it must be the file it was. What setup returned is not kept, because it may hold secrets:
 * a run whose code has a setup cannot be asked about later.
 */
import { openCode } from '../code/code-run.js';
import { UsageError } from '../errors.js';
import type { JournalHeader } from '../result/journal.js';
import { createDraw } from '../shard/random.js';
import { ENVELOPE_DRAWS } from '../shard/recipients-of.js';

/** null: code did not decide it. @throws UsageError, and CodeError when the file has changed */
export async function recipientsOfPast(
  header: Pick<JournalHeader, 'run' | 'scenario' | 'code'>,
): Promise<((number: number) => readonly string[]) | null> {
  const { run, scenario, code } = header;
  if (code === undefined) return null;
  if (code.functions.setup !== undefined) {
    throw new UsageError(
      'VERIFY_CODE_DATA',
      `the recipients of ${run.id} came from code, out of what its setup returned`,
      {
        hint: 'That is not kept. The run itself told what arrived while it went on.',
      },
    );
  }
  const opened = await openCode({
    code,
    draw: createDraw(run.seed, ENVELOPE_DRAWS),
    scenarios: Object.keys(scenario.scenarios as object),
    data: undefined,
    isAuthorized: true,
  });
  return (number) => opened.recipientsOf(number);
}
