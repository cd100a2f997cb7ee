/**
 * Settlement: the end of a mail transaction: what is decided about a content, its receipt, and then its reply.
 *
 * Over LMTP each recipient gets a decision, a receipt and a reply of its own, in the order of RCPT (RFC 2033 §4.2), so
 * that a receipt stands before each 250, however long the next decision takes. A message counts once if anyone got it.
 */
import { parseStamp } from '../../message/stamp.js';
import type { MutableCounts } from '../counts.js';
import type { Fate, SinkReply, Treatment } from '../judge.js';
import type { EnvelopeParameters, Intake } from './intake.js';
import { MESSAGE_OK, NO_SPACE } from './reply.js';
import type { ReplyWriter } from './reply-writer.js';
import type { Treatments } from './treatments.js';

export interface Settler {
  readonly out: ReplyWriter;
  readonly treatments: Treatments;
  readonly intake: Intake;
  readonly counts: MutableCounts;
  readonly isLmtp: boolean;
  readonly limitBytes: number;
  dropAfter(treatment: Treatment | null): void;
}

export interface Transaction {
  readonly session: string;
  readonly peer: string;
  readonly from: string;
  readonly recipients: readonly string[];
  readonly parameters: EnvelopeParameters;
}

/** `content` null: it was over the limit. `done` is called when every reply has been said, not when the client left. */
export function settle(
  settler: Settler,
  transaction: Transaction,
  content: Buffer | null,
  done: () => void,
): void {
  if (content === null) {
    refuseOversized(settler, transaction.recipients.length);
    done();
  } else if (settler.isLmtp) {
    settleEach(settler, transaction, content, done);
  } else {
    settleOne(settler, { ...transaction, message: content }, null, (isTaken) => {
      if (isTaken) count(settler.counts, content, transaction.recipients.length);
      done();
    });
  }
}

function refuseOversized({ out, counts, isLmtp, limitBytes }: Settler, recipients: number): void {
  counts.oversized++;
  const text = `Error: message exceeds fixed maximum message size ${limitBytes}`;
  const replies = isLmtp ? recipients : 1;
  for (let i = 0; i < replies; i++) out.sayLines(552, '5.3.4', [text]);
}

function settleEach(settler: Settler, transaction: Transaction, content: Buffer, done: () => void): void {
  const { recipients, parameters } = transaction;
  let taken = 0;
  const settleAt = (index: number, next: () => void) => {
    const recipient = recipients[index] ?? '';
    const own = { mail: parameters.mail, recipients: [parameters.recipients[index] ?? false] };
    const mail = { ...transaction, recipients: [recipient], parameters: own, message: content };
    settleOne(settler, mail, recipient, (isTaken) => {
      if (isTaken) taken++;
      next();
    });
  };
  inTurn(recipients.length, settleAt, () => {
    if (taken > 0) count(settler.counts, content, taken);
    done();
  });
}

/** One step after the other. Those that go on at once take no stack: there may be thousands. */
function inTurn(steps: number, take: (index: number, next: () => void) => void, done: () => void): void {
  let index = 0;
  let isFree = true;
  let isRunning = false;
  const run = () => {
    if (isRunning) return;
    isRunning = true;
    while (isFree && index < steps) {
      isFree = false;
      take(index++, () => {
        isFree = true;
        run();
      });
    }
    isRunning = false;
    if (isFree && index === steps) done();
  };
  run();
}

type Mail = Transaction & { readonly message: Buffer };

/** `recipient`: whose reply is due; null: everyone's. */
function settleOne(
  settler: Settler,
  mail: Mail,
  recipient: string | null,
  then: (isTaken: boolean) => void,
): void {
  const { treatments, out } = settler;
  if (!treatments.watches('CONTENT')) return then(accept(settler, mail, null, null));
  const { message } = mail;
  const details = { recipient, sizeBytes: message.length, message, stamp: parseStamp(message) };
  treatments.decide('CONTENT', details, (treatment) => {
    const reply = treatment?.reply ?? null;
    if (reply !== null && reply.code >= 400) {
      out.sayOwn(reply);
      then(false);
    } else {
      then(accept(settler, mail, treatment?.fate ?? null, reply));
    }
    settler.dropAfter(treatment);
  });
}

/** The receipt, then the reply; false when the disk did not take it. */
function accept(settler: Settler, mail: Mail, fate: Fate | null, own: SinkReply | null): boolean {
  const { intake, treatments, out } = settler;
  const ids = intake.take({ ...mail, held: treatments.held, fate });
  if (ids === null) {
    out.say(NO_SPACE);
    return false;
  }
  if (own === null) out.say(MESSAGE_OK, ids);
  else out.sayOwn(own, ids);
  return true;
}

function count(counts: MutableCounts, content: Buffer, recipients: number): void {
  counts.messages++;
  counts.recipients += recipients;
  counts.bytes += content.length;
}
