/**
 * DKIM: signatures on top of what was composed.
 *
 * mailauth signs. Per variant that is once for all its messages: only fields that are alike in each are covered, so the
 * stamp, Message-ID, Date and To stay outside, and a placeholder in a covered field or the body is refused. Per message
 * its signature is the mould for those of signature-mould.ts. `verifySigned` asks mailauth whether a message passes.
 * RFC 6376, RFC 8463 (Ed25519), RFC 8058 §4 (List-Unsubscribe-Post is signed).
 */

import { BugError, UsageError } from '../errors.js';
import type { DkimSigner } from '../scenario/scenario.js';
import { dkimRecordOf } from './dkim-record.js';
import { findMarkers, SEQ } from './placeholder.js';
import { SignatureMould } from './signature-mould.js';
import { bodyOffset } from './stamp.js';
import type { ComposedMessage } from './variant.js';

/** RFC 6376 §5.4.1, and what one-click unsubscription asks for. */
const ALIKE =
  'From Sender Reply-To Subject Cc MIME-Version Content-Type Content-Transfer-Encoding Content-ID Content-Description ' +
  'In-Reply-To References List-Id List-Help List-Unsubscribe List-Unsubscribe-Post List-Subscribe List-Post List-Owner ' +
  'List-Archive';
const OWN = 'Date To Message-ID';

/** The message with one DKIM-Signature a signer above its fields. Throws UsageError where it cannot be signed so. */
export async function signComposed(
  composed: ComposedMessage,
  signers: readonly DkimSigner[],
  signedAtMs: number,
): Promise<ComposedMessage> {
  const fields = await Promise.all(signers.map((signer) => signatureOf(composed, signer, signedAtMs)));
  const moulds: SignatureMould[] = [];
  let at = 0;
  for (const [index, field] of fields.entries()) {
    const signer = signers[index] as DkimSigner;
    if (signer.per === 'message') moulds.push(new SignatureMould(composed, { field, at, key: signer.key }));
    at += field.length;
  }
  return {
    ...composed,
    bytes: Buffer.concat([Buffer.from(fields.join(''), 'latin1'), composed.bytes]),
    moulds,
  };
}

/** Throws BugError when a signature of the message, as it goes out, does not pass. */
export async function verifySigned(message: Buffer, signers: readonly DkimSigner[]): Promise<void> {
  const { dkimVerify } = await import('mailauth');
  const records = new Map(signers.map(dkimRecordOf).map(({ name, text }) => [name.toLowerCase(), text]));
  const resolver = async (name: string) => [[records.get(name.toLowerCase()) ?? '']];
  const { results } = await dkimVerify(message, { resolver });
  const bad = results.find(({ status }) => status.result !== 'pass');
  if (results.length === signers.length && bad === undefined) return;
  const what =
    bad === undefined ? `${results.length} of ${signers.length} found` : (bad.status.comment ?? 'fail');
  throw new BugError(`A message signed with DKIM does not verify: ${what}.`);
}

/** The field with its CRLF. */
async function signatureOf(
  composed: ComposedMessage,
  signer: DkimSigner,
  signedAtMs: number,
): Promise<string> {
  const names = signedNames(signer);
  if (signer.per === 'variant') requireAlike(composed, names);
  // Loaded only where it is wanted: it costs a worker some time to start.
  const { dkimSign } = await import('mailauth');
  const by = { signingDomain: signer.domain, selector: signer.selector, privateKey: signer.key };
  const { signatures, errors } = await dkimSign(composed.bytes, {
    canonicalization: 'relaxed/relaxed',
    // Its types ask for a list; it reads one only when it is a string.
    headerList: names.join(':') as unknown as string[],
    // It rounds to whole seconds; a signature from the future does not verify.
    signTime: new Date(Math.floor(signedAtMs / 1_000) * 1_000),
    // Its types want them here as well; it signs by what stands in the list.
    ...by,
    signatureData: [by],
  });
  if (errors.length > 0) throw new BugError(`DKIM signing failed: ${JSON.stringify(errors)}`);
  return signatures;
}

function signedNames({ per, headers }: DkimSigner): readonly string[] {
  const given = per === 'message' ? `${ALIKE} ${OWN}` : ALIKE;
  return [...new Set([...given.split(' '), ...headers].map((name) => name.toLowerCase()))];
}

/** One signature serves every message of a variant: nothing it covers may differ. */
function requireAlike({ bytes, marker }: ComposedMessage, names: readonly string[]): void {
  const body = bodyOffset(bytes);
  if (findMarkers(bytes.subarray(body), marker).length > 0) throw placeholderIn('the body');
  const fields = bytes.toString('latin1', 0, body).split(/\r\n(?![ \t])/);
  for (const field of fields) {
    const name = field.slice(0, field.indexOf(':'));
    const differs = field.includes(marker) || /^date$/i.test(name);
    if (differs && names.includes(name.toLowerCase())) throw placeholderIn(`the header field ${name}`);
  }
}

function placeholderIn(what: string): UsageError {
  return new UsageError(
    'MESSAGE_DKIM_PLACEHOLDER',
    `One signature cannot cover ${what}, which differs from message to message`,
    {
      hint: `Take ${SEQ} out of it (the default subject holds one: set \`subject:\`), or sign each message with \`dkim: { per: message }\`.`,
    },
  );
}
