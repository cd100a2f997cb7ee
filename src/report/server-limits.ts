/**
 * Server limits that a run met, in words: which setting of which server, how often, and what to do about it.
 *
 * Servers bound what one client may do, and a load generator is one client: without these sentences such a bound reads
 * like the server's capacity. Counted in `smtp_server_limits{limit}`; what a limit is told by is in smtp/server-limit.ts.
 */
import { parseKey } from '../metrics/key.js';
import type { Result } from '../result/result.js';
import { count } from './format.js';

export const LIMITS_TITLE = 'Server limit on this client';

export const LIMITS_LEAD =
  'The server refused because of how much this one client did, so these numbers show a setting and not the capacity of the server.';

export interface MetLimit {
  /** The setting where the reply gives it away, else what was bounded. */
  readonly setting: string;
  /** `Postfix`; '' where the reply does not say. */
  readonly server: string;
  readonly advice: string;
  readonly replies: number;
}

type Description = Omit<MetLimit, 'replies'>;

const POSTFIX_EXEMPTION = 'or list this client in smtpd_client_event_limit_exceptions';

const DESCRIPTIONS: Readonly<Record<string, Description>> = {
  'postfix-connections': postfix(
    'smtpd_client_connection_count_limit or smtpd_client_connection_rate_limit',
    `raise it (0: no limit), ${POSTFIX_EXEMPTION}; more messagesPerSession for the rate, fewer VUs for the count`,
  ),
  'postfix-tls-sessions': postfix(
    'smtpd_client_new_tls_session_rate_limit',
    `raise it, ${POSTFIX_EXEMPTION}; more messagesPerSession, or resume TLS sessions`,
  ),
  'postfix-auth-rate': postfix(
    'smtpd_client_auth_rate_limit',
    `raise it, ${POSTFIX_EXEMPTION}; more messagesPerSession`,
  ),
  'postfix-message-rate': postfix(
    'smtpd_client_message_rate_limit',
    `raise it, ${POSTFIX_EXEMPTION}; or lower the rate`,
  ),
  'postfix-recipient-rate': postfix(
    'smtpd_client_recipient_rate_limit',
    `raise it, ${POSTFIX_EXEMPTION}; or fewer perMessage`,
  ),
  'postfix-recipients': postfix('smtpd_recipient_limit', 'raise it, or fewer perMessage'),
  'postfix-errors': postfix(
    'smtpd_hard_error_limit, with smtpd_junk_command_limit for NOOP, RSET and VRFY',
    'send what it does not refuse; fewer steps, no rset; or raise both',
  ),
  'postscreen-connections': postfix('postscreen_client_connection_count_limit', 'raise it, or fewer VUs'),
  'postscreen-ports': postfix(
    'postscreen_post_queue_limit, postscreen_pre_queue_limit',
    'raise default_process_limit, from which both come, or fewer VUs',
  ),
  'exim-connections-of-host': exim('smtp_accept_max_per_host', 'raise it, or fewer VUs'),
  'exim-connections': exim('smtp_accept_max', 'raise it (0: no limit), or fewer VUs'),
  'exim-messages': exim('smtp_accept_max_per_connection', 'raise it, or fewer messagesPerSession'),
  'exim-nonmail': exim(
    'smtp_accept_max_nonmail',
    'raise it, or except this client in smtp_accept_max_nonmail_hosts; fewer steps, no rset',
  ),
  'exim-errors': exim(
    'smtp_max_synprot_errors or smtp_max_unknown_commands',
    'send what it does not refuse, or raise it',
  ),
  'exim-recipients': exim('recipients_max', 'raise it, or fewer perMessage'),
  'dovecot-connections': dovecot('mail_max_userip_connections', 'raise it, or log in with more users'),
  'dovecot-deliveries': dovecot('lmtp_user_concurrency_limit', 'raise it, or deliver to more users'),
  'dovecot-errors': dovecot('the number of invalid commands', 'send what it does not refuse'),
  'sendmail-connections': sendmail('ClientConn in the access map', 'raise it for this client, or fewer VUs'),
  'sendmail-connection-rate': sendmail(
    'ClientRate in the access map',
    'raise it for this client, or more messagesPerSession',
  ),
  'sendmail-recipients': sendmail('BadRcptShutdown', 'send to recipients that exist, or raise it'),
  'sendmail-errors': sendmail('the number of bad commands', 'send what it does not refuse'),
  'exchange-connections': exchange(
    'MaxInboundConnection or MaxInboundConnectionPerSource',
    'raise it on the receive connector, or fewer VUs',
  ),
  'exchange-message-rate': exchange(
    'MessageRateLimit',
    'raise it on the receive connector, or lower the rate',
  ),
  'gmail-rate': { server: 'Gmail', setting: 'the rate of mail', advice: 'lower the rate' },
  connections: unnamed('the number or rate of connections', 'raise it there, or fewer VUs'),
  recipients: unnamed('the number of recipients', 'raise it there, or fewer perMessage'),
  rate: unnamed('the rate of mail or errors', 'raise it there, or lower the rate'),
};

/** Most frequent first. */
export function serverLimitsOf(result: Result): readonly MetLimit[] {
  return Object.entries(result.metrics)
    .flatMap(([key, { values }]): MetLimit[] => {
      const { name, tags } = parseKey(key);
      const replies = values.count ?? 0;
      if (name !== 'smtp_server_limits' || tags.limit === undefined || replies === 0) return [];
      return [{ ...descriptionOf(tags.limit), replies }];
    })
    .sort((a, b) => b.replies - a.replies);
}

/** `Postfix, smtpd_client_message_rate_limit (312 replies): raise it, …`. The setting alone can be foreign text. */
export function limitSentence({ server, setting, advice, replies }: MetLimit): string {
  const who = server === '' ? setting : `${server}, ${setting}`;
  return `${who} (${count(replies)} ${replies === 1 ? 'reply' : 'replies'}): ${advice}.`;
}

/** A limit of a later version is shown by its name. */
export function descriptionOf(limit: string): Description {
  return DESCRIPTIONS[limit] ?? unnamed(limit, 'raise it there, or ask less of it');
}

function postfix(setting: string, advice: string): Description {
  return { server: 'Postfix', setting, advice };
}

function exim(setting: string, advice: string): Description {
  return { server: 'Exim', setting, advice };
}

function dovecot(setting: string, advice: string): Description {
  return { server: 'Dovecot', setting, advice };
}

function sendmail(setting: string, advice: string): Description {
  return { server: 'sendmail', setting, advice };
}

function exchange(setting: string, advice: string): Description {
  return { server: 'Exchange', setting, advice };
}

function unnamed(setting: string, advice: string): Description {
  return { server: '', setting, advice };
}
