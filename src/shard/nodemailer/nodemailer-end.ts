/**
 * How a message sent through nodemailer ended: its answers and errors in the words of our own client. Pure.
 *
 * It tells the final reply, the refusals of recipients, and of an error its code and mostly the command. Where it does not
 * say which command was waited for, EHLO stands for setting up the session, MAIL for the envelope, CONTENT for the rest.
 */
import type { Command as CommandTable } from '../../smtp/command.js';
import { COMMAND_NAMES, Command, type CommandId } from '../../smtp/command.js';
import { classOfFailure, type FailureCause, type Scope } from '../../smtp/failure.js';
import { classifyReply, type ReplyClass } from '../../smtp/reply-class.js';
import { ReplyParser, type ReplyView } from '../../smtp/reply-parser.js';
import { causeOf } from '../../smtp/system-error.js';
import type { MessageEnd } from '../message-end.js';

/** How far it got with a message: its session is not there yet, is there, the content is read, all of it was. */
export type Progress = 'setting-up' | 'envelope' | 'content' | 'sent';

/** The part of nodemailer's errors that is used here. */
export interface SendError extends Error {
  readonly code?: string | undefined;
  readonly originalCode?: string | undefined;
  readonly response?: string | undefined;
  readonly command?: string | undefined;
  readonly timeoutType?: string | undefined;
  readonly rejectedErrors?: readonly SendError[] | undefined;
}

/** The part of its answers. */
export interface SendInfo {
  readonly accepted: readonly unknown[];
  readonly rejected: readonly unknown[];
  readonly rejectedErrors?: readonly SendError[] | undefined;
  readonly response: string;
}

/** No connection came about; a reason of ours, which nodemailer only carries through. */
export class ConnectError extends Error {
  override readonly cause: NodeJS.ErrnoException;
  readonly failure: FailureCause;

  constructor(cause: NodeJS.ErrnoException, failure: FailureCause = causeOf(cause)) {
    super(cause.message);
    this.cause = cause;
    this.failure = failure;
  }
}

/** A reply that became known. */
export interface HeardReply {
  readonly command: CommandId;
  readonly reply: ReplyView;
  readonly class: ReplyClass;
}

export interface SendEnd {
  readonly end: MessageEnd;
  readonly replies: readonly HeardReply[];
}

export interface Sending {
  readonly progress: Progress;
  /** How many recipients the message has. */
  readonly recipients: number;
  readonly endedAtUs: number;
}

/** nodemailer says that it was sent. In LMTP everybody may have been refused all the same. */
export function endOfInfo(info: SendInfo, sending: Sending): SendEnd {
  const refusals = (info.rejectedErrors ?? []).flatMap(heardIn);
  const final = heard(Command.CONTENT, info.response);
  if (info.accepted.length === 0) return rejected(refusals[0] ?? final, refusals, 'recipient', sending);
  // In LMTP it tells the last reply, which may be somebody's refusal.
  const isGood = final !== null && final.reply.code < 300;
  const end = endWith(sending, {
    outcome: 'accepted',
    phase: 'CONTENT',
    class: 'accepted',
    ...(isGood && replyFacts(final.reply)),
    acceptedRecipients: info.accepted.length,
    refusedRecipients: sending.recipients - info.accepted.length,
    unaccepted: () => info.rejected.map(addressOf),
  });
  return { end, replies: isGood ? [...refusals, final] : refusals };
}

/** As they were handed over; nodemailer may tell an object in their place. */
function addressOf(recipient: unknown): string {
  if (typeof recipient === 'string') return recipient;
  const address =
    typeof recipient === 'object' && recipient !== null ? Reflect.get(recipient, 'address') : '';
  return String(address);
}

export function endOfError(error: SendError, sending: Sending): SendEnd {
  if (error.code === 'EABORT') return interrupted(sending);
  if (error instanceof ConnectError) return unconnected(error, sending);
  if (error.rejectedErrors !== undefined && error.rejectedErrors.length > 0) {
    const refusals = error.rejectedErrors.flatMap(heardIn);
    return rejected(refusals[0] ?? null, refusals, 'recipient', sending);
  }
  const command = commandOf(error, sending.progress);
  const last = error.response === undefined ? null : heard(command, error.response);
  if (last === null) return failed(causeOfError(error), phaseOf(error, command), error, sending);
  if (last.reply.code < 400)
    return failed('unexpected-reply', COMMAND_NAMES[command], error, sending, [last]);
  const isOver = last.reply.code === 421 || !TRANSACTION.has(command);
  return rejected(last, [last], isOver ? 'session' : 'message', sending);
}

/** As SMTP has it, with CONTENT's reply to what it calls DATA too. */
const COMMANDS: readonly (readonly [prefix: string, command: CommandId])[] = [
  ['MAIL', Command.MAIL],
  ['RCPT', Command.RCPT],
  ['EHLO', Command.EHLO],
  ['LHLO', Command.LHLO],
  ['HELO', Command.HELO],
  ['STARTTLS', Command.STARTTLS],
  ['AUTH', Command.AUTH],
];

const TRANSACTION: ReadonlySet<CommandId> = new Set<CommandId>([
  Command.MAIL,
  Command.RCPT,
  Command.DATA,
  Command.CONTENT,
]);

const STANDS_FOR: Readonly<Record<Progress, (typeof CommandTable)[keyof typeof CommandTable]>> = {
  'setting-up': Command.EHLO,
  envelope: Command.MAIL,
  content: Command.CONTENT,
  sent: Command.CONTENT,
};

function commandOf({ command = '', code }: SendError, progress: Progress): CommandId {
  if (command === 'DATA') return code === 'EMESSAGE' ? Command.CONTENT : Command.DATA;
  const isGreeting = command === 'CONN' && code === 'EPROTOCOL' && progress === 'setting-up';
  if (isGreeting) return Command.GREETING;
  return COMMANDS.find(([prefix]) => command.startsWith(prefix))?.[1] ?? STANDS_FOR[progress];
}

const CAUSES: Readonly<Record<string, FailureCause>> = {
  ETIMEDOUT: 'timeout',
  ECONNECTION: 'closed',
  ETLS: 'tls',
  EDNS: 'resolve',
  EPROTOCOL: 'malformed-reply',
  // A mechanism it does not know, or a message larger than the SIZE on offer.
  EAUTH: 'not-offered',
  EMESSAGE: 'not-offered',
};

function causeOfError(error: SendError): FailureCause {
  if (isOfTls(error)) return 'tls';
  if (error.code === 'ESOCKET') return causeOf(systemErrorOf(error));
  if (error.code === 'EPROTOCOL' && /maximum allowed size/.test(error.message)) return 'reply-too-long';
  return CAUSES[error.code ?? ''] ?? 'io';
}

function phaseOf(error: SendError, command: CommandId): string {
  if (isOfTls(error) || error.timeoutType === 'UPGRADE_TIMEOUT') return 'tls';
  return error.timeoutType === 'GREETING_TIMEOUT' ? 'GREETING' : COMMAND_NAMES[command];
}

/** OpenSSL's verdicts on certificates have codes of their own, such as UNABLE_TO_VERIFY_LEAF_SIGNATURE. */
function isOfTls({ code, originalCode = '' }: SendError): boolean {
  return code === 'ETLS' || /^ERR_(?:SSL|TLS)_|CERT|ISSUER|SIGNATURE|CRL/.test(originalCode);
}

function systemErrorOf({ message, originalCode = '' }: SendError): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code: originalCode });
}

function heardIn(error: SendError): HeardReply[] {
  const command = error.command === 'DATA' ? Command.CONTENT : Command.RCPT;
  const one = error.response === undefined ? null : heard(command, error.response);
  return one === null ? [] : [one];
}

/** null for what is no reply. */
function heard(command: CommandId, text: string): HeardReply | null {
  const reply = parseReply(text);
  if (reply === null) return null;
  const facts = { command: COMMAND_NAMES[command], code: reply.code, enhanced: reply.enhanced };
  return { command, reply, class: classifyReply({ ...facts, text: reply.text() }) };
}

function parseReply(text: string): ReplyView | null {
  let found: ReplyView | null = null;
  const parser = new ReplyParser({
    onReply: (reply) => {
      const { code, enhanced, lineCount } = reply;
      const words = reply.text();
      found ??= { code, enhanced, lineCount, text: () => words };
    },
    onMalformed: () => {},
  });
  const bytes = Buffer.from(`${text.replaceAll(/\r?\n/g, '\r\n')}\r\n`);
  parser.push(bytes, bytes.length);
  return found;
}

function rejected(
  deciding: HeardReply | null,
  replies: readonly HeardReply[],
  scope: Scope,
  sending: Sending,
): SendEnd {
  const refusedRecipients = sending.recipients;
  if (deciding === null) {
    const end = endWith(sending, { outcome: 'rejected', phase: 'RCPT', scope, refusedRecipients });
    return { end, replies };
  }
  const phase = COMMAND_NAMES[deciding.command];
  const facts = { ...replyFacts(deciding.reply), class: deciding.class };
  return {
    end: endWith(sending, { outcome: 'rejected', phase, scope, refusedRecipients, ...facts }),
    replies,
  };
}

function failed(
  cause: FailureCause,
  phase: string,
  error: Error,
  sending: Sending,
  replies: readonly HeardReply[] = [],
): SendEnd {
  const end = endWith(sending, {
    ...{ outcome: 'failed', phase, scope: 'session', cause },
    class: classOfFailure(cause),
    isInDoubt: sending.progress === 'sent',
    replyText: () => error.message,
  });
  return { end, replies };
}

function unconnected(error: ConnectError, sending: Sending): SendEnd {
  const { failure: cause } = error;
  return failed(cause, 'connect', error, { ...sending, progress: 'setting-up' });
}

function interrupted(sending: Sending): SendEnd {
  const isInDoubt = sending.progress === 'sent';
  const phase = COMMAND_NAMES[STANDS_FOR[sending.progress]];
  const facts = { outcome: 'interrupted', phase, cause: 'stopped' } as const;
  return { end: endWith(sending, { ...facts, class: 'network', isInDoubt }), replies: [] };
}

function replyFacts(reply: ReplyView): Pick<MessageEnd, 'code' | 'enhanced' | 'replyText'> {
  return { code: reply.code, enhanced: reply.enhanced, replyText: () => reply.text() };
}

function endWith(
  { endedAtUs }: Sending,
  given: Partial<MessageEnd> & Pick<MessageEnd, 'outcome'>,
): MessageEnd {
  return {
    phase: 'idle',
    scope: '',
    cause: '',
    code: 0,
    enhanced: 0,
    class: 'unclassified',
    acceptedRecipients: 0,
    refusedRecipients: 0,
    // It does not say when it writes MAIL.
    mailAtUs: 0,
    endedAtUs,
    isInDoubt: false,
    unaccepted: () => [],
    replyText: () => '',
    ...given,
  };
}
