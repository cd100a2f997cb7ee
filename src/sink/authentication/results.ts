/**
 * Authentication: what is known about a message's origin when a behaviour asks `when: { authentication: … }`.
 *
 * Results are RFC 8601 §2.7's words. A provider is asked at most once an event, and only when a behaviour's other
 * conditions hold; what cannot be known at an event's verb yet is 'none'. Whether the session is encrypted is no
 * result: that is `isTls` of the event (`when: { tls: … }`).
 */
import type { SinkEvent } from '../event.js';

export const SPF_RESULTS = [
  'none',
  'neutral',
  'pass',
  'fail',
  'softfail',
  'policy',
  'temperror',
  'permerror',
] as const;
export const DKIM_RESULTS = ['none', 'neutral', 'pass', 'fail', 'policy', 'temperror', 'permerror'] as const;
export const DMARC_RESULTS = ['none', 'pass', 'fail', 'temperror', 'permerror'] as const;
export const DMARC_POLICIES = ['none', 'quarantine', 'reject'] as const;
export const ARC_RESULTS = ['none', 'pass', 'fail'] as const;
/** `iprev`: the client's address has a name, and that name this address. */
export const PTR_RESULTS = ['none', 'pass', 'fail', 'temperror', 'permerror'] as const;

export interface AuthenticationResults {
  /** From MAIL on. */
  readonly spf: (typeof SPF_RESULTS)[number];
  /** CONTENT only; `pass` when any signature passes. */
  readonly dkim: (typeof DKIM_RESULTS)[number];
  /** CONTENT only; with alignment. `none`: the domain has no policy. */
  readonly dmarc: (typeof DMARC_RESULTS)[number];
  /** CONTENT only: what the From domain asks to do with mail that fails DMARC; `none` too where it has no policy. */
  readonly policy: (typeof DMARC_POLICIES)[number];
  /** CONTENT only. */
  readonly arc: (typeof ARC_RESULTS)[number];
  /** From CONNECT on. */
  readonly ptr: (typeof PTR_RESULTS)[number];
}

/** Never rejects: what goes wrong on the way is 'temperror'. */
export type AuthenticationProvider = (event: SinkEvent) => Promise<AuthenticationResults>;
