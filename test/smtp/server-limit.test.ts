import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { classifyReply, type ReplyClass } from '#src/smtp/reply-class.js';
import { SERVER_LIMITS, type ServerLimit, serverLimitOf } from '#src/smtp/server-limit.js';

/** As it comes: command, code, text, then what it is about and its class. */
type Case = readonly [
  command: string,
  code: number,
  text: string,
  limit: ServerLimit | null,
  klass: ReplyClass,
];

const MX = 'mx.example.test';
const CASES: Readonly<Record<string, readonly Case[]>> = {
  'Postfix, as server-limit.real.test.ts provokes it; AUTH and TLS at the greeting from its strings': [
    [
      'GREETING',
      421,
      `4.7.0 ${MX} Error: too many connections from 127.0.0.1`,
      'postfix-connections',
      'connection_limit',
    ],
    ['MAIL', 450, '4.7.1 Error: too much mail from 127.0.0.1', 'postfix-message-rate', 'throttled'],
    ['RCPT', 450, '4.7.1 Error: too many recipients from 127.0.0.1', 'postfix-recipient-rate', 'throttled'],
    ['RCPT', 452, '4.5.3 Error: too many recipients', 'postfix-recipients', 'recipients_limit'],
    ['NOOP', 421, `4.7.0 ${MX} Error: too many errors`, 'postfix-errors', 'throttled'],
    ['STARTTLS', 454, '4.7.0 Error: too many new TLS sessions from 127.0.0.1', 'postfix-tls-sessions', 'tls'],
    ['AUTH', 450, '4.7.1 Error: too many AUTH commands from 127.0.0.1', 'postfix-auth-rate', 'smtp_auth'],
    [
      'GREETING',
      421,
      `4.7.0 ${MX} Error: too many new TLS sessions from 127.0.0.1`,
      'postfix-tls-sessions',
      'connection_limit',
    ],
  ],
  'postscreen, from its strings': [
    ['GREETING', 421, '4.7.0 Error: too many connections', 'postscreen-connections', 'connection_limit'],
    ['GREETING', 421, '4.3.2 All server ports are busy', 'postscreen-ports', 'connection_limit'],
    ['GREETING', 421, '4.3.2 All screening ports are busy', 'postscreen-ports', 'connection_limit'],
  ],
  'Exim 4.96, from its strings; those after the greeting tried with exim -bh': [
    [
      'GREETING',
      421,
      'Too many concurrent SMTP connections from this IP address; please try again later.',
      'exim-connections-of-host',
      'connection_limit',
    ],
    [
      'GREETING',
      421,
      'Too many concurrent SMTP connections; please try again later.',
      'exim-connections',
      'connection_limit',
    ],
    ['MAIL', 421, 'too many messages in this connection', 'exim-messages', 'throttled'],
    ['NOOP', 554, 'Too many nonmail commands', 'exim-nonmail', 'throttled'],
    ['MAIL', 500, 'unrecognized command\nToo many syntax or protocol errors', 'exim-errors', 'throttled'],
    ['NOOP', 500, 'Too many unrecognized commands', 'exim-errors', 'throttled'],
    ['RCPT', 452, 'too many recipients', 'exim-recipients', 'recipients_limit'],
  ],
  'Dovecot 2.3 and sendmail 8.17, from their strings; its connection limits as commonly reported': [
    [
      'AUTH',
      421,
      '4.7.0 Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)',
      'dovecot-connections',
      'smtp_auth',
    ],
    [
      'CONTENT',
      451,
      '4.3.0 <a@b.example> Too many concurrent deliveries for user',
      'dovecot-deliveries',
      'system',
    ],
    ['EHLO', 421, '4.7.0 mx Too many invalid commands.', 'dovecot-errors', 'throttled'],
    ['MAIL', 421, '4.7.0 mx Too many bad commands; closing connection', 'sendmail-errors', 'throttled'],
    ['RCPT', 421, '4.7.0 mx Too many bad recipients; closing connection', 'sendmail-recipients', 'throttled'],
    ['GREETING', 421, '4.3.2 Too many open connections.', 'sendmail-connections', 'connection_limit'],
    ['EHLO', 421, '4.3.2 Connection rate limit exceeded.', 'sendmail-connection-rate', 'throttled'],
  ],
  'Exchange and Gmail, as commonly reported': [
    [
      'GREETING',
      421,
      '4.3.2 The maximum number of concurrent server connections has exceeded a limit, closing transmission channel',
      'exchange-connections',
      'connection_limit',
    ],
    [
      'MAIL',
      421,
      '4.4.2 Message submission rate for this client has exceeded the configured limit',
      'exchange-message-rate',
      'idle_timeout',
    ],
    ['MAIL', 421, '4.7.28 Gmail has detected an unusual rate of unsolicited mail', 'gmail-rate', 'throttled'],
    [
      'RCPT',
      450,
      '4.2.1 The user you are trying to contact is receiving mail at a rate that',
      'rate',
      'throttled',
    ],
  ],
  'a limit without a name': [
    ['MAIL', 421, '4.7.0 Too many concurrent connections', 'connections', 'connection_limit'],
    ['GREETING', 421, 'session limit reached', 'connections', 'connection_limit'],
    ['RCPT', 452, '4.5.3 Too many recipients', 'recipients', 'recipients_limit'],
    ['MAIL', 450, '4.7.1 rate limit exceeded', 'rate', 'throttled'],
    ['MAIL', 451, 'slow down', 'rate', 'throttled'],
  ],
  'no limit on this client': [
    ['GREETING', 554, '5.7.1 Service unavailable; blocked using zen.spamhaus.org', null, 'connection_limit'],
    ['MAIL', 421, '4.3.2 Service not available', null, 'throttled'],
    ['MAIL', 451, '4.7.1 please try again later', null, 'throttled'],
    ['RCPT', 550, '5.1.1 User unknown', null, 'mailbox_invalid'],
    ['RCPT', 450, '4.2.0 Greylisted, too many messages', null, 'greylisted'],
    ['AUTH', 535, '5.7.8 Error: authentication failed', null, 'smtp_auth'],
    ['MAIL', 452, '4.3.1 Insufficient system storage', null, 'system'],
    ['RCPT', 451, '4.3.0 Temporary lookup failure: too many connections', null, 'system'],
    ['MAIL', 421, '4.4.2 mx Error: timeout exceeded', null, 'idle_timeout'],
  ],
};

for (const [title, cases] of Object.entries(CASES)) {
  describe(title, () => {
    for (const [command, code, text, limit, klass] of cases) {
      test(`${command} → ${code} ${text} is ${limit ?? 'none'}`, () => {
        const found = classifyReply({ command, code, enhanced: packed(text), text });
        assert.deepEqual({ class: found, limit: serverLimitOf(found, text) }, { class: klass, limit });
      });
    }
  });
}

test('names of limits fit a metric’s tag as they are', () => {
  for (const limit of SERVER_LIMITS) assert.match(limit, /^[a-z-]{1,64}$/);
  assert.equal(new Set(SERVER_LIMITS).size, SERVER_LIMITS.length);
});

test('a hostile text of the greatest length is searched in no time', () => {
  const text = 'maximum number of concurrent too many session connection '.repeat(1_100);
  assert.equal(serverLimitOf('throttled', text), null);
  assert.equal(serverLimitOf('throttled', 'too many a '.repeat(6_000)), null);
});

/** The enhanced status a text begins with, as the parser packs it. */
function packed(text: string): number {
  const found = /^([245])\.(\d{1,3})\.(\d{1,3}) /.exec(text);
  return found === null ? 0 : Number(found[1]) * 1e6 + Number(found[2]) * 1e3 + Number(found[3]);
}
