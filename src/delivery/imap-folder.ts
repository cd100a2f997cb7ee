/**
 * IMAP folder: what is new in one folder of one account, by UID.
 *
 * Every batch is told as a whole and only then counted as read, so a connection may be lost at any command and nothing
 * is told twice or left out. UIDs hold as long as UIDVALIDITY does (RFC 9051 §2.3.1.1); when it changes the folder is
 * read anew, without the messages that were told. A message that the server cannot send whole is told by its header.
 */
import type { FetchMessageObject, ImapFlow } from 'imapflow';
import {
  MAILBOX_FIELDS,
  MAX_WHOLE_BYTES,
  type MailboxOptions,
  mailboxReceipt,
  wantsWhole,
} from './mailbox.js';
import type { DeliveryListener } from './reader.js';
import type { Receipt } from './receipt.js';

export interface FolderPlace {
  readonly user: string;
  /** Where the message does not say whose it is. */
  readonly address: string;
  readonly path: string;
  readonly placement: 'inbox' | 'junk' | 'other';
}

type Telling = Pick<DeliveryListener, 'receipt' | 'acknowledged' | 'skipped'>;

/** Messages whose headers are fetched by one command. */
const BATCH = 500;
/** Of whole messages fetched by one command. */
const GROUP_BYTES = 8 * 1024 * 1024;

export class ImapFolder {
  readonly place: FolderPlace;
  readonly #options: MailboxOptions;
  readonly #listener: Telling;
  #uidValidity: bigint | null = null;
  /** UIDs below were there at open. */
  #firstNewUid = 1;
  #nextUid = 1;
  /** Numbers of our messages that were told, for the day UIDVALIDITY changes. */
  #told: number[] = [];
  /** How often each was told under an earlier UIDVALIDITY. */
  #toldBefore = new Map<number, number>();
  #isCareful = false;
  #isGone = false;
  #hasMissed = false;
  readonly #unreadable = new Set<number>();

  constructor(place: FolderPlace, options: MailboxOptions, listener: Telling) {
    this.place = place;
    this.#options = options;
    this.#listener = listener;
  }

  /** What is there now was there at open. False where there is no such folder. */
  async open(client: ImapFlow): Promise<boolean> {
    const status = await this.#status(client);
    if (status === null) return false;
    this.#uidValidity = status.uidValidity;
    this.#firstNewUid = status.uidNext;
    if (this.#options.history === false) this.#nextUid = status.uidNext;
    return true;
  }

  /** Tells all that is there. False where the folder, or a message in it, was gone before it was read. @throws what imapflow throws */
  async read(client: ImapFlow): Promise<boolean> {
    if (isSelected(client, this.place.path)) {
      await client.noop();
      if (!client.usable) throw new Error('the connection was lost');
    } else if (!(await this.#select(client))) return !this.#isGone;
    for (const batch of await this.#newUids(client)) await this.#readBatch(client, batch);
    this.#toldBefore.clear();
    return !this.#hasMissed;
  }

  /** Selects it, whether there is news or not: IDLE is about the folder that is selected. */
  async select(client: ImapFlow): Promise<void> {
    if (!isSelected(client, this.place.path)) await client.mailboxOpen(this.place.path, { readOnly: true });
  }

  /** False where there is nothing new to be selected for. */
  async #select(client: ImapFlow): Promise<boolean> {
    const status = await this.#status(client);
    if (status === null) {
      this.#noteGone();
      return false;
    }
    this.#isGone = false;
    if (this.#uidValidity !== status.uidValidity) this.#startAnew(status);
    if (status.uidNext <= this.#nextUid) return false;
    await client.mailboxOpen(this.place.path, { readOnly: true });
    return true;
  }

  /** One that was never there is not missed. */
  #noteGone(): void {
    if (this.#isGone || this.#uidValidity === null) return;
    this.#isGone = true;
    const { path, user } = this.place;
    this.#listener.skipped(`the folder ${JSON.stringify(path)} of ${JSON.stringify(user)} is gone`);
  }

  /** null where there is no such folder. */
  async #status(client: ImapFlow): Promise<{ uidValidity: bigint; uidNext: number } | null> {
    try {
      const status = await client.status(this.place.path, { uidNext: true, uidValidity: true });
      if (!client.usable) throw new Error('the connection was lost');
      if (status === false || status.uidValidity === undefined)
        throw new Error(`the server does not say what is in ${JSON.stringify(this.place.path)}`);
      return { uidValidity: status.uidValidity, uidNext: status.uidNext ?? 1 };
    } catch (error) {
      if ((error as { code?: string }).code === 'NotFound') return null;
      throw error;
    }
  }

  #startAnew({ uidValidity, uidNext }: { uidValidity: bigint; uidNext: number }): void {
    if (this.#uidValidity !== null) {
      const { path, user } = this.place;
      this.#listener.skipped(
        `UIDVALIDITY of ${JSON.stringify(path)} of ${JSON.stringify(user)} changed; what was told before is left out`,
      );
      this.#firstNewUid = uidNext;
    }
    this.#uidValidity = uidValidity;
    this.#nextUid = 1;
    for (const number of this.#told) this.#toldBefore.set(number, (this.#toldBefore.get(number) ?? 0) + 1);
    this.#told = [];
    this.#unreadable.clear();
  }

  async #newUids(client: ImapFlow): Promise<number[][]> {
    const uids = await client.search({ uid: `${this.#nextUid}:*` }, { uid: true });
    if (!Array.isArray(uids)) throw new Error('the server did not answer a search');
    // `n:*` means the last message too where its UID is below n.
    const fresh = uids.filter((uid) => uid >= this.#nextUid).sort((a, b) => a - b);
    return Array.from({ length: Math.ceil(fresh.length / BATCH) }, (_, index) =>
      fresh.slice(index * BATCH, (index + 1) * BATCH),
    );
  }

  async #readBatch(client: ImapFlow, uids: readonly number[]): Promise<void> {
    const last = uids.at(-1) ?? 0;
    const query = { uid: true, internalDate: true, size: true, headers: MAILBOX_FIELDS };
    const messages = await client.fetchAll(`${uids[0]}:${last}`, query, { uid: true });
    // A server may send others along, and one message in two responses.
    const byUid = new Map(messages.filter(({ headers }) => headers).map((message) => [message.uid, message]));
    const receipts = new Map([...byUid].map(([uid, message]) => [uid, this.#receiptOf(message, null)]));
    const wanted = [...byUid.values()].filter((message) => this.#isWanted(message));
    for (const group of this.#groups(wanted)) await this.#readWhole(client, group, receipts);
    for (const uid of uids) this.#tell(receipts.get(uid) ?? null);
    this.#noteMissed(uids.filter((uid) => !byUid.has(uid)).length);
    this.#nextUid = last + 1;
    this.#isCareful = false;
  }

  /** Listed, and expunged before they could be read. */
  #noteMissed(count: number): void {
    if (count === 0) return;
    this.#hasMissed = true;
    const { path, user } = this.place;
    this.#listener.skipped(
      `${count === 1 ? '1 message' : `${count} messages`} of ${JSON.stringify(path)} of ${JSON.stringify(user)} could not be read: gone since listed`,
    );
  }

  #isWanted({ uid, headers, size = 0 }: FetchMessageObject): boolean {
    return (
      size <= MAX_WHOLE_BYTES &&
      !this.#unreadable.has(uid) &&
      wantsWhole(headers ?? new Uint8Array(), this.#options)
    );
  }

  /** One by one after a group failed: a message that the server cannot send must not keep the others from us. */
  #groups(messages: readonly FetchMessageObject[]): FetchMessageObject[][] {
    const groups: FetchMessageObject[][] = [];
    let bytes = Number.POSITIVE_INFINITY;
    for (const message of messages) {
      bytes += message.size ?? 0;
      if (bytes > GROUP_BYTES || this.#isCareful) {
        groups.push([]);
        bytes = message.size ?? 0;
      }
      groups.at(-1)?.push(message);
    }
    return groups;
  }

  async #readWhole(
    client: ImapFlow,
    group: readonly FetchMessageObject[],
    receipts: Map<number, Receipt | null>,
  ): Promise<void> {
    const byUid = new Map(group.map((message) => [message.uid, message]));
    try {
      const range = group.map(({ uid }) => uid).join(',');
      for await (const { uid, source } of client.fetch(range, { uid: true, source: true }, { uid: true })) {
        const message = byUid.get(uid);
        if (message && source) receipts.set(uid, this.#receiptOf(message, source));
      }
    } catch (error) {
      this.#isCareful = true;
      if (group.length === 1 && group[0]) this.#giveUp(group[0].uid);
      throw error;
    }
  }

  #giveUp(uid: number): void {
    this.#unreadable.add(uid);
    const { path, user } = this.place;
    this.#listener.skipped(
      `message ${uid} of ${JSON.stringify(path)} of ${JSON.stringify(user)} could not be read whole`,
    );
  }

  #receiptOf({ uid, internalDate, size, headers }: FetchMessageObject, whole: Buffer | null): Receipt | null {
    const { user, path, address, placement } = this.place;
    return mailboxReceipt(
      {
        id: `imap:${user}/${path}/${this.#uidValidity}/${uid}`,
        boot: 'imap',
        session: `${user}/${path}`,
        at: microseconds(internalDate),
        bytes: whole?.length ?? size ?? 0,
        header: headers ?? new Uint8Array(),
        whole,
        address,
        placement,
        isOld: uid < this.#firstNewUid,
      },
      this.#options,
    );
  }

  #tell(receipt: Receipt | null): void {
    if (receipt === null || this.#wasTold(receipt.number)) return;
    if (receipt.number !== null) this.#told.push(receipt.number);
    this.#listener.receipt(receipt);
    this.#listener.acknowledged(receipt.id);
  }

  #wasTold(number: number | null): boolean {
    const times = number === null ? 0 : (this.#toldBefore.get(number) ?? 0);
    if (number === null || times === 0) return false;
    this.#toldBefore.set(number, times - 1);
    this.#told.push(number);
    return true;
  }
}

function isSelected(client: ImapFlow, path: string): boolean {
  return client.mailbox !== false && client.mailbox.path === path;
}

function microseconds(internalDate: Date | string | undefined): number {
  const ms = internalDate instanceof Date ? internalDate.getTime() : Number.NaN;
  return Number.isNaN(ms) ? 0 : Math.max(0, ms * 1000);
}
