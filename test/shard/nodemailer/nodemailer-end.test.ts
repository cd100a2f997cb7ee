import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ConnectError,
  endOfError,
  endOfInfo,
  type SendEnd,
  type SendError,
  type Sending,
} from '#src/shard/nodemailer/nodemailer-end.js';

const SENT: Sending = { progress: 'sent', recipients: 2, endedAtUs: 7 };
const SETTING_UP: Sending = { ...SENT, progress: 'setting-up' };
const ENVELOPE: Sending = { ...SENT, progress: 'envelope' };

function error(given: Partial<SendError>): SendError {
  return Object.assign(new Error('what nodemailer says'), given);
}

function told({ end, replies }: SendEnd) {
  const { outcome, phase, scope, cause, code, enhanced, acceptedRecipients, refusedRecipients, isInDoubt } =
    end;
  return {
    ...{ outcome, phase, scope, cause, code, enhanced, isInDoubt },
    class: end.class,
    copies: [acceptedRecipients, refusedRecipients],
    text: end.replyText(),
    replies: replies.map(({ command, reply }) => [command, reply.code]),
  };
}

const refusal = (response: string, command = 'RCPT TO') => error({ code: 'EENVELOPE', command, response });

describe('the end of a message through nodemailer', () => {
  test('is accepted with the final reply, in part where a recipient was refused', () => {
    const info = {
      accepted: ['a'],
      rejected: ['b'],
      rejectedErrors: [refusal('550 5.1.1 nobody')],
      response: '250-2.0.0 well\n250 2.0.0 done',
    };
    assert.deepEqual(told(endOfInfo(info, SENT)), {
      ...{ outcome: 'accepted', phase: 'CONTENT', scope: '', cause: '', code: 250, enhanced: 2_000_000 },
      ...{ isInDoubt: false, class: 'accepted', copies: [1, 1], text: '2.0.0 well\n2.0.0 done' },
      replies: [
        [7, 550],
        [9, 250],
      ],
    });
  });

  test('tells for whom it was not accepted, also where nodemailer has an object for an address', () => {
    const rejected = ['b', { address: 'c', name: '' }];
    const info = { accepted: ['a'], rejected, response: '250 2.0.0 done' };
    assert.deepEqual(endOfInfo(info, { ...SENT, recipients: 3 }).end.unaccepted(), ['b', 'c']);
  });

  test('is rejected in LMTP when everybody was refused, whoever had the last word', () => {
    const response = '552 5.2.2 full';
    const rejectedErrors = [refusal('450 4.2.1 later', 'DATA'), refusal(response, 'DATA')];
    const end = told(endOfInfo({ accepted: [], rejected: ['a', 'b'], rejectedErrors, response }, SENT));
    assert.deepEqual(
      [end.outcome, end.phase, end.scope, end.code],
      ['rejected', 'CONTENT', 'recipient', 450],
    );
    assert.deepEqual(end.copies, [0, 2]);
  });

  test('is accepted without a code when the last word of LMTP was a refusal', () => {
    const response = '552 5.2.2 full';
    const end = told(
      endOfInfo(
        { accepted: ['a'], rejected: ['b'], rejectedErrors: [refusal(response, 'DATA')], response },
        SENT,
      ),
    );
    assert.deepEqual([end.outcome, end.code, end.text, end.copies], ['accepted', 0, '', [1, 1]]);
    assert.deepEqual(end.replies, [[9, 552]]);
  });

  const REJECTED: readonly (readonly [
    given: Partial<SendError>,
    sending: Sending,
    phase: string,
    scope: string,
  ])[] = [
    [{ code: 'EENVELOPE', command: 'MAIL FROM', response: '550 no' }, ENVELOPE, 'MAIL', 'message'],
    [{ code: 'EENVELOPE', command: 'DATA', response: '550 no' }, ENVELOPE, 'DATA', 'message'],
    [{ code: 'EMESSAGE', command: 'DATA', response: '550 no' }, SENT, 'CONTENT', 'message'],
    [{ code: 'EMESSAGE', command: 'DATA', response: '421 no' }, SENT, 'CONTENT', 'session'],
    [{ code: 'ECONNECTION', command: 'CONN', response: '421 no' }, ENVELOPE, 'MAIL', 'session'],
    [{ code: 'EPROTOCOL', command: 'CONN', response: '554 no' }, SETTING_UP, 'GREETING', 'session'],
    [{ code: 'ECONNECTION', command: 'EHLO', response: '550 no' }, SETTING_UP, 'EHLO', 'session'],
    [{ code: 'ETLS', command: 'STARTTLS', response: '454 no' }, SETTING_UP, 'STARTTLS', 'session'],
    [{ code: 'EAUTH', command: 'AUTH PLAIN', response: '535 no' }, SETTING_UP, 'AUTH', 'session'],
  ];
  for (const [given, sending, phase, scope] of REJECTED) {
    test(`is rejected at ${phase} by ${given.response} to ${given.command}`, () => {
      const end = told(endOfError(error(given), sending));
      assert.deepEqual([end.outcome, end.phase, end.scope, end.copies], ['rejected', phase, scope, [0, 2]]);
      assert.deepEqual([end.text, end.replies.length, end.isInDoubt], ['no', 1, false]);
    });
  }

  const FAILED: readonly (readonly [
    given: Partial<SendError>,
    sending: Sending,
    phase: string,
    cause: string,
  ])[] = [
    [{ code: 'ETIMEDOUT', timeoutType: 'SOCKET_TIMEOUT' }, SENT, 'CONTENT', 'timeout'],
    [{ code: 'ETIMEDOUT', timeoutType: 'SOCKET_TIMEOUT' }, ENVELOPE, 'MAIL', 'timeout'],
    [{ code: 'ETIMEDOUT', timeoutType: 'GREETING_TIMEOUT' }, SETTING_UP, 'GREETING', 'timeout'],
    [{ code: 'ETIMEDOUT', timeoutType: 'UPGRADE_TIMEOUT' }, SETTING_UP, 'tls', 'timeout'],
    [{ code: 'ECONNECTION' }, SETTING_UP, 'EHLO', 'closed'],
    [{ code: 'ESOCKET', originalCode: 'ECONNRESET' }, ENVELOPE, 'MAIL', 'reset'],
    [{ code: 'ESOCKET', originalCode: 'CERT_HAS_EXPIRED' }, SETTING_UP, 'tls', 'tls'],
    [{ code: 'ETLS' }, SETTING_UP, 'tls', 'tls'],
    [{ code: 'EPROTOCOL', response: 'hello' }, SETTING_UP, 'EHLO', 'malformed-reply'],
    [{ code: 'EPROTOCOL', command: 'CONN', response: '250 what' }, ENVELOPE, 'MAIL', 'unexpected-reply'],
    [{ code: 'EAUTH', command: 'API' }, SETTING_UP, 'EHLO', 'not-offered'],
    [{}, ENVELOPE, 'MAIL', 'io'],
  ];
  for (const [given, sending, phase, cause] of FAILED) {
    test(`is failed at ${phase} with ${cause} by ${JSON.stringify(given)}`, () => {
      const end = told(endOfError(error(given), sending));
      assert.deepEqual([end.outcome, end.phase, end.cause, end.scope], ['failed', phase, cause, 'session']);
      assert.deepEqual([end.isInDoubt, end.copies], [sending.progress === 'sent', [0, 0]]);
    });
  }

  test('is what kept us from connecting, however far an earlier try came', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const end = told(endOfError(new ConnectError(refused), SENT));
    assert.deepEqual([end.phase, end.cause, end.isInDoubt], ['connect', 'refused', false]);
    const foreign = endOfError(new ConnectError(new Error('192.0.2.1'), 'address-not-allowed'), SETTING_UP);
    assert.equal(foreign.end.cause, 'address-not-allowed');
  });

  test('is interrupted where we took it back, in doubt when all of it was sent', () => {
    for (const [sending, isInDoubt] of [
      [SENT, true],
      [ENVELOPE, false],
    ] as const) {
      const end = told(endOfError(error({ code: 'EABORT' }), sending));
      assert.deepEqual([end.outcome, end.cause, end.isInDoubt], ['interrupted', 'stopped', isInDoubt]);
    }
  });
});
