/**
 * The same work through nodemailer's own pool: `nodemailer-pool.js HOST:PORT SESSIONS BYTES MESSAGES`.
 */
import { createTransport } from 'nodemailer';
import pLimit from 'p-limit';

const [address = '', sessions = '', bytes = '', messages = ''] = process.argv.slice(2);
const [host, port] = address.split(':');
const transport = createTransport({
  pool: true,
  host,
  port: Number(port),
  maxConnections: Number(sessions),
  maxMessages: Number.POSITIVE_INFINITY,
  ignoreTLS: true,
});
const head = 'From: a@example.test\r\nTo: b@example.test\r\nSubject: bench\r\n\r\n';
const line = `${'x'.repeat(62)}\r\n`;
const raw = head + line.repeat(Math.ceil((Number(bytes) - head.length) / line.length));
const envelope = { from: 'a@example.test', to: ['b@example.test'] };
// Enough under way to keep every session busy, and not all messages in memory at once.
const limit = pLimit(Number(sessions) * 4);
const jobs = Array.from({ length: Number(messages) }, () =>
  limit(() => transport.sendMail({ envelope, raw })),
);
await Promise.all(jobs);
transport.close();
