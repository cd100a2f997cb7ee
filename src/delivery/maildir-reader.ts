/**
 * Maildir reader: receipts from Maildirs on this machine, one for each recipient, with their subfolders (Maildir++).
 *
 * Asks for the times of folders and lists only what changed. A message is told once, when it moves from `new` to `cur`
 * too. It arrived when its file was written. Nothing is followed out of a Maildir, and nothing in it is changed.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import pLimit from 'p-limit';
import { EnvironmentError } from '../errors.js';
import type { MaildirSource, MailFolders } from '../scenario/delivery-options.js';
import { type MailboxOptions, mailboxReceipt, wantsWhole } from './mailbox.js';
import { type MaildirEntry, MaildirFolder } from './maildir-folder.js';
import { readMaildirMessage } from './maildir-message.js';
import { type MaildirPattern, parseMaildirPattern } from './maildir-pattern.js';
import { type FoundMaildir, MaildirTree } from './maildir-tree.js';
import type { DeliveryListener, DeliveryReader } from './reader.js';

type Placement = 'inbox' | 'junk' | 'other';

interface Watched {
  readonly maildir: FoundMaildir;
  readonly placement: Placement;
  readonly folder: MaildirFolder;
}

/** Messages read at a time. */
const READ_AT_ONCE = 8;
/** Folders asked before others have their turn. */
const TURN = 256;
/** A message that moves is looked for again this often in one read. */
const LOOKS = 5;

export function createMaildirReader(source: MaildirSource, options: MailboxOptions): DeliveryReader {
  return new MaildirReader(source, options);
}

class MaildirReader implements DeliveryReader {
  readonly notes = ['Maildir: a copy arrived when its file was written'];
  readonly #options: MailboxOptions;
  readonly #folders: MailFolders;
  readonly #pattern: MaildirPattern;
  readonly #tree: MaildirTree;
  readonly #watched: Watched[] = [];
  readonly #troubles = new Set<string>();
  readonly #limit = pLimit(READ_AT_ONCE);
  #listener: DeliveryListener | null = null;
  #isOld = true;
  /** So far in this read. */
  #isWhole = true;
  /** Any Maildir was: one that nothing was delivered to may never come into being. */
  #isThere = false;
  /** A message could not be read, which is not tried again. */
  #hasGivenUp = false;

  constructor(source: MaildirSource, options: MailboxOptions) {
    this.#options = options;
    this.#folders = source.folders;
    this.#pattern = parseMaildirPattern(source.path);
    this.#tree = new MaildirTree(this.#pattern);
  }

  async open(listener: DeliveryListener): Promise<void> {
    const { root, segments } = this.#pattern;
    const wanted = segments.length > 0 ? root : dirname(root);
    if (!existsSync(wanted)) {
      throw new EnvironmentError('DELIVERY_MAILDIR_NOT_FOUND', `${JSON.stringify(wanted)} is not there`, {
        hint: 'Maildirs may appear during a run; the folder that holds them must be there.',
      });
    }
    this.#listener = listener;
    await this.read();
    this.#isOld = false;
  }

  async read(): Promise<boolean> {
    this.#isWhole = true;
    for (const maildir of this.#tree.news((path, error) => this.#trouble(path, error))) {
      this.#watched.push(...this.#foldersOf(maildir));
    }
    for (const [index, watched] of this.#watched.entries()) {
      if (index % TURN === TURN - 1) await setImmediate();
      await this.#readFolder(watched);
    }
    this.#isThere ||= this.#watched.some(({ folder }) => folder.isThere());
    return this.#isThere && this.#isWhole && !this.#hasGivenUp;
  }

  async close(): Promise<void> {
    const where = JSON.stringify(this.#pattern.root);
    if (!this.#isThere) this.#skip(`no Maildir, which has new and cur, was found at ${where}`);
    this.#listener = null;
  }

  async #readFolder(watched: Watched): Promise<void> {
    const gone = new Set<string>();
    for (let look = 0; look < LOOKS; look++) {
      const news = this.#newsOf(watched);
      if (news.length === 0) return this.#noteGone(watched, gone.size);
      const areThere = await Promise.all(news.map((one) => this.#limit(() => this.#readOne(watched, one))));
      for (const [index, { unique }] of news.entries()) {
        if (areThere[index]) gone.delete(unique);
        else gone.add(unique);
      }
      if (gone.size === 0) return;
      watched.folder.lookAgain();
    }
    this.#isWhole = false;
  }

  /** Neither where they were listed nor moved: somebody deleted them before they could be read. */
  #noteGone({ folder }: Watched, count: number): void {
    if (count === 0) return;
    this.#hasGivenUp = true;
    const messages = count === 1 ? '1 message' : `${count} messages`;
    this.#skip(`${messages} of ${JSON.stringify(folder.path)} could not be read: gone since listed`);
  }

  #foldersOf(maildir: FoundMaildir): Watched[] {
    return (['inbox', 'junk', 'other'] as const).flatMap((placement) =>
      this.#folders[placement].map((name) => {
        const path = join(maildir.path, subfolder(name));
        // Where there are no words in it, the user named the Maildir itself.
        const mayBeLink = path === this.#pattern.root;
        return { maildir, placement, folder: new MaildirFolder(path, { mayBeLink }) };
      }),
    );
  }

  #newsOf({ folder }: Watched): MaildirEntry[] {
    try {
      return folder.news((path) => this.#skip(`${JSON.stringify(path)} is a link, which is not followed`));
    } catch (error) {
      this.#trouble(folder.path, error);
      return [];
    }
  }

  /** False when it was moved before it could be read. */
  async #readOne(watched: Watched, entry: MaildirEntry): Promise<boolean> {
    const { folder } = watched;
    const options = this.#options;
    const isOld = this.#isOld;
    if (isOld && options.history === false) {
      folder.told(entry.unique);
      return true;
    }
    try {
      const message = await readMaildirMessage(entry.path, (header) => wantsWhole(header, options));
      folder.told(entry.unique);
      this.#tell({ watched, entry, message, isOld });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      folder.told(entry.unique);
      this.#hasGivenUp = true;
      this.#trouble(entry.path, error);
    }
    return true;
  }

  #tell({ watched, entry, message, isOld }: Told): void {
    const { maildir, placement, folder } = watched;
    const receipt = mailboxReceipt(
      {
        ...message,
        id: `maildir:${folder.path}/${entry.unique}`,
        boot: 'maildir',
        session: folder.path,
        address: maildir.address,
        placement,
        isOld,
      },
      this.#options,
    );
    if (receipt === null) return;
    this.#listener?.receipt(receipt);
    this.#listener?.acknowledged(receipt.id);
  }

  /** Each once. */
  #trouble(path: string, error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException;
    this.#isWhole = false;
    this.#skip(`${JSON.stringify(path)} cannot be read: ${code ?? message}`);
  }

  #skip(what: string): void {
    if (this.#troubles.has(what)) return;
    this.#troubles.add(what);
    this.#listener?.skipped(what);
  }
}

interface Told {
  readonly watched: Watched;
  readonly entry: MaildirEntry;
  readonly message: Awaited<ReturnType<typeof readMaildirMessage>>;
  readonly isOld: boolean;
}

/** Maildir++: the inbox is the Maildir itself, levels are told apart by dots. */
function subfolder(name: string): string {
  return name.toUpperCase() === 'INBOX' ? '' : `.${name.replaceAll('/', '.')}`;
}
