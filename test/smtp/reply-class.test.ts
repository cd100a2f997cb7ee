import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { classifyReply, permanenceOf, type ReplyClass } from '#src/smtp/reply-class.js';
import { ReplyParser } from '#src/smtp/reply-parser.js';

/** As it comes from the wire: command, reply line, class. */
type Case = readonly [command: string, line: string, klass: ReplyClass];

const CASES: Readonly<Record<string, readonly Case[]>> = {
  'the phase decides first': [
    ['GREETING', '421 4.7.0 mx.example.test Error: too many connections from 192.0.2.1', 'connection_limit'],
    ['GREETING', '554 5.7.1 Service unavailable; client blocked using zen.spamhaus.org', 'connection_limit'],
    ['GREETING', '450 4.7.1 try again later', 'throttled'],
    ['STARTTLS', '454 4.7.0 TLS not available due to local problem', 'tls'],
    ['STARTTLS', '502 5.5.1 Command not implemented', 'tls'],
    ['AUTH', '535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6', 'smtp_auth'],
    ['AUTH', '454 4.7.0 Temporary authentication failure', 'smtp_auth'],
    ['AUTH', '421 4.7.0 Too many errors', 'smtp_auth'],
  ],
  'texts that beat every code': [
    ['RCPT', '450 4.2.0 <a@b.example>: Recipient address rejected: Greylisted, see http://x/', 'greylisted'],
    ['RCPT', '451 4.7.1 Greylisting in action, please come back in 00:04:59', 'greylisted'],
    ['RCPT', '450 4.7.1 Graylisted, please try again later', 'greylisted'],
    ['RCPT', '450 4.2.0 Recipient address rejected: postgrey delay', 'greylisted'],
    ['RCPT', '550 5.7.1 permanently greylisted', 'policy'],
    ['RCPT', '454 4.7.1 <a@b.example>: Relay access denied', 'relay_denied'],
    ['RCPT', '554 5.7.1 <a@b.example>: Relay access denied', 'relay_denied'],
    ['RCPT', '550 5.7.1 Unable to relay', 'relay_denied'],
    ['RCPT', '550 5.7.1 <a@b.example>... Relaying denied. Proper authentication required.', 'relay_denied'],
    ['RCPT', '550 relay not permitted', 'relay_denied'],
    ['RCPT', '452 4.5.3 Error: too many recipients', 'recipients_limit'],
    ['RCPT', '550 5.5.3 Too many recipients', 'recipients_limit'],
    ['RCPT', '452 Too many recipients', 'recipients_limit'],
    ['MAIL', '421 4.4.2 mx.example.test Error: timeout exceeded', 'idle_timeout'],
    ['RCPT', '556 5.1.10 Recipient address has null MX', 'routing'],
    ['MAIL', '550 5.7.27 Sender address has null MX', 'routing'],
  ],
  'texts before codes that carry anything': [
    ['RCPT', '550 5.1.1 Rate limit exceeded, too many messages from you', 'throttled'],
    ['MAIL', '451 4.7.1 Service throttled', 'throttled'],
    ['MAIL', '450 4.7.1 Error: too much mail, slow down', 'throttled'],
    ['MAIL', '421 4.7.0 Too many concurrent SMTP connections; please try again later', 'connection_limit'],
    ['MAIL', '450 4.7.1 connection rate limit exceeded', 'connection_limit'],
    ['RCPT', '550 5.1.1 Mailbox is full', 'quota'],
    ['RCPT', '550 5.7.1 user unknown', 'mailbox_invalid'],
    ['RCPT', '550 5.5.0 Requested action not taken: mailbox unavailable', 'mailbox_invalid'],
    ['RCPT', '550 No such user here', 'mailbox_invalid'],
    ['RCPT', '550 5.0.0 Recipient does not exist', 'mailbox_invalid'],
    ['CONTENT', '550 5.7.1 SPF check failed', 'mail_auth'],
    ['CONTENT', '554 5.7.1 Message rejected: DMARC policy of the sender domain', 'mail_auth'],
    ['RCPT', '450 4.7.1 Client host rejected: cannot find your reverse DNS', 'mail_auth'],
    [
      'RCPT',
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
      'policy',
    ],
    ['RCPT', '550 5.7.1 Your IP has poor reputation', 'policy'],
    ['CONTENT', '550 5.7.1 Message rejected as spam by Content Filtering', 'content'],
    ['CONTENT', '554 5.7.1 Virus found: Eicar-Test-Signature', 'content'],
    ['RCPT', '550 5.7.1 this looks like spam', 'policy'],
    ['MAIL', '530 5.7.0 Must issue a STARTTLS command first', 'tls'],
    ['MAIL', '530 5.7.0 Authentication required', 'smtp_auth'],
    ['MAIL', '550 5.7.1 Authentication required', 'smtp_auth'],
  ],
  'codes, where the text is not needed': [
    ['MAIL', '421 4.7.28 unusual rate of mail', 'throttled'],
    ['MAIL', '451 4.4.5 Server busy', 'throttled'],
    ['MAIL', '432 4.3.2 Concurrent connections limit exceeded', 'throttled'],
    ['RCPT', '450 4.2.1 The user you are trying to contact is receiving mail at a rate that', 'throttled'],
    ['CONTENT', '421 whatever', 'throttled'],
    ['CONTENT', '451 4.7.38 limit', 'throttled'],
    ['CONTENT', '421 4.7.32 not aligned', 'throttled'],
    ['CONTENT', '450 4.7.32 not aligned', 'mail_auth'],
    ['CONTENT', '550 5.7.26 This mail is unauthenticated', 'mail_auth'],
    ['CONTENT', '550 5.7.515 Access denied, sending domain does not meet the level', 'mail_auth'],
    ['RCPT', '550 5.1.1 <a@b.example>: Recipient address rejected', 'mailbox_invalid'],
    ['RCPT', '450 4.1.1 <a@b.example>: unverified address', 'mailbox_invalid'],
    ['RCPT', '501 5.1.3 Bad recipient address syntax', 'mailbox_invalid'],
    ['RCPT', '550 5.2.1 The account is disabled', 'mailbox_disabled'],
    ['RCPT', '550 5.7.13 user disabled', 'mailbox_disabled'],
    ['RCPT', '452 4.2.2 Mailbox full', 'quota'],
    ['RCPT', '552 5.2.2 The recipient is out of storage space', 'quota'],
    ['MAIL', '552 5.3.4 Message size exceeds fixed limit', 'size'],
    ['CONTENT', '552 5.2.3 too long for this mailbox', 'size'],
    ['MAIL', '553 5.1.8 Sender domain not found', 'sender'],
    ['MAIL', '501 5.1.7 Bad sender address syntax', 'sender'],
    ['MAIL', '530 5.7.10 encryption needed', 'tls'],
    ['MAIL', '550 5.7.30 REQUIRETLS needed', 'tls'],
    ['MAIL', '538 5.7.11 encryption needed for this mechanism', 'smtp_auth'],
    ['MAIL', '534 5.7.9 application-specific password needed', 'smtp_auth'],
    ['CONTENT', '550 5.6.0 bad MIME', 'content'],
    ['MAIL', '550 5.7.606 Access denied, banned sending IP', 'policy'],
    ['RCPT', '554 5.7.1 Access denied', 'policy'],
    ['RCPT', '451 4.4.3 Temporary lookup failure', 'routing'],
    ['CONTENT', '554 5.4.6 Too many hops', 'routing'],
    ['CONTENT', '451 4.3.0 Temporary lookup failure', 'system'],
    ['MAIL', '452 4.3.1 Insufficient system storage', 'system'],
    ['MAIL', '503 5.5.1 Error: nested MAIL command', 'protocol'],
    ['DATA', '554 5.5.1 Error: no valid recipients', 'protocol'],
    ['MAIL', '502 what', 'protocol'],
    ['CONTENT', '521 5.5.2 mx.example.test Error: bare <LF> received', 'protocol'],
  ],
  'texts alone': [
    ['MAIL', '450 please slow down', 'throttled'],
    ['CONTENT', '550 message contains a virus', 'content'],
    ['CONTENT', '550 bare LF received after DATA', 'protocol'],
    ['CONTENT', '552 Message too large', 'size'],
    ['MAIL', '552 no', 'size'],
    ['CONTENT', '552 Requested mail action aborted: exceeded storage allocation', 'quota'],
    ['RCPT', '451 Requested action aborted: local error in processing', 'system'],
    ['RCPT', '452 Requested action not taken: insufficient system storage', 'system'],
  ],
  'and what says nothing is unclassified': [
    ['RCPT', '550 no', 'unclassified'],
    ['RCPT', '550 5.0.0 no', 'unclassified'],
    ['RCPT', '450 4.2.0 no', 'unclassified'],
    ['CONTENT', '554 Transaction failed', 'unclassified'],
  ],
  'good replies are accepted': [
    ['RCPT', '250 2.1.5 Ok', 'accepted'],
    ['RCPT', '251 relay spam greylist', 'accepted'],
    ['DATA', '354 go', 'accepted'],
  ],
};

for (const [title, cases] of Object.entries(CASES)) {
  describe(title, () => {
    for (const [command, line, klass] of cases) {
      test(`${command} → ${line} is ${klass}`, () => assert.equal(classify(command, line), klass));
    }
  });
}

test('the case of a text makes no difference, and other lines count too', () => {
  assert.equal(classify('RCPT', '554-5.7.1 No.\r\n554 5.7.1 RELAY ACCESS DENIED'), 'relay_denied');
});

test('a hostile text of the greatest length is classified in no time', () => {
  const text = `554 ${'recipient mailbox quota address '.repeat(2_000)}`;
  assert.equal(typeof classify('RCPT', text), 'string');
});

test('permanence is the first digit’s, whatever the class', () => {
  assert.deepEqual([250, 354, 421, 450, 500, 599].map(permanenceOf), [
    'none',
    'none',
    '4yz',
    '4yz',
    '5yz',
    '5yz',
  ]);
});

function classify(command: string, line: string): ReplyClass {
  const classes: ReplyClass[] = [];
  const parser = new ReplyParser({
    onReply: (reply) =>
      classes.push(
        classifyReply({ command, code: reply.code, enhanced: reply.enhanced, text: reply.text() }),
      ),
    onMalformed: (cause) => assert.fail(cause),
  });
  const bytes = Buffer.from(`${line}\r\n`);
  parser.push(bytes, bytes.length);
  return classes[0] as ReplyClass;
}
