/**
 * Opening: what is said at once to begin a transaction, and the replies that it awaits.
 *
 * MAIL alone without pipelining; MAIL, RCPT… and DATA as a group with it (RFC 2920 §3.1); with BDAT the same group without
 * DATA, for its content follows at once (RFC 3030 §4.2). A session to be abandoned at MAIL or RCPT says no more than that.
 */
import type { Abandon, Step } from '../scenario/client-options.js';
import { Command } from './command.js';
import type { MailCommands } from './mail-commands.js';
import type { Transaction, TransactionResult } from './outcome.js';
import type { Wire } from './wire.js';
import { utf8Bytes } from './xtext.js';

export interface OpeningOptions {
  readonly commands: MailCommands;
  readonly isPipelined: boolean;
  readonly isChunked: boolean;
  readonly abandonPhase: Abandon['phase'] | null;
}

type LastCommand = typeof Command.MAIL | typeof Command.RCPT | typeof Command.DATA | typeof Command.BDAT;

const DATA = 'DATA\r\n';
const RSET = 'RSET\r\n';

export class Opening {
  readonly lastCommand: LastCommand;
  readonly #commands: MailCommands;

  constructor(options: OpeningOptions) {
    this.#commands = options.commands;
    this.lastCommand = lastCommand(options);
  }

  /** The content belongs to it. */
  get hasContent(): boolean {
    return this.lastCommand === Command.BDAT;
  }

  /** `isReset`: behind a RSET. */
  text(transaction: Transaction, isReset: boolean): string {
    let text = (isReset ? RSET : '') + this.#commands.mail(transaction);
    const recipients = this.#recipients(transaction);
    for (let i = 0; i < recipients; i++) text += this.#commands.rcpt(transaction, i);
    return this.lastCommand === Command.DATA ? text + DATA : text;
  }

  await(wire: Wire, result: TransactionResult, writtenAtUs: number, isReset: boolean): void {
    const recipients = this.#recipients(result.transaction as Transaction);
    if (isReset) wire.expect(Command.RSET, writtenAtUs, null);
    wire.expect(Command.MAIL, writtenAtUs, result);
    for (let i = 0; i < recipients; i++) wire.expect(Command.RCPT, writtenAtUs, result);
    if (this.lastCommand === Command.DATA) wire.expect(Command.DATA, writtenAtUs, result);
    result.repliesLeft += 1 + recipients + (this.lastCommand === Command.DATA ? 1 : 0);
  }

  #recipients({ to }: Transaction): number {
    if (this.lastCommand === Command.MAIL) return 0;
    return this.lastCommand === Command.RCPT ? 1 : to.length;
  }
}

/** A command said before MAIL, CRLF included. */
export function stepLine({ verb, argument }: Step): string {
  return argument === '' ? `${verb}\r\n` : `${verb} ${utf8Bytes(argument)}\r\n`;
}

function lastCommand({ isPipelined, isChunked, abandonPhase }: OpeningOptions): LastCommand {
  if (!isPipelined || abandonPhase === 'MAIL') return Command.MAIL;
  if (abandonPhase === 'RCPT') return Command.RCPT;
  return isChunked ? Command.BDAT : Command.DATA;
}
