/**
 * Server limits: replies that say that this client, not the server's capacity, has come to an end.
 *
 * Servers count what one client does (sessions, messages, NOOP, errors), and a load generator is one client. Pure: a
 * reply's text in, which limit out. Postfix's were provoked (3.7; the rate of AUTH from its strings), Exim's are its strings
 * (4.96, those after the greeting provoked), Dovecot's too; sendmail's connection limits (texts of its m4 features), Exchange
 * and Gmail are as commonly reported, not seen. First match wins.
 */
import type { ReplyClass } from './reply-class.js';

/** Short enough for a metric's tag; what each means stands in the report (report/server-limits.ts). */
export type ServerLimit = (typeof NAMED)[number][0] | (typeof UNNAMED)[number][0];

type Limit = readonly [limit: string, pattern: RegExp];

/** Named limits hide behind these too: the phase or a code beats the text there. */
const NAMED_CLASSES = classes(
  'connection_limit',
  'throttled',
  'recipients_limit',
  'tls',
  'smtp_auth',
  'idle_timeout',
  'system',
);
const UNNAMED_CLASSES = classes('connection_limit', 'throttled', 'recipients_limit', 'tls', 'smtp_auth');

const NAMED = [
  ['postfix-connections', /Error: too many connections from /],
  ['postfix-tls-sessions', /Error: too many new TLS sessions from /],
  ['postfix-auth-rate', /Error: too many AUTH commands from /],
  ['postfix-message-rate', /Error: too much mail from /],
  ['postfix-recipient-rate', /Error: too many recipients from /],
  ['postfix-recipients', /Error: too many recipients$/],
  ['postfix-errors', /Error: too many errors$/],
  ['postscreen-connections', /Error: too many connections$/],
  ['postscreen-ports', /All (?:screening|server) ports are busy$/],
  ['exim-connections-of-host', /Too many concurrent SMTP connections from this IP address/],
  ['exim-connections', /Too many concurrent SMTP connections/],
  ['exim-messages', /too many messages in this connection/],
  ['exim-nonmail', /Too many nonmail commands/i],
  ['exim-errors', /Too many (?:syntax or protocol errors|unrecognized commands)/],
  ['exim-recipients', /^too many recipients$/],
  ['dovecot-connections', /Maximum number of connections from user\+IP exceeded/],
  ['dovecot-deliveries', /Too many concurrent deliveries for user/],
  ['dovecot-errors', /Too many invalid commands\.?$/],
  ['sendmail-connections', /Too many open connections\.?$/],
  ['sendmail-connection-rate', /Connection rate limit exceeded\.?$/],
  ['sendmail-recipients', /Too many bad recipients; closing connection/],
  ['sendmail-errors', /Too many bad commands; closing connection/],
  ['exchange-connections', /maximum number of concurrent .{0,30}connections has exceeded a/],
  ['exchange-message-rate', /submission rate for this client has exceeded the configured limit/],
  ['gmail-rate', /\bunusual rate of\b/],
] as const satisfies readonly Limit[];

const UNNAMED = [
  ['connections', /too many (?:\w+ ){0,3}(?:connections|sessions)|(?:connection|session)s? (?:\w+ )?limit/i],
  ['recipients', /too many recipients/i],
  [
    'rate',
    /rate.?limit|at a rate that|too many (?:messages|mails|emails|requests|errors)|too much mail|throttl|slow down/i,
  ],
] as const satisfies readonly Limit[];

/** Every limit there is a name for. */
export const SERVER_LIMITS: readonly ServerLimit[] = [...NAMED, ...UNNAMED].map(([limit]) => limit);

/** The limit that a refusal is about, null when it is about something else. `text` is without code and status. */
export function serverLimitOf(klass: ReplyClass, text: string): ServerLimit | null {
  const isAbout = ([, pattern]: Limit) => pattern.test(text);
  const named = NAMED_CLASSES.has(klass) ? NAMED.find(isAbout) : undefined;
  if (named !== undefined) return named[0];
  return (UNNAMED_CLASSES.has(klass) ? UNNAMED.find(isAbout)?.[0] : undefined) ?? null;
}

function classes(...names: readonly ReplyClass[]): ReadonlySet<ReplyClass> {
  return new Set(names);
}
