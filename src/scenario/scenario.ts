/**
 * Scenario: what to run, as plain frozen data; what every other room reads.
 *
 * Every default is filled in, every duration is in milliseconds and every size in bytes. Secrets stand here in
 * the clear, so a Scenario is never written to a file: `display` (see ResolvedScenario) is what results store.
 */
import type { Threshold } from '../metrics/threshold.js';
import type { Client } from './client-options.js';
import type { Action, Delivery } from './delivery-options.js';
import type { DrawnCount } from './drawn-count.js';
import type { ExecutorSpec } from './executor-spec.js';

/** What messages are sent with. */
export interface Settings {
  readonly target: Target;
  readonly client: Client;
  /** Weighted mix, never empty. Nobody's where code makes the messages. */
  readonly messages: readonly MessageEntry[];
  readonly envelope: Envelope;
}

/** What one executor has instead of the scenario's settings; absent: those. */
export interface OwnSettings extends Partial<Settings> {
  /** What counts as success, where neither recipient nor message says so; null: nor does the executor. */
  readonly expect: Expectation | null;
}

export interface Scenario extends Settings {
  readonly name: string;
  /** Seed of every draw; drawn at random when not given, and stored in the result. */
  readonly seed: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Executors by name, at least one, in the order of the file. */
  readonly scenarios: Readonly<Record<string, ExecutorSpec>>;
  /** What single executors have of their own, by their names; those that have nothing are missing. */
  readonly own: Readonly<Record<string, OwnSettings>>;
  /** Thresholds by metric expression, e.g. `smtp_messages{outcome:accepted}`. */
  readonly thresholds: Readonly<Record<string, readonly Threshold[]>>;
  /** How it is proved what arrived; null: it is not. */
  readonly delivery: Delivery | null;
  /** What happens to the server meanwhile, in order of time. */
  readonly actions: readonly Action[];
  /** The scenario's own code; null where it is none, or has no functions. */
  readonly code: CodeFile | null;
}

/** A scenario that is a module: each shard imports it and calls its functions. */
export interface CodeFile {
  /** As its user named it, for people. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
  /** Of the file itself, not of what it imports; hex. */
  readonly sha256: string;
  /** The functions that it has, and where each stands: `scenario.ts:12`. */
  readonly functions: Readonly<Partial<Record<CodeFunction, string>>>;
}

export const CODE_FUNCTIONS = ['message', 'envelope', 'pacing', 'setup', 'teardown'] as const;

export type CodeFunction = (typeof CODE_FUNCTIONS)[number];

/** A scenario together with the form of it that may be shown and stored. */
export interface ResolvedScenario {
  readonly scenario: Scenario;
  /** The scenario in the words of its file with defaults filled in; `${NAME}` references instead of values, secrets masked. */
  readonly display: Readonly<Record<string, unknown>>;
  /** Every secret value, for masking server text and errors. */
  readonly secrets: readonly string[];
}

export interface Target {
  /** As given, without credentials: `smtp://127.0.0.1:2525`, `embedded`, `smtp+unix:///run/x.sock`. */
  readonly url: string;
  readonly protocol: 'smtp' | 'lmtp';
  /** True when the run starts its own sink; host and port are then filled in at the start of the run. */
  readonly isEmbedded: boolean;
  /** Where to connect, at least one; a session takes one by weight. All speak the same protocol. */
  readonly routes: readonly Route[];
  /** How names become addresses. */
  readonly dns: DnsOptions;
  readonly tls: TlsOptions;
  readonly auth: AuthOptions | null;
  /** The user's word that a target off loopback, or real recipient domains, may be loaded. */
  readonly authorized: boolean;
}

export interface Route {
  readonly address: TargetAddress;
  /** Above 0. */
  readonly weight: number;
}

export type TargetAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
  /** A program that speaks over its standard input and output, one process for each session. */
  | { readonly kind: 'exec'; readonly program: string; readonly args: readonly string[] }
  /** The mail exchangers of a domain, by preference, the next one where one cannot be reached (RFC 5321 §5.1). */
  | { readonly kind: 'mx'; readonly domain: string; readonly port: number };

export interface DnsOptions {
  /** `once`: each name is looked up once in a shard. `session`: for every connection. */
  readonly lookup: 'once' | 'session';
  /** `any`: as the resolver orders them; a connection tries one after the other. */
  readonly family: 'any' | 'ipv4' | 'ipv6';
  /** `127.0.0.1:5353`, `[::1]:53`; empty: those of the system, /etc/hosts included. */
  readonly servers: readonly string[];
}

export interface TlsOptions {
  readonly mode: 'none' | 'opportunistic' | 'starttls' | 'implicit';
  /** Of the sessions that say STARTTLS, 0 … 1, drawn per session; the others stay in plain text. 1 with `none` and `implicit`. */
  readonly share: number;
  /** Whether the certificate must be valid for the host; default true. */
  readonly verify: boolean;
  /** `opportunistic` only: go on in plain text when the handshake fails. */
  readonly fallback: boolean;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** OpenSSL cipher list; TLS 1.3 suites by name. null: Node's. */
  readonly ciphers: string | null;
  /** SNI, and the name the certificate must bear; null: the host of the URL. */
  readonly servername: string | null;
  /** PEM, instead of Node's authorities. */
  readonly ca: string | null;
  /** PEM of the client certificate with its chain, and of its key; both or neither. */
  readonly cert: string | null;
  readonly key: string | null;
  readonly passphrase: string | null;
  /** Whether a VU resumes its earlier TLS session with the same target (RFC 8446 §2.2, RFC 5077). */
  readonly resumption: boolean;
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

export const AUTH_METHODS = [
  'plain',
  'login',
  'cram-md5',
  'cram-sha1',
  'digest-md5',
  'ntlm',
  'scram-sha-256',
  'xoauth2',
  'oauthbearer',
  'external',
] as const;

export type AuthMethod = (typeof AUTH_METHODS)[number];

export interface AuthOptions {
  readonly method: AuthMethod;
  /** VU n is user n modulo their number. At least one. */
  readonly users: readonly Credentials[];
  /** Whether the first answer goes out with AUTH where the mechanism has one (RFC 4954 §4). */
  readonly initialResponse: boolean;
  /** Whether a mechanism that shows the password or token may be used without TLS. */
  readonly allowPlaintext: boolean;
}

export interface Credentials {
  /** '' with `external`: the identity of the certificate. */
  readonly user: string;
  /** Password, or with xoauth2 and oauthbearer the access token. */
  readonly pass: string;
  /** Whom to act as (RFC 4422); '' for the user itself. */
  readonly authzid: string;
}

export type MessageEntry = ComposedEntry | SizesMessage | CorpusMessages;

/** What mailbench composes one message of. */
export type ComposedEntry = SizedMessage | TemplateMessage;

/** Real mail from files. */
export interface CorpusMessages {
  readonly kind: 'corpus';
  readonly weight: number;
  /** Absolute. */
  readonly path: string;
  readonly format: 'auto' | 'eml' | 'mbox' | 'maildir';
  readonly order: 'shuffle' | 'sequence';
  /** `unique`: the field is replaced, because receivers drop repeats. */
  readonly messageId: 'unique' | 'keep';
  readonly allowLongLines: boolean;
  /** Of what it held when the run was planned; null: nobody has looked. */
  readonly digest: string | null;
  readonly expect: Expectation | null;
}

export interface SizedMessage {
  readonly kind: 'size';
  readonly weight: number;
  /** Size of the whole message as RFC 1870 counts it: CRLFs included, before dot-stuffing. */
  readonly sizeBytes: number;
  readonly dkim: readonly DkimSigner[];
  readonly expect: Expectation | null;
}

/** Like a sized message, of a size that is drawn. */
export interface SizesMessage {
  readonly kind: 'sizes';
  readonly weight: number;
  readonly sizes: SizeDistribution;
  readonly dkim: readonly DkimSigner[];
  readonly expect: Expectation | null;
}

/** Sizes as in SizedMessage. */
export type SizeDistribution =
  | { readonly kind: 'uniform'; readonly minBytes: number; readonly maxBytes: number }
  | {
      readonly kind: 'lognormal';
      readonly medianBytes: number;
      /** Above the median. */
      readonly p95Bytes: number;
      /** What is drawn below or above becomes this. */
      readonly minBytes: number;
      readonly maxBytes: number;
    }
  | {
      readonly kind: 'histogram';
      /** Ascending, each size once, weights above 0. */
      readonly bins: readonly { readonly sizeBytes: number; readonly weight: number }[];
    };

export interface TemplateMessage {
  readonly kind: 'template';
  readonly weight: number;
  readonly subject: string;
  readonly text: string | GeneratedText | null;
  readonly html: string | GeneratedText | null;
  /** Of text and html. */
  readonly encoding: TransferEncoding;
  /** Further header fields, in order; may hold placeholders. */
  readonly headers: Readonly<Record<string, string>>;
  /** How subject and headers go beyond ASCII: RFC 2047, or as they stand, which needs SMTPUTF8. */
  readonly headerEncoding: 'encoded-word' | 'utf8';
  readonly attachments: readonly Attachment[];
  readonly dkim: readonly DkimSigner[];
  readonly expect: Expectation | null;
}

/** One DKIM-Signature (RFC 6376); rsa-sha256 or ed25519-sha256, as the key says. */
export interface DkimSigner {
  /** d= and s=. */
  readonly domain: string;
  readonly selector: string;
  /** PEM, not encrypted. */
  readonly key: string;
  /** `variant`: once, over what is alike in all its messages. `message`: each, over Date, To and Message-ID as well. */
  readonly per: 'variant' | 'message';
  /** Names of further header fields to sign. */
  readonly headers: readonly string[];
}

/** Content-Transfer-Encoding; auto: what the content needs. 7bit, 8bit and binary go out as they stand. */
export type TransferEncoding = 'auto' | '7bit' | '8bit' | 'binary' | 'quoted-printable' | 'base64';

export interface GeneratedText {
  /** Before it is encoded. */
  readonly sizeBytes: number;
  /** Characters, without CRLF: 10 to 998. */
  readonly lineLength: number;
}

export type Attachment = {
  readonly filename: string;
  /** null: from the name. */
  readonly contentType: string | null;
  /** Content-ID without angle brackets, by which html shows it; null: simply attached. */
  readonly cid: string | null;
  readonly encoding: TransferEncoding;
  /** Share of the messages that have it, above 0; drawn. */
  readonly probability: number;
} & (
  | {
      /** The file's bytes, base64, read when the scenario was resolved. */
      readonly contentBase64: string;
    }
  | {
      /** Of content that is generated, before it is encoded. */
      readonly sizeBytes: number;
    }
);

export interface Envelope {
  /** Reverse-path pattern without angle brackets; '' is the null reverse-path. Placeholders: {{seq}}, {{verp}}. */
  readonly from: string;
  /** Reverse-paths from a file, instead of `from`, which is then '': only envelopes name them. */
  readonly senders: Senders | null;
  /** Weighted; one entry is drawn per message. Never empty. */
  readonly to: readonly RecipientEntry[];
  readonly parameters: MailParameters;
}

/** Parameters of MAIL and RCPT. What is asked for and not offered fails the message as `not-offered`, unsent. */
export interface MailParameters {
  /** `auto`: BODY=8BITMIME where the content needs it. `binarymime` needs chunking (RFC 3030). */
  readonly body: 'auto' | '7bit' | '8bitmime' | 'binarymime';
  /** `auto`: where an address or a header needs it (RFC 6531). */
  readonly smtputf8: 'auto' | 'force';
  readonly dsn: DsnOptions | null;
  readonly requireTls: boolean;
  readonly deliverBy: DeliverBy | null;
  /** MT-PRIORITY, −9 … 9 (RFC 6710). */
  readonly priority: number | null;
  /** A final reply for each recipient (PRDR). */
  readonly prdr: boolean;
  /** Further parameters as they stand, e.g. `AUTH=<>`. */
  readonly mail: readonly string[];
  readonly rcpt: readonly string[];
}

/** RFC 3461. */
export interface DsnOptions {
  /** NOTIFY=; empty: not sent. */
  readonly notify: readonly ('never' | 'success' | 'failure' | 'delay')[];
  readonly ret: 'full' | 'hdrs' | null;
  /** ENVID= pattern, may hold {{seq}}; null: not sent. */
  readonly envid: string | null;
  /** ORCPT=rfc822;… for every recipient. */
  readonly orcpt: boolean;
}

/** RFC 2852. */
export interface DeliverBy {
  /** May be negative or 0 with `notify`. */
  readonly seconds: number;
  readonly mode: 'return' | 'notify';
  readonly trace: boolean;
}

export interface RecipientEntry {
  readonly weight: number;
  /** Forward-path pattern. Placeholders: {{n}} (1…users), {{domain}} (drawn by weight), {{seq}}. */
  readonly address: string;
  readonly domains: readonly { readonly domain: string; readonly weight: number }[];
  readonly users: number;
  /** Addresses from a file, instead of the pattern. */
  readonly list: AddressList | null;
  /** How one is drawn of the list, or of the users. */
  readonly choose: Choose;
  /** Of `zipf`: the one of rank r is drawn r^exponent times less often than the first. */
  readonly exponent: number;
  /** Recipients of a message, distinct without regard to case. */
  readonly perMessage: DrawnCount;
  readonly expect: Expectation | null;
}

export type Choose = 'uniform' | 'weighted' | 'zipf' | 'round-robin';

export interface Senders {
  readonly list: AddressList;
  readonly choose: Choose;
  readonly exponent: number;
}

/** Addresses of a CSV file, in the order of its lines; distinct without regard to case. */
export interface AddressList {
  /** Absolute. */
  readonly path: string;
  /** Of the file, in hex. */
  readonly sha256: string;
  readonly addresses: readonly string[];
  /** As many; null without such a column. */
  readonly weights: readonly number[] | null;
}

/** What counts as success. Every key given must match; null keys match anything. */
export interface Expectation {
  readonly outcome: 'accepted' | 'rejected' | 'failed';
  readonly code: number | null;
  /** e.g. `5.1.1`, or a prefix such as `5.7`. */
  readonly enhanced: string | null;
  readonly class: string | null;
  /** Or the server does not offer what it needs. */
  readonly ifOffered: boolean;
}
