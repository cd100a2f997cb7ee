/**
 * The message source of a plan: what its scenario sends, by its words and by its code.
 */
import type { CodeRun } from '../code/code-run.js';
import { createMadeSource } from '../message/made-source.js';
import { createMessageSource, type MessageSource } from '../message/source.js';
import { dotStuff, endWithCrlf } from '../smtp/dot-stuffing.js';
import type { Plan } from './plan.js';
import { createDraw } from './random.js';
import { ENVELOPE_DRAWS } from './recipients-of.js';

/** Rejects with a MailbenchError when something cannot be sent. */
export async function createPlanSource(
  { scenario, run }: Plan,
  code: CodeRun | null,
): Promise<MessageSource> {
  const { client, messages, envelope, seed } = scenario;
  const options = {
    run: run.id,
    signedAtMs: run.anchor.wallUs / 1_000,
    // nodemailer stuffs dots itself.
    encode: client.chunkBytes === null && client.kind !== 'nodemailer' ? dotStuff : endWithCrlf,
  };
  const source = await createMessageSource({
    ...options,
    messages,
    envelope,
    draw: createDraw(seed, ENVELOPE_DRAWS),
    envid: envelope.parameters.dsn?.envid ?? null,
  });
  return code === null ? source : createMadeSource(source, code, options);
}
