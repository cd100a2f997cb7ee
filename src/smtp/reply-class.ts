/**
 * Reply classes: why a server refused, and whether it may change its mind.
 *
 * Class (why) and permanence (4yz, 5yz) are two fields, because codes lie about both: a "552 mailbox not found" is
 * no quota. So texts are looked at before the codes 5.1.1, 5.7.1 and those that say "other" (x.0.0, x.5.0, x.7.0), and
 * what nothing matches stays `unclassified` and is listed with its text. First match wins, in the order of the rules below.
 * RFC 3463, RFC 5248 (enhanced codes), RFC 7505 (null MX), RFC 7372 (authentication).
 */
import { enhancedText } from './reply-parser.js';

export type ReplyClass =
  | 'accepted'
  | 'throttled'
  | 'greylisted'
  | 'connection_limit'
  | 'idle_timeout'
  | 'mailbox_invalid'
  | 'mailbox_disabled'
  | 'quota'
  | 'size'
  | 'recipients_limit'
  | 'sender'
  | 'relay_denied'
  | 'policy'
  | 'content'
  | 'mail_auth'
  | 'smtp_auth'
  | 'tls'
  | 'system'
  | 'routing'
  | 'protocol'
  | 'network'
  | 'unclassified';

/** What a class is decided by. */
export interface Refusal {
  /** Name of the command refused: MAIL, RCPT, GREETING, … */
  readonly command: string;
  readonly code: number;
  /** Packed as in ReplyView. */
  readonly enhanced: number;
  readonly text: string;
}

/** The class of a final reply. 2yz and 3yz are `accepted`; the rest is decided by RULES, in order. */
export function classifyReply(refusal: Refusal): ReplyClass {
  if (refusal.code < 400) return 'accepted';
  const facts: Facts = {
    command: refusal.command,
    code: refusal.code,
    enhanced: enhancedText(refusal.enhanced),
    subject: enhancedText(refusal.enhanced).slice(2),
    text: refusal.text.toLowerCase(),
  };
  return RULES.find(([, matches]) => matches(facts))?.[0] ?? 'unclassified';
}

/** Whether trying again makes sense, by the code's first digit (RFC 5321 §4.2.1). */
export function permanenceOf(code: number): '4yz' | '5yz' | 'none' {
  if (code >= 500) return '5yz';
  return code >= 400 ? '4yz' : 'none';
}

interface Facts {
  readonly command: string;
  readonly code: number;
  /** `5.1.1` or ''. */
  readonly enhanced: string;
  /** subject.detail, `1.1`, or ''. */
  readonly subject: string;
  /** Lower case. */
  readonly text: string;
}

type Rule = readonly [ReplyClass, (facts: Facts) => boolean];

const has = (pattern: RegExp) => (facts: Facts) => pattern.test(facts.text);
const isVague = ({ enhanced }: Facts) => /^(?:|[45]\.[057]\.0|[45]\.[17]\.1)$/.test(enhanced);
const vague = (pattern: RegExp) => (facts: Facts) => isVague(facts) && pattern.test(facts.text);
const anyOf =
  (...codes: string[]) =>
  (facts: Facts) =>
    codes.includes(facts.enhanced);
const subjects =
  (...details: string[]) =>
  (facts: Facts) =>
    details.includes(facts.subject);
const topic = (digit: string) => (facts: Facts) => facts.subject.startsWith(`${digit}.`);

const GREYLIST = /gr[ea]y-?list|postgrey/;
const RELAY = /relay(?:ing)?\b/;
const RATE =
  /rate.?limit|too many (?:messages|mails|emails|recipients this|requests|errors)|too much mail|try(?:ing)? again later|throttl|slow down/;
/** What one client did too often; not the recipients of one message. */
const CLIENT_COUNTS =
  /too many (?:recipients from |non-?mail commands|syntax or protocol errors|unrecognized commands|invalid commands)/;
const CONNECTIONS =
  /too many (?:concurrent |simultaneous |open )?(?:smtp )?(?:connections|sessions)|connection (?:limit|rate|count)|connections from user\+ip exceeded/;
const UNKNOWN_USER =
  /user (?:unknown|not found)|unknown (?:user|recipient|mailbox)|no such (?:user|mailbox|recipient)|mailbox (?:not found|unavailable|does ?n.t exist|does not exist)|(?:recipient|address).{0,20}(?:not exist|unknown|rejected: user)|does not exist/;
const FULL = /(?:mailbox|quota).{0,30}(?:full|exceed)|over ?quota|exceeded storage allocation/;
const SPAM = /spam|virus|malware|phish|infected|gtube|eicar|blocked content|message content/;
const LISTED =
  /blocklist|blacklist|block list|black list|dnsbl|\brbl\b|spamhaus|barracuda|spamcop|reputation|\bzen\./;
const MAIL_AUTH_TEXT = /\bspf\b|\bdkim\b|\bdmarc\b|reverse dns|\bptr\b/;
const TLS_TEXT = /starttls|must issue a starttls|tls (?:required|not available)|encryption required/;
const AUTH_TEXT = /authentication (?:required|failed|credentials)|auth(?:entication)? (?:is )?required/;

/** Order matters. Phase rules, then texts that beat codes, then codes, then texts for what has no code. */
const RULES: readonly Rule[] = [
  // The phase says it.
  ['connection_limit', ({ command, code }) => command === 'GREETING' && (code === 421 || code === 554)],
  ['tls', ({ command }) => command === 'STARTTLS'],
  ['smtp_auth', ({ command }) => command === 'AUTH'],
  // Texts that beat every code.
  ['greylisted', (facts) => facts.code < 500 && GREYLIST.test(facts.text)],
  ['relay_denied', (facts) => (facts.subject === '7.1' || facts.enhanced === '') && RELAY.test(facts.text)],
  ['recipients_limit', subjects('5.3')],
  ['idle_timeout', ({ code, enhanced }) => code === 421 && enhanced === '4.4.2'],
  ['routing', anyOf('5.7.27', '5.1.10', '4.1.10')],
  // Texts before the vague codes, because these carry anything.
  ['throttled', vague(CLIENT_COUNTS)],
  ['recipients_limit', vague(/too many recipients/)],
  ['connection_limit', vague(CONNECTIONS)],
  ['throttled', vague(RATE)],
  ['quota', vague(FULL)],
  ['mailbox_invalid', vague(UNKNOWN_USER)],
  ['mail_auth', vague(MAIL_AUTH_TEXT)],
  ['policy', vague(LISTED)],
  ['content', (facts) => facts.command === 'CONTENT' && vague(SPAM)(facts)],
  ['tls', vague(TLS_TEXT)],
  ['smtp_auth', vague(AUTH_TEXT)],
  // Codes.
  ['throttled', anyOf('4.7.28', '4.4.5', '4.3.2')],
  ['throttled', subjects('7.38')],
  ['throttled', (facts) => facts.enhanced === '4.2.1' && /rate/.test(facts.text)],
  ['throttled', ({ code }) => code === 421],
  ['mail_auth', anyOf('4.7.23', '4.7.27', '4.7.29', '4.7.30', '4.7.31', '4.7.32', '4.7.40', '5.7.515')],
  ['mail_auth', ({ enhanced }) => /^5\.7\.2[0-6]$/.test(enhanced)],
  ['mailbox_invalid', subjects('1.1', '1.2', '1.3', '1.6')],
  ['mailbox_disabled', subjects('2.1', '7.13')],
  ['quota', subjects('2.2')],
  ['size', subjects('3.4', '2.3')],
  ['sender', subjects('1.7', '1.8')],
  ['tls', anyOf('5.7.10', '5.7.30')],
  ['smtp_auth', ({ code }) => code === 530 || code === 534 || code === 535 || code === 538],
  ['smtp_auth', subjects('7.8', '7.9', '7.11', '7.14')],
  ['content', topic('6')],
  ['policy', topic('7')],
  ['routing', subjects('4.3', '4.4', '4.6', '4.7')],
  ['system', topic('3')],
  ['protocol', topic('5')],
  ['protocol', ({ code }) => (code >= 500 && code <= 504) || code === 521],
  // No code to go by.
  ['throttled', has(RATE)],
  ['quota', has(FULL)],
  ['mailbox_invalid', has(UNKNOWN_USER)],
  ['content', has(SPAM)],
  ['protocol', has(/bare (?:lf|newline)|line too long|syntax/)],
  [
    'size',
    ({ code, command, text }) => code === 552 && (command === 'MAIL' || /size|too (?:large|big)/.test(text)),
  ],
  ['system', ({ code, enhanced }) => (code === 451 || code === 452) && enhanced === ''],
];
