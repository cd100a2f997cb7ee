/**
 * What functions of scenario code return, checked: wrong shapes are named by the path of their key.
 *
 * The same schema that checks the words of a file, and the same judgement of addresses, each time it is called: what comes
 * from code goes onto the wire next. A message is 2 µs, an address less than 1.
 */
import { z } from 'zod';
import type { MadeEnvelope, MadeMessage } from '../message/made-source.js';
import { isLoopbackHost, isReservedDomain } from '../safety.js';
import { addressFault, domainOf } from '../scenario/address-pattern.js';
import { toExpectation } from '../scenario/expectation.js';
import { expectation, size } from '../scenario/schema/values.js';
import { flattenIssues, problemsOf } from '../yaml/issues.js';
import type { ProblemCodes } from '../yaml/problem-kind.js';
import { toBytes } from '../yaml/quantity-words.js';
import { SourceTree } from '../yaml/source-tree.js';

/** What is wrong, as a sentence without its end, and what to do about it. */
export class ReturnedFault {
  readonly what: string;
  readonly hint: string;

  constructor(what: string, hint = 'What each function returns is in docs/code.md.') {
    this.what = what;
    this.hint = hint;
  }
}

export const MAX_RECIPIENTS = 1_000;
/** A day: whatever asks for more means something else. */
const MAX_PACING_MS = 86_400_000;

const bytes = z.union([z.string(), z.instanceof(Uint8Array, { error: 'must be text or bytes' })]);

const encoding = z.enum(['auto', '7bit', '8bit', 'quoted-printable', 'base64']).default('auto');

const messageSchema = z.strictObject({
  subject: z.string().default('mailbench {{seq}}'),
  text: z.string().optional(),
  html: z.string().optional(),
  encoding,
  headers: z.record(z.string(), z.string()).default({}),
  headerEncoding: z.enum(['encoded-word', 'utf8']).default('encoded-word'),
  attachments: z
    .array(
      z.strictObject({
        filename: z.string().min(1),
        content: bytes,
        contentType: z.string().min(1).optional(),
        cid: z.string().min(1).optional(),
        encoding,
      }),
    )
    .default([]),
  size: size.optional(),
  raw: bytes.optional(),
  expect: expectation,
});

const envelopeSchema = z.strictObject({
  from: z.string(),
  to: z.union([z.string(), z.array(z.string()).min(1).max(MAX_RECIPIENTS)]),
  expect: expectation,
});

export function readMessage(returned: unknown): MadeMessage | ReturnedFault {
  const made = parsed(messageSchema, returned);
  if (made instanceof ReturnedFault) return made;
  const { size: sizeWords, raw, expect: expectWords, ...parts } = made;
  const expect = toExpectation(expectWords);
  const hasParts = parts.text !== undefined || parts.html !== undefined || parts.attachments.length > 0;
  const kinds = [sizeWords !== undefined, raw !== undefined, hasParts].filter(Boolean).length;
  if (kinds !== 1)
    return new ReturnedFault('it must have exactly one of raw, size, and text, html or attachments');
  if (raw !== undefined) return { raw: toBuffer(raw), expect };
  if (sizeWords !== undefined) return { sizeBytes: toBytes(sizeWords), expect };
  const attachments = parts.attachments.map(({ filename, content, contentType, cid, encoding }) => ({
    filename,
    contentType: contentType ?? null,
    cid: cid ?? null,
    encoding,
    probability: 1,
    contentBase64: toBuffer(content).toString('base64'),
  }));
  return { parts: { ...parts, text: parts.text ?? null, html: parts.html ?? null, attachments }, expect };
}

export function readEnvelope(returned: unknown, isAuthorized: boolean): MadeEnvelope | ReturnedFault {
  const made = parsed(envelopeSchema, returned);
  if (made instanceof ReturnedFault) return made;
  const { from } = made;
  const to = typeof made.to === 'string' ? [made.to] : made.to;
  const fault = (from === '' ? null : faultOf(from, isAuthorized)) ?? firstFault(to, isAuthorized);
  return fault ?? { from, to, expect: toExpectation(made.expect) };
}

/** ms. */
export function readPacing(returned: unknown): number | ReturnedFault {
  if (typeof returned === 'number' && returned >= 0 && returned <= MAX_PACING_MS) return returned;
  return new ReturnedFault(
    `it must be a number of milliseconds from 0 to ${MAX_PACING_MS}, found ${shown(returned)}`,
  );
}

function firstFault(to: readonly string[], isAuthorized: boolean): ReturnedFault | null {
  for (const address of to) {
    const fault = faultOf(address, isAuthorized);
    if (fault !== null) return fault;
  }
  if (to.length === 1 || new Set(to.map((address) => address.toLowerCase())).size === to.length) return null;
  return new ReturnedFault('`to` holds a recipient twice, without regard to case');
}

/** The same judgement as of addresses in a file (scenario/rules/recipients.ts). */
function faultOf(address: string, isAuthorized: boolean): ReturnedFault | null {
  const fault = addressFault(address);
  if (fault !== null) return new ReturnedFault(`the address ${JSON.stringify(address)} ${fault}`);
  const domain = domainOf(address);
  if (isAuthorized || isReservedDomain(domain) || isLoopbackHost(domain)) return null;
  return new ReturnedFault(
    `the address ${JSON.stringify(address)} leads to ${domain}, a domain somebody may own`,
    'Use a reserved one such as a.example.test; if you may send mail there, set `authorized: true` under target, or --authorized.',
  );
}

function parsed<Out>(schema: z.ZodType<Out>, returned: unknown): Out | ReturnedFault {
  const result = schema.safeParse(returned);
  if (result.success) return result.data;
  if (returned === undefined || returned === null) return new ReturnedFault('it returned nothing');
  const tree = new SourceTree(returned, '');
  const context = { tree, root: returned, schema, codes: NO_CODES };
  const problems = flattenIssues(result.error.issues, returned).flatMap((issue) =>
    problemsOf(issue, context),
  );
  const sentences = problems
    .slice(0, 3)
    .map(({ path, message }) => `${path === '' ? 'it' : path} ${message}`);
  return new ReturnedFault(sentences.join('; '));
}

/** Problems of what is returned are sentences of one error, which has the code. */
const NO_CODES = new Proxy({}, { get: () => '' }) as ProblemCodes;

function toBuffer(content: string | Uint8Array): Buffer {
  if (typeof content === 'string') return Buffer.from(content);
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
}

function shown(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string'
    ? JSON.stringify(value)
    : `found ${typeof value}`;
}
