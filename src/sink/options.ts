/**
 * Sink options: everything a sink is told at its start, as plain JSON, so that it can be handed to other processes.
 *
 * Paths are absolute or relative to the working directory. Defaults are what a well-behaved server of today does.
 */

/** What EHLO can offer. A hidden one is refused too where it is said: STARTTLS gets a 502. */
export const CAPABILITIES = [
  'PIPELINING',
  'SIZE',
  '8BITMIME',
  'SMTPUTF8',
  'ENHANCEDSTATUSCODES',
  'DSN',
  'CHUNKING',
  'STARTTLS',
  'AUTH',
  'XCLIENT',
  'REQUIRETLS',
  /** All of them: HELO only, EHLO gets a 502. */
  'EHLO',
] as const;

export type Capability = (typeof CAPABILITIES)[number];

export interface SinkOptions {
  /** Where to listen; anything but loopback needs `allowPublic`. Or `unix:` and a path. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly protocol: 'smtp' | 'lmtp';
  readonly allowPublic?: boolean;
  /** Default `starttls`. */
  readonly tlsMode?: 'none' | 'starttls' | 'implicit';
  /** PEM; default: one made at the start, signed by itself. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Given: AUTH PLAIN and LOGIN are offered, without TLS too, and required before MAIL. */
  readonly auth?: { readonly user: string; readonly pass: string } | null;
  /** The name in greeting and EHLO, default `sink.example.test`. */
  readonly name?: string;
  /** SIZE, default 64 MiB. */
  readonly maxSizeBytes?: number;
  /** Recipients of one transaction, default and 0 no limit; one more gets 452 4.5.3. */
  readonly maxRecipients?: number;
  /** Silence after which a session gets a 421, default 5 minutes (RFC 5321 §4.5.3.2.7); 0 is never. */
  readonly idleMs?: number;
  /** Sessions open at once, default and 0 no limit; one more is greeted with a 421. */
  readonly maxConnections?: number;
  readonly backlog?: number;
  /** Default none. */
  readonly hidden?: readonly Capability[];
  /** Whether clients may say XCLIENT (and XFORWARD), default false. Only loopback and private addresses are believed. */
  readonly xclient?: boolean;
  /** Whether every connection begins with a PROXY header, version 1 or 2, default false. */
  readonly proxy?: boolean;
  readonly receipts?: ReceiptOptions | null;
  readonly behaviours?: BehaviourOptions | null;
  /** Number of this process, 0 the first. */
  readonly worker?: number;
}

export interface ReceiptOptions {
  /** receipts.ndjson; see `receiptPathOf` for several processes. Made if not there, otherwise added to. */
  readonly path: string;
  /** Folder that gets each message as `<receipt id>.eml`; null keeps none. */
  readonly keepDir: string | null;
}

export interface BehaviourOptions {
  /** Name of a receiver profile, which takes the place of the file's; null leaves it to the file. */
  readonly profile?: string | null;
  /** YAML and where it came from, for errors; '' when there is none but a profile. */
  readonly text: string;
  readonly path: string;
  /** Of chance. */
  readonly seed: number;
  /** `smtp://127.0.0.1:2525`: where DSNs go, and nowhere else; null refuses behaviours that bounce. */
  readonly bounceTo: string | null;
}
