import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNotification } from '#src/delivery/dsn.js';
import { writeStamp } from '#src/message/stamp.js';
import { composeBounce } from '#src/sink/bounces/bounce.js';
import { fixture } from './fixture.js';

test('a bounce from Postfix names each recipient that failed and the message it quotes', () => {
  const diagnostic = '550 5.1.1 no such user here';
  const failed = { action: 'failed', status: '5.1.1', diagnostic };
  assert.deepEqual(readNotification(fixture('notifications/postfix-failed.eml')), {
    run: 'r1',
    number: 1,
    recipients: [
      { address: 'reject-1@a.example.test', ...failed },
      { address: 'reject-2@a.example.test', ...failed },
    ],
  });
});

test('where the sender told whom it meant, that is the recipient, and headers alone tell the message', () => {
  const notification = readNotification(fixture('notifications/postfix-headers.eml'));
  assert.equal(notification?.number, 2);
  assert.deepEqual(
    notification?.recipients.map(({ address }) => address),
    ['meant@a.example.test'],
  );
});

test('a bounce of internationalized mail is read alike', () => {
  assert.deepEqual(readNotification(fixture('notifications/postfix-global.eml')), {
    run: 'r1',
    number: 3,
    recipients: [
      { address: 'weg-ö@a.example.test', action: 'failed', status: '5.1.1', diagnostic: '550 5.1.1 nö' },
    ],
  });
});

test('a stamp in the words of the report is not that of the message it quotes', () => {
  const stamp = Buffer.alloc(200);
  const fields = { run: 'r9', number: 99, isWarmup: false, sentAtUs: 0, bodyDigest: '0123456789abcdef' };
  const line = stamp.toString('latin1', 0, writeStamp(stamp, 0, fields));
  const bounce = fixture('notifications/postfix-failed.eml').toString('latin1');
  const message = bounce.replace('This is the mail system', `${line}This is the mail system`);
  assert.notEqual(message, bounce);
  const notification = readNotification(Buffer.from(message, 'latin1'));
  assert.deepEqual([notification?.run, notification?.number], ['r1', 1]);
});

test('a warning that mail is delayed is no failure', () => {
  const notification = readNotification(fixture('notifications/postfix-delayed.eml'));
  assert.equal(notification?.number, 4);
  assert.deepEqual(
    notification?.recipients.map(({ action, status }) => [action, status]),
    [['delayed', '4.7.1']],
  );
});

test('a notice of success is told as what it is', () => {
  const notification = readNotification(fixture('notifications/postfix-success.eml'));
  assert.equal(notification?.number, 5);
  assert.deepEqual(
    notification?.recipients.map(({ action }) => action),
    ['relayed'],
  );
});

test('a bounce from Exim is read, whole or with the header alone', () => {
  const failed = { action: 'failed', status: '5.0.0', diagnostic: '550 5.1.1 no such user here' };
  const recipients = ['reject-1@a.example.test', 'reject-2@a.example.test'].map((address) => ({
    address,
    ...failed,
  }));
  const whole = readNotification(fixture('notifications/exim-failed.eml'));
  assert.deepEqual(whole, { run: 'r1', number: 6, recipients });
  const header = readNotification(fixture('notifications/exim-headers.eml'));
  assert.deepEqual(header, { run: 'r1', number: 7, recipients: recipients.slice(0, 1) });
});

for (const ret of ['FULL', 'HDRS'] as const) {
  test(`a bounce from our own sink is read, with RET=${ret}`, () => {
    const bounce = composeBounce(
      {
        id: 'b1',
        from: 'bounce-9@sender.example.test',
        envelopeId: '',
        ret,
        arrivedAtMs: 0,
        recipients: [
          { address: 'wö@a.example.test', original: '', notify: [], status: '5.7.1', text: 'not today' },
        ],
        message: stamped(9),
      },
      { name: 'sink.example.test', nowMs: 0 },
    );
    const notification = readNotification(bounce?.bytes ?? Buffer.alloc(0));
    assert.deepEqual([notification?.run, notification?.number], ['r1', 9]);
    const [recipient] = notification?.recipients ?? [];
    assert.deepEqual([recipient?.address, recipient?.action], ['wö@a.example.test', 'failed']);
    assert.deepEqual([recipient?.status, /not today/.test(recipient?.diagnostic ?? '')], ['5.7.1', true]);
  });
}

test('a report encoded in base64, with an address escaped to ASCII, is read', () => {
  const fields =
    'Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: utf-8; w\\x{F6}@a.example.test\r\nAction: FAILED (gone)\r\n';
  const message = report([
    `Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(fields).toString('base64')}`,
  ]);
  assert.deepEqual(readNotification(message), {
    run: null,
    number: null,
    recipients: [{ address: 'wö@a.example.test', action: 'failed', status: '', diagnostic: '' }],
  });
});

test('a refusal by a mailbox that had taken the mail (reject of Dovecot Sieve) counts as failed', () => {
  assert.deepEqual(readNotification(fixture('notifications/dovecot-reject.eml')), {
    run: 'r1',
    number: 8,
    recipients: [
      {
        address: 'alice',
        action: 'failed',
        status: '',
        diagnostic: 'automatic-action/MDN-sent-automatically; deleted',
      },
    ],
  });
});

test('a notice that mail was read, and a report without recipients, are no notifications', () => {
  const read =
    'Final-Recipient: rfc822; u@a.example.test\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n';
  assert.equal(
    readNotification(report([`Content-Type: message/disposition-notification\r\n\r\n${read}`])),
    null,
  );
  assert.equal(
    readNotification(report(['Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n'])),
    null,
  );
});

test('mail that quotes a report without being one is no notification', () => {
  const forwarded = fixture('notifications/postfix-failed.eml')
    .toString('latin1')
    .replace('multipart/report', 'multipart/mixed');
  assert.equal(readNotification(Buffer.from(forwarded, 'latin1')), null);
});

test('a diagnostic of any length is cut', () => {
  const fields = `Final-Recipient: rfc822; u@a.example.test\r\nAction: failed\r\nDiagnostic-Code: smtp; ${'x'.repeat(3000)}\r\n`;
  const message = report([
    `Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n${fields}`,
  ]);
  assert.equal(readNotification(message)?.recipients[0]?.diagnostic.length, 500);
});

function stamped(number: number): Buffer {
  const stamp = Buffer.alloc(200);
  const fields = { run: 'r1', number, isWarmup: false, sentAtUs: 1, bodyDigest: '0123456789abcdef' };
  const length = writeStamp(stamp, 0, fields);
  return Buffer.concat([stamp.subarray(0, length), Buffer.from('Subject: x\r\n\r\nbody\r\n')]);
}

function report(parts: readonly string[]): Buffer {
  const body = parts.map((part) => `--b\r\n${part}\r\n`).join('');
  return Buffer.from(`Content-Type: multipart/report; boundary="b"\r\n\r\n${body}--b--\r\n`);
}
