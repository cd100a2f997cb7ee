/**
 * IMAP reader: receipts from mailboxes by IMAP, a connection for each account, a few of them busy at a time.
 *
 * A copy arrived at its INTERNALDATE, which is in whole seconds of the server's clock. Nothing in a mailbox is changed,
 * not even what counts as seen. RFC 9051.
 */
import pLimit from 'p-limit';
import type { ImapSource } from '../scenario/delivery-options.js';
import { ImapAccount, type Round } from './imap-account.js';
import type { MailboxOptions } from './mailbox.js';
import type { DeliveryListener, DeliveryReader } from './reader.js';

const ACCOUNTS_AT_ONCE = 8;

export function createImapReader(source: ImapSource, options: MailboxOptions): DeliveryReader {
  return new ImapReader(source, options);
}

class ImapReader implements DeliveryReader {
  readonly notes = [
    "IMAP: a copy arrived at its INTERNALDATE, whole seconds of the server's clock; durations are that coarse",
  ];
  readonly #source: ImapSource;
  readonly #options: MailboxOptions;
  readonly #round: Round = { isUnreachable: false };
  #accounts: readonly ImapAccount[] = [];

  constructor(source: ImapSource, options: MailboxOptions) {
    this.#source = source;
    this.#options = options;
  }

  async open(listener: DeliveryListener): Promise<void> {
    const [source, mailbox, limit] = [this.#source, this.#options, pLimit(ACCOUNTS_AT_ONCE)];
    const round = this.#round;
    this.#accounts = source.accounts.map(
      (account) => new ImapAccount({ source, account, mailbox, listener, limit, round }),
    );
    const opened = this.#accounts.map((account) => limit(() => account.open()));
    const missing = await Promise.all(opened).catch(async (error: unknown) => {
      await this.close();
      throw error;
    });
    tellMissing(missing.flat(), listener);
  }

  async read(): Promise<boolean> {
    this.#round.isUnreachable = false;
    const read = await Promise.all(this.#accounts.map((account) => account.read()));
    return read.every(Boolean);
  }

  async close(): Promise<void> {
    await Promise.all(this.#accounts.map((account) => account.close()));
  }
}

/** One sentence for each folder, not for each account: many servers make Junk when the first message goes there. */
function tellMissing(paths: readonly string[], listener: DeliveryListener): void {
  for (const path of new Set(paths)) {
    const count = paths.filter((one) => one === path).length;
    listener.skipped(
      `the folder ${JSON.stringify(path)} is not there yet in ${count === 1 ? '1 mailbox' : `${count} mailboxes`}; it is read once it is`,
    );
  }
}
