/**
 * The commands a session waits on: numbers on the hot path, names in reports.
 *
 * GREETING stands for the server's opening 220 and CONTENT for the message, after its 354 or with its last BDAT; both are
 * answered like commands and have a time-out of their own (RFC 5321 §4.5.3.2). BDAT is a chunk that is not the last.
 */
import type { Timeouts } from '../scenario/client-options.js';

export const Command = {
  GREETING: 0,
  EHLO: 1,
  HELO: 2,
  LHLO: 3,
  STARTTLS: 4,
  AUTH: 5,
  MAIL: 6,
  RCPT: 7,
  DATA: 8,
  CONTENT: 9,
  RSET: 10,
  QUIT: 11,
  NOOP: 12,
  VRFY: 13,
  EXPN: 14,
  XCLIENT: 15,
  XFORWARD: 16,
  BDAT: 17,
} as const;

export type CommandId = (typeof Command)[keyof typeof Command];

/** Names as in the `command` tag of smtp_command_waiting and smtp_replies, by CommandId. */
export const COMMAND_NAMES = [
  'GREETING',
  'EHLO',
  'HELO',
  'LHLO',
  'STARTTLS',
  'AUTH',
  'MAIL',
  'RCPT',
  'DATA',
  'CONTENT',
  'RSET',
  'QUIT',
  'NOOP',
  'VRFY',
  'EXPN',
  'XCLIENT',
  'XFORWARD',
  'BDAT',
] as const;

/** Where a session stands when something ends it: before the first command, or waiting on one. */
export type Phase = 'connect' | 'tls' | 'idle' | (typeof COMMAND_NAMES)[number];

/** Time-outs in µs by CommandId. */
export function commandTimeoutsUs(timeouts: Timeouts): Float64Array {
  const table = new Float64Array(COMMAND_NAMES.length).fill(timeouts.commandMs * 1000);
  table[Command.GREETING] = timeouts.greetingMs * 1000;
  table[Command.AUTH] = timeouts.authMs * 1000;
  table[Command.DATA] = timeouts.dataInitiationMs * 1000;
  table[Command.BDAT] = timeouts.dataBlockMs * 1000;
  table[Command.CONTENT] = timeouts.dataTerminationMs * 1000;
  table[Command.QUIT] = timeouts.quitMs * 1000;
  return table;
}
