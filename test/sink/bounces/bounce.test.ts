import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examineArrival } from '#src/delivery/arrival.js';
import { composeBounce, type Undeliverable, type UndeliverableRecipient } from '#src/sink/bounces/bounce.js';

const OPTIONS = { name: 'sink.example.test', nowMs: Date.UTC(2026, 2, 1, 12, 0, 5) };
const STAMP = 'X-Mailbench: v=1; r=run1; n=0000000042; w=0; t=1767225600000000; b=0123456789abcdef';
const MESSAGE = Buffer.from(`${STAMP}\r\nSubject: hello\r\n\r\nbody\r\n`);

function recipient(changes: Partial<UndeliverableRecipient> = {}): UndeliverableRecipient {
  return {
    address: 'user@a.test',
    original: '',
    notify: [],
    status: '5.1.1',
    text: 'no such user',
    ...changes,
  };
}

function undeliverable(changes: Partial<Undeliverable> = {}): Undeliverable {
  return {
    id: 'b1.7',
    from: 'sender@example.test',
    envelopeId: '',
    ret: null,
    arrivedAtMs: Date.UTC(2026, 2, 1, 12, 0, 0),
    recipients: [recipient()],
    message: MESSAGE,
    ...changes,
  };
}

function textOf(changes: Partial<Undeliverable> = {}): string {
  return composeBounce(undeliverable(changes), OPTIONS)?.bytes.toString('utf8') ?? '';
}

test('a bounce is a multipart/report of three parts, in the words of RFC 3464', () => {
  const bounce = composeBounce(undeliverable(), OPTIONS);
  assert.equal(bounce?.to, 'sender@example.test');
  assert.equal(bounce.is8Bit, false);
  assert.deepEqual(bounce.bytes.toString().split('\r\n'), [
    'From: Mail Delivery System <MAILER-DAEMON@sink.example.test>',
    'To: <sender@example.test>',
    'Subject: Undelivered Mail Returned to Sender',
    'Date: Sun, 01 Mar 2026 12:00:05 +0000',
    'Message-ID: <b1.7@sink.example.test>',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status;',
    '\tboundary="=_b1.7_dsn"',
    '',
    'This is a delivery status notification in MIME format.',
    '--=_b1.7_dsn',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    'This is the mail system at host sink.example.test.',
    '',
    'Your message was accepted, but could not be delivered to:',
    '',
    '<user@a.test>: 5.1.1 no such user',
    '',
    '--=_b1.7_dsn',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; sink.example.test',
    'Arrival-Date: Sun, 01 Mar 2026 12:00:00 +0000',
    '',
    'Final-Recipient: rfc822; user@a.test',
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 no such user',
    '',
    '--=_b1.7_dsn',
    'Content-Type: message/rfc822',
    '',
    STAMP,
    'Subject: hello',
    '',
    'body',
    '',
    '--=_b1.7_dsn--',
    '',
  ]);
});

test('ENVID and ORCPT come back, before the fields they belong to', () => {
  const text = textOf({
    envelopeId: 'run1-42',
    recipients: [
      recipient({ original: 'rfc822;User@a.test' }),
      recipient({ address: 'two@a.test', status: '5.2.2' }),
    ],
  });
  assert.match(text, /\r\n\r\nOriginal-Envelope-Id: run1-42\r\nReporting-MTA: dns; /);
  assert.match(
    text,
    /\r\n\r\nOriginal-Recipient: rfc822;User@a\.test\r\nFinal-Recipient: rfc822; user@a\.test\r\n/,
  );
  assert.match(text, /\r\n\r\nFinal-Recipient: rfc822; two@a\.test\r\nAction: failed\r\nStatus: 5\.2\.2\r\n/);
});

test('RET=HDRS brings back the headers alone, RET=FULL all of it', () => {
  const headers = textOf({ ret: 'HDRS' });
  assert.match(
    headers,
    /Content-Type: text\/rfc822-headers\r\n\r\nX-Mailbench: [^\r]*\r\nSubject: hello\r\n\r\n\r\n--/,
  );
  assert.doesNotMatch(headers, /body/);
  assert.match(textOf({ ret: 'FULL' }), /Content-Type: message\/rfc822\r\n\r\nX-Mailbench: /);
});

test('without RET a large message comes back as its headers', () => {
  const message = Buffer.concat([MESSAGE, Buffer.alloc(300_000, 'x')]);
  assert.match(textOf({ message }), /text\/rfc822-headers/);
  assert.match(textOf({ message, ret: 'FULL' }), /message\/rfc822/);
});

test('a null reverse-path is never answered', () => {
  assert.equal(composeBounce(undeliverable({ from: '' }), OPTIONS), null);
});

test('recipients that did not ask for failures are left out, and without any other there is no bounce', () => {
  const silent = recipient({ address: 'silent@a.test', notify: ['NEVER'] });
  const success = recipient({ address: 'success@a.test', notify: ['SUCCESS', 'DELAY'] });
  assert.equal(composeBounce(undeliverable({ recipients: [silent, success] }), OPTIONS), null);
  const text = textOf({ recipients: [silent, recipient({ notify: ['FAILURE', 'DELAY'] })] });
  assert.match(text, /Final-Recipient: rfc822; user@a\.test/);
  assert.doesNotMatch(text, /silent@a\.test/);
});

test('control characters of a client never become lines of the bounce', () => {
  const evil = 'x\r\nAction: delivered\r\n\r\n--=_b1.7_dsn';
  const text = textOf({
    envelopeId: evil,
    recipients: [recipient({ address: `${evil}@a.test`, original: `rfc822;${evil}`, text: evil })],
  });
  assert.doesNotMatch(text, /\r\nAction: delivered/);
  assert.equal(text.split('\r\n').filter((line) => line.startsWith('--=_b1.7_dsn')).length, 4);
});

test('addresses and texts beyond ASCII are encoded where the part is ASCII', () => {
  const bounce = composeBounce(
    undeliverable({ recipients: [recipient({ address: 'jürgen@a.test', text: 'unbekannt: ü' })] }),
    OPTIONS,
  );
  const text = bounce?.bytes.toString('utf8') ?? '';
  assert.match(text, /Final-Recipient: utf-8; j\\x\{fc\}rgen@a\.test\r\n/);
  assert.match(text, /Diagnostic-Code: smtp; 550 5\.1\.1 unbekannt: \\x\{fc\}\r\n/);
  assert.match(text, /\r\n<jürgen@a\.test>: 5\.1\.1 unbekannt: ü\r\n/);
  assert.equal(bounce?.is8Bit, true);
});

test('an 8-bit original is marked as such and comes back byte for byte', () => {
  const message = Buffer.concat([MESSAGE, Buffer.from([0xe9, 0x0d, 0x0a])]);
  const bounce = composeBounce(undeliverable({ message }), OPTIONS);
  assert.equal(bounce?.is8Bit, true);
  assert.ok(bounce.bytes.includes(message));
  assert.match(bounce.bytes.toString('latin1'), /message\/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n/);
});

test('long diagnostics are folded, so that no line is over 998 octets', () => {
  const text = textOf({ recipients: [recipient({ text: `${'word '.repeat(400)}${'x'.repeat(3000)}` })] });
  assert.ok(Math.max(...text.split('\r\n').map((line) => line.length)) < 600);
  assert.match(text, /Diagnostic-Code: smtp; 550 5\.1\.1 word [^\r]*\r\n\tword /);
});

test('a receiver reads the stamp of the original, of the headers alone too, out of the notification', () => {
  for (const ret of ['FULL', 'HDRS'] as const) {
    const bounce = composeBounce(undeliverable({ ret }), OPTIONS);
    const arrival = examineArrival(bounce?.bytes ?? Buffer.alloc(0));
    assert.equal(arrival.run, null, 'the bounce itself is none of our messages');
    assert.deepEqual(arrival.dsn, {
      run: 'run1',
      number: 42,
      recipients: [
        { address: 'user@a.test', action: 'failed', status: '5.1.1', diagnostic: '550 5.1.1 no such user' },
      ],
    });
  }
});
