/** What the transactions of a session may do: what was wanted, as far as the server offers it. */
import type { Abandon, Step } from '../scenario/client-options.js';
import type { Capabilities } from './capabilities.js';
import type { FinalReplies } from './final-replies.js';
import { MailCommands } from './mail-commands.js';
import type { SessionOptions } from './session-options.js';

export interface TransactionOptions {
  readonly commands: MailCommands;
  readonly finalReplies: FinalReplies;
  /** `off` where the server does not offer PIPELINING. */
  readonly pipelining: 'off' | 'auto' | 'coalesced';
  /** null: DATA. */
  readonly chunkBytes: number | null;
  readonly window: number;
  readonly rset: boolean;
  readonly steps: readonly Step[];
  readonly bodyBytesPerSec: number | null;
  /** Where this session is to end, if that is in a transaction. */
  readonly abandon: Abandon | null;
}

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
