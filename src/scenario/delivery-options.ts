/**
 * Delivery options: where a scenario has copies looked for, and what it does to the server meanwhile, as plain frozen
 * data. Part of a Scenario.
 */

export interface Delivery {
  /** Where copies are looked for. */
  readonly expect: 'sink' | 'imap' | 'maildir';
  /** Where the return path leads, so that DSNs are seen; null: nowhere that is looked at. */
  readonly bounces: 'sink' | 'imap' | 'maildir' | null;
  /** Not null where `expect` or `bounces` names it. */
  readonly sink: DeliverySink | null;
  readonly imap: ImapSource | null;
  readonly maildir: MaildirSource | null;
  /** How long after the last message is waited for copies; less when all have arrived. */
  readonly waitMs: number;
  /** A copy that took longer than this from MAIL to receipt is late. Default `waitMs`. */
  readonly lateMs: number;
  /** Share of the messages in mailboxes whose body is read and digested, 0 … 1; stamps are read of all. */
  readonly sample: number;
  /** Shell command that prints the size of the server's queue; run at the end of the wait. */
  readonly queue: string | null;
}

export interface DeliverySink {
  /** The run's own sink listens here; null with `receipts`, and where the target is embedded: that is the sink. */
  readonly listen: { readonly host: string; readonly port: number } | null;
  /** Of sinks elsewhere: files, or URLs of their control interface. Empty with `listen`. */
  readonly receipts: readonly string[];
  readonly protocol: 'smtp' | 'lmtp';
  /** How the run's own sink behaves (docs/sink.md): YAML as read, and the file it came from; null: it takes everything. */
  readonly behaviours: { readonly text: string; readonly path: string } | null;
  /** The only one whom the run's own sink takes mail from; null: everybody. */
  readonly auth: { readonly user: string; readonly pass: string } | null;
  readonly bounceTo: string | null;
}

export interface ImapSource {
  readonly host: string;
  readonly port: number;
  readonly tls: 'none' | 'starttls' | 'implicit';
  readonly verify: boolean;
  readonly accounts: readonly MailAccount[];
  readonly folders: MailFolders;
}

export interface MailAccount {
  readonly user: string;
  readonly pass: string;
  /** Whose copies this mailbox holds where the message does not say (Delivered-To); '' for none. */
  readonly address: string;
}

/** Names of folders by placement. */
export interface MailFolders {
  readonly inbox: readonly string[];
  readonly junk: readonly string[];
  readonly other: readonly string[];
}

export interface MaildirSource {
  /** May hold {{address}}, {{user}} (the part before the @) and {{domain}}: one Maildir for each recipient. */
  readonly path: string;
  /** `.` and the name, as Maildir++ has it; the inbox is the Maildir itself. */
  readonly folders: MailFolders;
}

export interface Action {
  /** From the start of the run. */
  readonly atMs: number;
  readonly name: string;
  /** Shell command, in the folder of the scenario file. */
  readonly run: string;
}
