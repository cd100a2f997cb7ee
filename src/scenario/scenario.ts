/**
 * Scenario: what to run, as plain frozen data; what every other room reads.
 *
 * Every default is filled in, every duration is in milliseconds and every size in bytes. Secrets stand here in
 * the clear, so a Scenario is never written to a file: `display` (see ResolvedScenario) is what results store.
 */
import type { Threshold } from '../metrics/threshold.js';

export interface Scenario {
  readonly name: string;
  /** Seed of every draw; drawn at random when not given, and stored in the result. */
  readonly seed: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly target: Target;
  readonly client: Client;
  /** Weighted mix, never empty. */
  readonly messages: readonly MessageEntry[];
  readonly envelope: Envelope;
  /** Executors by name, at least one, in the order of the file. */
  readonly scenarios: Readonly<Record<string, ExecutorSpec>>;
  /** Thresholds by metric expression, e.g. `smtp_messages{outcome:accepted}`. */
  readonly thresholds: Readonly<Record<string, readonly Threshold[]>>;
}

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
  readonly address: TargetAddress;
  readonly tls: TlsOptions;
  readonly auth: AuthOptions | null;
  /** The user's word that a target off loopback, or real recipient domains, may be loaded. */
  readonly authorized: boolean;
}

export type TargetAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export interface TlsOptions {
  readonly mode: 'none' | 'opportunistic' | 'starttls' | 'implicit';
  /** Whether the certificate must be valid for the host; default true. */
  readonly verify: boolean;
  /** `opportunistic` only: go on in plain text when the handshake fails. */
  readonly fallback: boolean;
}

export interface AuthOptions {
  readonly method: 'plain' | 'login';
  readonly user: string;
  readonly pass: string;
}

export interface Client {
  /** EHLO name; null means the address literal of the connection (RFC 5321 §4.1.4). */
  readonly ehlo: string | null;
  readonly pipelining: 'off' | 'auto' | 'coalesced';
  /** Messages on one session, drawn from min…max for each; max is Number.MAX_SAFE_INTEGER for `unlimited`. */
  readonly messagesPerSession: { readonly min: number; readonly max: number };
  readonly timeouts: Timeouts;
  readonly reconnectDelayMs: { readonly first: number; readonly max: number };
}

/** One per phase, named after RFC 5321 §4.5.3.2, in milliseconds. */
export interface Timeouts {
  readonly connectMs: number;
  readonly tlsMs: number;
  readonly greetingMs: number;
  readonly commandMs: number;
  readonly authMs: number;
  readonly dataInitiationMs: number;
  readonly dataBlockMs: number;
  readonly dataTerminationMs: number;
  readonly quitMs: number;
}

export type MessageEntry = SizedMessage | TemplateMessage;

export interface SizedMessage {
  readonly kind: 'size';
  readonly weight: number;
  /** Size of the whole message as RFC 1870 counts it: CRLFs included, before dot-stuffing. */
  readonly sizeBytes: number;
  readonly expect: Expectation | null;
}

export interface TemplateMessage {
  readonly kind: 'template';
  readonly weight: number;
  readonly subject: string;
  readonly text: string | null;
  readonly html: string | null;
  /** Further header fields, in order; may hold placeholders. */
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: readonly Attachment[];
  readonly expect: Expectation | null;
}

export interface Attachment {
  readonly filename: string;
  readonly contentType: string | null;
  /** The file's bytes, base64, read when the scenario was resolved. */
  readonly contentBase64: string;
}

export interface Envelope {
  /** Reverse-path pattern without angle brackets; '' is the null reverse-path. Placeholders: {{seq}}. */
  readonly from: string;
  /** Weighted; one entry is drawn per message. Never empty. */
  readonly to: readonly RecipientEntry[];
}

export interface RecipientEntry {
  readonly weight: number;
  /** Forward-path pattern. Placeholders: {{n}} (1…users), {{domain}} (drawn by weight), {{seq}}. */
  readonly address: string;
  readonly domains: readonly { readonly domain: string; readonly weight: number }[];
  readonly users: number;
  /** Recipients of each message, distinct without regard to case. */
  readonly perMessage: number;
  readonly expect: Expectation | null;
}

/** What counts as success. Every key given must match; null keys match anything. */
export interface Expectation {
  readonly outcome: 'accepted' | 'rejected' | 'failed';
  readonly code: number | null;
  /** e.g. `5.1.1`, or a prefix such as `5.7`. */
  readonly enhanced: string | null;
  readonly class: string | null;
}

interface ExecutorCommon {
  /** When this executor starts, from the start of the run. */
  readonly startTimeMs: number;
  readonly gracefulStopMs: number;
  /** Iterations scheduled in the first warmupMs run but are not counted in trends, rates and thresholds. */
  readonly warmupMs: number;
  readonly iteration: 'message' | 'session';
  readonly tags: Readonly<Record<string, string>>;
}

export type ExecutorSpec = SharedIterations | PerVuIterations | ConstantVus | ConstantArrivalRate;

export interface SharedIterations extends ExecutorCommon {
  readonly executor: 'shared-iterations';
  readonly vus: number;
  readonly iterations: number;
  readonly maxDurationMs: number;
}

export interface PerVuIterations extends ExecutorCommon {
  readonly executor: 'per-vu-iterations';
  readonly vus: number;
  /** For each VU. */
  readonly iterations: number;
  readonly maxDurationMs: number;
}

export interface ConstantVus extends ExecutorCommon {
  readonly executor: 'constant-vus';
  readonly vus: number;
  readonly durationMs: number;
}

export interface ConstantArrivalRate extends ExecutorCommon {
  readonly executor: 'constant-arrival-rate';
  /** Arrivals per timeUnit. */
  readonly rate: number;
  readonly timeUnitMs: number;
  readonly arrival: 'uniform' | 'poisson';
  readonly durationMs: number;
  readonly preAllocatedVUs: number;
  readonly maxVUs: number;
}
