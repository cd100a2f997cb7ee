/**
 * The message sources of a plan: what each executor sends, by the words of its scenario and by its code.
 *
 * Executors that send the same in the same form share one: what is composed is held once.
 */
import type { CodeRun } from '../code/code-run.js';
import { turnsAmong } from '../message/choose.js';
import { createMadeSource } from '../message/made-source.js';
import { createMessageSource, type MessageSource } from '../message/source.js';
import type { Settings } from '../scenario/scenario.js';
import { dotStuff, endWithCrlf } from '../smtp/dot-stuffing.js';
import type { Plan } from './plan.js';
import { createDraw } from './random.js';
import { ENVELOPE_DRAWS } from './recipients-of.js';

type Sent = Pick<Settings, 'messages' | 'envelope'> & { readonly encode: (message: Buffer) => Buffer };

/** Of each executor. Rejects with a MailbenchError when something cannot be sent. */
export async function createPlanSources(plan: Plan, code: CodeRun | null): Promise<readonly MessageSource[]> {
  const all = plan.settings.map(sentWith);
  const sources: Promise<MessageSource>[] = [];
  for (const sent of all) {
    const same = all.findIndex((other) => isSame(sent, other));
    sources.push(sources[same] ?? createSource(plan, sent, code));
  }
  return await Promise.all(sources);
}

function sentWith({ client, messages, envelope }: Settings): Sent {
  // nodemailer stuffs dots itself.
  const encode = client.chunkBytes === null && client.kind !== 'nodemailer' ? dotStuff : endWithCrlf;
  return { messages, envelope, encode };
}

function isSame(one: Sent, other: Sent): boolean {
  return one.messages === other.messages && one.envelope === other.envelope && one.encode === other.encode;
}

async function createSource(
  { scenario, run, settings }: Plan,
  { messages, envelope, encode }: Sent,
  code: CodeRun | null,
): Promise<MessageSource> {
  const options = { run: run.id, signedAtMs: run.anchor.wallUs / 1_000, encode };
  const source = await createMessageSource({
    ...options,
    messages,
    envelope,
    draw: createDraw(scenario.seed, ENVELOPE_DRAWS),
    turnOf: turnsAmong(settings.length),
    envid: envelope.parameters.dsn?.envid ?? null,
  });
  return code === null ? source : createMadeSource(source, code, options);
}
