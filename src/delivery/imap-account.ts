/**
 * IMAP account: one connection to one mailbox, with IDLE on its inbox where the server has it (RFC 2177).
 *
 * News that IDLE tells is fetched soon after; a read asks for all folders whatever IDLE said, so it is complete. One
 * thing at a time. A lost connection is made again by the next read, and told once. No text that leaves here holds the
 * password, and what a server said has no control characters.
 */
import { ImapFlow } from 'imapflow';
import { EnvironmentError } from '../errors.js';
import type { ImapSource, MailAccount } from '../scenario/delivery-options.js';
import { ImapFolder } from './imap-folder.js';
import { MAX_WHOLE_BYTES, type MailboxOptions } from './mailbox.js';
import type { DeliveryListener } from './reader.js';

export interface ImapAccountOptions {
  readonly source: ImapSource;
  readonly account: MailAccount;
  readonly mailbox: MailboxOptions;
  readonly listener: DeliveryListener;
  readonly round: Round;
  /** Bounds how many accounts are busy at a time. */
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>;
}

/** One read of all accounts: a server that does not answer is not waited for by each of them. */
export interface Round {
  isUnreachable: boolean;
}

const CONNECT_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 60_000;
const LOGOUT_TIMEOUT_MS = 2_000;
/** News that comes together is fetched together. */
const NEWS_DELAY_MS = 200;
/** One that fails leaves the next one less to do. */
const ATTEMPTS = 3;

export class ImapAccount {
  readonly #options: ImapAccountOptions;
  readonly #folders: readonly ImapFolder[];
  readonly #inbox: ImapFolder | undefined;
  #client: ImapFlow | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #newsTimer: NodeJS.Timeout | null = null;
  #isBusy = false;
  #isTroubleTold = false;
  #isClosed = false;

  constructor(options: ImapAccountOptions) {
    this.#options = options;
    this.#folders = foldersOf(options);
    this.#inbox = this.#folders.find(({ place }) => place.placement === 'inbox');
  }

  /** Gives the names of the folders that are not there. @throws EnvironmentError */
  async open(): Promise<string[]> {
    try {
      const client = await this.#connected();
      const missing: string[] = [];
      for (const folder of this.#folders) {
        if (!(await folder.open(client))) missing.push(folder.place.path);
      }
      return missing;
    } catch (error) {
      throw openError(error, this.#options);
    }
  }

  /** False when not all could be read, which is told to the listener, once until it can be again. Never throws. */
  read(): Promise<boolean> {
    return this.#inTurn(() => this.#readAll(this.#folders));
  }

  /** Nothing is told afterwards. Never throws. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#newsTimer) clearTimeout(this.#newsTimer);
    const client = this.#client;
    this.#client = null;
    if (client !== null) await leave(client);
    await this.#turn;
  }

  #inTurn(work: () => Promise<boolean>): Promise<boolean> {
    const mine = this.#turn.then(() => this.#options.limit(work));
    this.#turn = mine;
    return mine;
  }

  async #readAll(folders: readonly ImapFolder[]): Promise<boolean> {
    this.#isBusy = true;
    const { round } = this.#options;
    let isWhole = false;
    for (let attempt = 1; !this.#isClosed; attempt++) {
      try {
        isWhole = await this.#readOnce(folders);
        this.#isTroubleTold = false;
        break;
      } catch (error) {
        this.#disconnect();
        if (attempt < ATTEMPTS && !round.isUnreachable) continue;
        this.#tellTrouble(error);
        break;
      }
    }
    this.#isBusy = false;
    return isWhole;
  }

  /** The inbox last, where the connection stays. False where a folder is gone. */
  async #readOnce(folders: readonly ImapFolder[]): Promise<boolean> {
    const client = await this.#connected();
    let isWhole = true;
    for (const folder of folders) {
      if (folder !== this.#inbox) isWhole = (await folder.read(client)) && isWhole;
    }
    if (this.#inbox === undefined) return isWhole;
    isWhole = (await this.#inbox.read(client)) && isWhole;
    if (isWhole) await this.#idle(client, this.#inbox);
    return isWhole;
  }

  async #idle(client: ImapFlow, inbox: ImapFolder): Promise<void> {
    if (this.#isClosed || client.capabilities.get('IDLE') === undefined) return;
    await inbox.select(client);
    // Lasts until the next command, whose failure says what there is to say.
    client.idle().catch(() => {});
  }

  #onNews(): void {
    if (this.#isBusy || this.#isClosed || this.#newsTimer !== null) return;
    this.#newsTimer = setTimeout(() => {
      this.#newsTimer = null;
      void this.#inTurn(() => this.#readAll(this.#inbox ? [this.#inbox] : []));
    }, NEWS_DELAY_MS);
    this.#newsTimer.unref();
  }

  async #connected(): Promise<ImapFlow> {
    if (this.#client?.usable) return this.#client;
    this.#disconnect();
    const { round } = this.#options;
    if (this.#isClosed || round.isUnreachable) throw new Error('the server cannot be reached');
    const client = createClient(this.#options);
    // Whoever waits for a reply is told; nobody else has to be.
    client.on('error', () => {});
    client.on('exists', () => this.#onNews());
    this.#client = client;
    try {
      await client.connect();
    } catch (error) {
      round.isUnreachable = !(error as ImapTrouble).authenticationFailed;
      throw error;
    }
    return client;
  }

  #disconnect(): void {
    this.#client?.close();
    this.#client = null;
  }

  #tellTrouble(error: unknown): void {
    if (this.#isTroubleTold || this.#isClosed) return;
    this.#isTroubleTold = true;
    const { account, listener } = this.#options;
    const why = reasonOf(error, account);
    listener.skipped(`the mailbox of ${JSON.stringify(account.user)} cannot be read at the moment: ${why}`);
  }
}

async function leave(client: ImapFlow): Promise<void> {
  const impatience = setTimeout(() => client.close(), LOGOUT_TIMEOUT_MS);
  await client.logout().catch(() => {});
  clearTimeout(impatience);
  client.close();
}

function foldersOf({ source, account, mailbox, listener }: ImapAccountOptions): ImapFolder[] {
  return (['inbox', 'junk', 'other'] as const).flatMap((placement) =>
    source.folders[placement].map((path) => {
      const { user, address } = account;
      return new ImapFolder({ user, address, path, placement }, mailbox, listener);
    }),
  );
}

function createClient({ source, account }: ImapAccountOptions): ImapFlow {
  return new ImapFlow({
    host: source.host,
    port: source.port,
    secure: source.tls === 'implicit',
    ...(source.tls === 'implicit' ? {} : { doSTARTTLS: source.tls === 'starttls' }),
    tls: { rejectUnauthorized: source.verify },
    auth: { user: account.user, pass: account.pass },
    logger: false,
    disableAutoIdle: true,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    maxLiteralSize: 2 * MAX_WHOLE_BYTES,
    maxResponseSize: 4 * MAX_WHOLE_BYTES,
  });
}

interface ImapTrouble {
  readonly message?: string;
  readonly code?: string;
  readonly responseText?: string;
  readonly authenticationFailed?: boolean;
}

function openError(error: unknown, { source, account }: ImapAccountOptions): EnvironmentError {
  const [where, why] = [`${source.host}:${source.port}`, reasonOf(error, account)];
  const user = JSON.stringify(account.user);
  // No cause: it may hold the command that was sent.
  if ((error as ImapTrouble).authenticationFailed) {
    return new EnvironmentError(
      'DELIVERY_IMAP_LOGIN',
      `The IMAP server ${where} does not let ${user} in: ${why}`,
      {
        hint: 'Check user and password under `delivery.imap.accounts`. Some servers take a password only over TLS.',
      },
    );
  }
  return new EnvironmentError(
    'DELIVERY_IMAP_UNREACHABLE',
    `The mailbox of ${user} at ${where} cannot be read: ${why}`,
    {
      hint: 'Check host, port and `tls` under `delivery.imap`; `verify: false` takes any certificate.',
    },
  );
}

function reasonOf(error: unknown, { pass }: MailAccount): string {
  const { responseText, message = '', code } = error as ImapTrouble;
  const text = responseText || [message, code].filter(Boolean).join(', ');
  const masked = pass === '' ? text : text.replaceAll(pass, '***');
  return masked.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
