/**
 * Every limit on one client that Postfix answers with a reply, provoked: its words are what server-limit.ts knows it by.
 *
 * A raw client says the lines, so that nothing of ours comes between. 127.0.0.1 is exempt by default, as one of
 * $mynetworks, so the exceptions are emptied.
 */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { classifyReply, type Refusal, type ReplyClass } from '#src/smtp/reply-class.js';
import { ReplyParser } from '#src/smtp/reply-parser.js';
import { type ServerLimit, serverLimitOf } from '#src/smtp/server-limit.js';
import { type Postfix, startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';

const ENVELOPE = ['MAIL FROM:<a@example.test>', 'RCPT TO:<b@example.test>'];

interface Case {
  readonly settings: Readonly<Record<string, string>>;
  /** Said one after the other on one session, each after the reply before. */
  readonly lines?: readonly string[];
  /** Another session is open meanwhile. */
  readonly hasAnother?: boolean;
  readonly limit: ServerLimit;
  readonly klass: ReplyClass;
}

const CASES: Readonly<Record<string, Case>> = {
  'a second connection over smtpd_client_connection_count_limit': {
    settings: { smtpd_client_connection_count_limit: '1' },
    hasAnother: true,
    limit: 'postfix-connections',
    klass: 'connection_limit',
  },
  'a connection over smtpd_client_connection_rate_limit': {
    // The one that found it up was the first.
    settings: { smtpd_client_connection_rate_limit: '1' },
    limit: 'postfix-connections',
    klass: 'connection_limit',
  },
  'MAIL over smtpd_client_message_rate_limit': {
    settings: { smtpd_client_message_rate_limit: '1' },
    lines: ['EHLO x', ...ENVELOPE, 'RSET', ...ENVELOPE],
    limit: 'postfix-message-rate',
    klass: 'throttled',
  },
  'RCPT over smtpd_client_recipient_rate_limit': {
    settings: { smtpd_client_recipient_rate_limit: '1' },
    lines: ['EHLO x', ...ENVELOPE, 'RCPT TO:<c@example.test>'],
    limit: 'postfix-recipient-rate',
    klass: 'throttled',
  },
  'RCPT over smtpd_recipient_limit': {
    settings: { smtpd_recipient_limit: '1' },
    lines: ['EHLO x', ...ENVELOPE, 'RCPT TO:<c@example.test>'],
    limit: 'postfix-recipients',
    klass: 'recipients_limit',
  },
  'RCPT over smtpd_recipient_overshoot_limit too': {
    settings: {
      smtpd_recipient_limit: '1',
      smtpd_recipient_overshoot_limit: '1',
      smtpd_hard_error_limit: '2',
      smtpd_soft_error_limit: '10',
    },
    lines: ['EHLO x', ...ENVELOPE, ...Array.from({ length: 6 }, (_, i) => `RCPT TO:<c${i}@example.test>`)],
    limit: 'postfix-errors',
    klass: 'throttled',
  },
  'RSET and NOOP over smtpd_junk_command_limit': {
    settings: { smtpd_junk_command_limit: '2', smtpd_hard_error_limit: '2', smtpd_soft_error_limit: '10' },
    lines: ['EHLO x', 'RSET', 'NOOP', 'RSET', 'NOOP', 'NOOP', 'NOOP', 'NOOP'],
    limit: 'postfix-errors',
    klass: 'throttled',
  },
  'what it does not know over smtpd_hard_error_limit': {
    settings: { smtpd_hard_error_limit: '2', smtpd_soft_error_limit: '10' },
    lines: ['EHLO x', 'FOO', 'FOO', 'FOO', 'FOO'],
    limit: 'postfix-errors',
    klass: 'throttled',
  },
};

describe('limits of a real Postfix on one client', { concurrency: 3 }, () => {
  for (const [title, { settings, lines = [], hasAnother, limit, klass }] of Object.entries(CASES)) {
    test(`${title} is known by its reply`, async (t) => {
      if (!requireProgram(t, 'postfix')) return;
      const postfix = await start(t, settings);
      if (hasAnother) await (await open(t, postfix)).say('');
      const refusal = await firstRefusal(await open(t, postfix), lines, limit);
      assert.equal(refusal, klass);
    });
  }

  test('STARTTLS over smtpd_client_new_tls_session_rate_limit is known by its reply', async (t) => {
    if (!requireProgram(t, 'postfix')) return;
    const postfix = await start(t, { smtpd_client_new_tls_session_rate_limit: '1' }, true);
    // The limit is compared with the handshakes that were done.
    for (let done = 0; done < 2; done++) {
      const client = await open(t, postfix);
      for (const line of ['', 'EHLO x', 'STARTTLS']) await client.say(line);
      await handshake(client.socket);
    }
    const refusal = await firstRefusal(
      await open(t, postfix),
      ['EHLO x', 'STARTTLS'],
      'postfix-tls-sessions',
    );
    assert.equal(refusal, 'tls');
  });
});

async function start(
  t: TestContext,
  settings: Readonly<Record<string, string>>,
  tls = false,
): Promise<Postfix> {
  const exceptions = {
    smtpd_client_event_limit_exceptions: '',
    smtpd_client_connection_limit_exceptions: '',
  };
  const postfix = await startPostfix({ tls, extra: { ...exceptions, ...settings } });
  t.after(() => postfix.stop());
  return postfix;
}

type Said = Pick<Refusal, 'code' | 'enhanced' | 'text'>;

/** The server closed the connection instead of a reply. */
const CLOSED: Said = { code: 0, enhanced: 0, text: 'closed' };

interface Client {
  readonly socket: Socket;
  /** Says a line ('': waits for the greeting) and resolves with the reply. */
  say(line: string): Promise<Said>;
}

async function open(t: TestContext, postfix: Postfix): Promise<Client> {
  const socket = connect(postfix.port, postfix.host);
  t.after(() => socket.destroy());
  const waiting: ((reply: Said) => void)[] = [];
  const unread: Said[] = [];
  const parser = new ReplyParser({
    onReply: ({ code, enhanced, text }) => {
      const reply = { code, enhanced, text: text.call(parser) };
      const resolve = waiting.shift();
      if (resolve === undefined) unread.push(reply);
      else resolve(reply);
    },
    onMalformed: (cause) => assert.fail(cause),
  });
  socket.on('error', () => {});
  socket.once('close', () => {
    unread.push(CLOSED);
    for (const resolve of waiting.splice(0)) resolve(CLOSED);
  });
  socket.on('data', (chunk) => parser.push(chunk, chunk.length));
  return {
    socket,
    say: (line) => {
      if (line !== '') socket.write(`${line}\r\n`);
      const reply = unread.shift();
      return reply === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(reply);
    },
  };
}

/** Class of the first reply that names `limit`; fails when none does. */
async function firstRefusal(
  { say }: Client,
  lines: readonly string[],
  limit: ServerLimit,
): Promise<ReplyClass> {
  const heard: string[] = [];
  for (const line of ['', ...lines]) {
    const { code, enhanced, text } = await say(line);
    heard.push(`${code} ${text}`);
    const command = line === '' ? 'GREETING' : (/^\w+/.exec(line)?.[0] ?? '');
    const klass = classifyReply({ command, code, enhanced, text });
    if (code >= 400 && serverLimitOf(klass, text) === limit) return klass;
    if (code === 421 || code === 0) break;
  }
  return assert.fail(`nothing named ${limit}: ${heard.join(' | ')}`);
}

function handshake(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.removeAllListeners('data');
    connectTls({ socket, rejectUnauthorized: false }, resolve).once('error', reject);
  });
}
