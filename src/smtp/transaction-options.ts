/** What the transactions of a session may do: what was wanted, as far as the server offers it. */
import type { Abandon } from '../scenario/scenario.js';
import type { Capabilities } from './capabilities.js';
import { MailCommands } from './mail-commands.js';
import type { SessionOptions } from './session-options.js';
import type { TransactionOptions } from './transactions.js';

/** What set-up has found out. */
interface Found {
  readonly capabilities: Capabilities;
  readonly isSecure: boolean;
}

export function transactionOptions(
  options: SessionOptions,
  { capabilities, isSecure }: Found,
  abandon: Abandon | null,
): TransactionOptions {
  const { pipelining, protocol, parameters, limits } = options;
  const { chunkBytes, window, rset, steps, bodyBytesPerSec } = options;
  const isChunked = chunkBytes !== null;
  return {
    commands: new MailCommands({ parameters, capabilities, isSecure, isChunked, limits }),
    finalReplies: protocol === 'lmtp' ? 'lmtp' : parameters.prdr ? 'prdr' : 'one',
    pipelining: capabilities.pipelining ? pipelining : 'off',
    ...{ chunkBytes, window, rset, steps, bodyBytesPerSec },
    abandon,
  };
}
