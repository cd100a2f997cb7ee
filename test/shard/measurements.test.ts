import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Histogram } from '#src/metrics/histogram.js';
import { MAX_LABEL_SETS } from '#src/metrics/recorder.js';
import { Measurements } from '#src/shard/measurements.js';
import { Command } from '#src/smtp/command.js';
import { TransactionResult } from '#src/smtp/outcome.js';
import type { ReplyView } from '#src/smtp/reply-parser.js';
import type { Session } from '#src/smtp/session.js';

/** Under 2,048 µs a histogram is exact. */
const TIMES = { scheduledAtUs: 100, startedAtUs: 300, isSteady: true, recipients: 2 };

function accepted(given: Partial<TransactionResult> = {}): TransactionResult {
  return Object.assign(new TransactionResult(), {
    outcome: 'accepted',
    code: 250,
    enhanced: 2_000_000,
    class: 'accepted',
    acceptedRecipients: 2,
    mailAtUs: 400,
    startedAtUs: 500,
    endedAtUs: 900,
    ...given,
  });
}

function reply(code: number, enhanced = 0): ReplyView {
  return { code, enhanced, lineCount: 1, text: () => '' };
}

function session(stamps: Partial<Session['stamps']>, given: Partial<Session> = {}): Session {
  const none = {
    connectAtUs: 0,
    connectedAtUs: 0,
    tlsAtUs: 0,
    securedAtUs: 0,
    greetedAtUs: 0,
    openAtUs: 0,
    closedAtUs: 0,
  };
  return {
    fault: null,
    hasFallenBack: false,
    tls: null,
    remote: { address: '127.0.0.3', port: 25 },
    ...given,
    stamps: { ...none, ...stamps },
  } as Session;
}

/** Ends the window; trends as [count, max in µs]. */
function take(measurements: Measurements) {
  const { instant, trends } = measurements.recorder.swap();
  const read = (encoded: string) => {
    const histogram = Histogram.decode(encoded);
    return [histogram.count, histogram.max];
  };
  const entries = [...{ [Symbol.iterator]: () => trends }].map(([key, encoded]) => [key, read(encoded)]);
  return { ...instant, trends: Object.fromEntries(entries) as Record<string, number[]> };
}

describe('Measurements', () => {
  test('takes the response time from when it was due, service time from its start, transaction from MAIL', () => {
    const measurements = new Measurements();
    measurements.transactionDone(accepted(), true);
    measurements.messageDone(TIMES, accepted(), true, () => 'ok');
    assert.deepEqual(take(measurements).trends, {
      'smtp_message_duration{outcome:accepted}': [1, 800],
      'smtp_message_service_duration{outcome:accepted}': [1, 600],
      'smtp_transaction_duration{outcome:accepted}': [1, 400],
    });
  });

  test('takes the transaction of a MAIL without a reply from its writing, and has none without a MAIL', () => {
    const measurements = new Measurements();
    const unanswered = accepted({ outcome: 'failed', startedAtUs: 0, acceptedRecipients: 0 });
    measurements.transactionDone(unanswered, true);
    measurements.messageDone(TIMES, unanswered, false, () => '');
    const unsent = accepted({ outcome: 'failed', startedAtUs: 0, mailAtUs: 0, acceptedRecipients: 0 });
    measurements.transactionDone(unsent, true);
    measurements.messageDone(TIMES, unsent, false, () => '');
    const { trends } = take(measurements);
    assert.deepEqual(trends['smtp_transaction_duration{outcome:failed}'], [1, 500]);
    assert.deepEqual(trends['smtp_message_duration{outcome:failed}'], [2, 800]);
  });

  test('has warm-up in the counts, outcomes and live histogram, and in no metric', () => {
    const measurements = new Measurements();
    measurements.iterationStarted(false);
    measurements.iterationsDropped(3, false);
    measurements.messageBegun(2);
    measurements.messageDone({ ...TIMES, isSteady: false }, accepted(), true, () => 'ok');
    measurements.iterationDone(0, 1, false);
    measurements.waited(Command.MAIL, 0, 1, reply(250), 'accepted', false);
    measurements.contentSent(0, 1, false);
    measurements.sessionBegun(false);
    const { counters, rates, trends } = take(measurements);
    assert.deepEqual([counters, rates, trends], [{}, {}, {}]);
    const { scheduled, started, dropped, accepted: count } = measurements.takeCounts();
    assert.deepEqual([scheduled, started, dropped, count], [4, 1, 3, 1]);
    assert.equal(measurements.takeOutcomes()[0]?.count, 1);
    assert.equal(Histogram.decode(measurements.takeLive()).count, 1);
  });

  test('counts replies that are about a limit on this client, by limit, and no others', () => {
    const measurements = new Measurements();
    const says = (code: number, text: string) => ({ ...reply(code), text: () => text });
    const busy = says(450, '4.7.1 Error: too much mail from 127.0.0.1');
    measurements.waited(Command.MAIL, 0, 1, busy, 'throttled', true);
    measurements.waited(Command.MAIL, 0, 1, busy, 'throttled', true);
    measurements.waited(Command.MAIL, 0, 1, busy, 'throttled', false);
    measurements.waited(Command.NOOP, 0, 1, says(554, 'Too many nonmail commands'), 'throttled', true);
    measurements.waited(Command.RCPT, 0, 1, says(550, 'too many messages'), 'mailbox_invalid', true);
    measurements.waited(Command.RCPT, 0, 1, says(250, 'too many messages'), 'accepted', true);
    measurements.waited(Command.RCPT, 0, 1, null, 'network', true);
    const { counters } = take(measurements);
    const limits = Object.entries(counters).filter(([key]) => key.startsWith('smtp_server_limits'));
    assert.deepEqual(Object.fromEntries(limits), {
      'smtp_server_limits{limit:postfix-message-rate}': 2,
      'smtp_server_limits{limit:exim-nonmail}': 1,
    });
  });

  test('counts a limit that ended an idle session, which no command waited for', () => {
    const measurements = new Measurements();
    const fault = {
      phase: 'idle',
      cause: 'closed',
      systemCode: '',
      enhanced: 0,
      class: 'idle_timeout',
    } as const;
    const ended = (code: number, message: string) =>
      session({ connectedAtUs: 0 }, { fault: { ...fault, code, message } });
    measurements.sessionClosed(ended(421, '4.7.0 mx Error: too many errors'), true);
    measurements.sessionClosed(ended(421, '4.7.0 mx Error: too many errors'), false);
    measurements.sessionClosed(ended(421, '4.4.2 mx Error: timeout exceeded'), true);
    measurements.sessionClosed(ended(0, 'Error: too many errors'), true);
    measurements.sessionClosed(session({}), true);
    const { counters } = take(measurements);
    assert.deepEqual(counters, { 'smtp_server_limits{limit:postfix-errors}': 1 });
  });

  test('tells accepted, refused and undecided copies apart', () => {
    const measurements = new Measurements();
    const three = { ...TIMES, recipients: 3 };
    for (let i = 0; i < 4; i++) measurements.messageBegun(3);
    const partial = accepted({ acceptedRecipients: 2, refusedRecipients: 1 });
    measurements.messageDone(three, partial, true, () => '');
    // LMTP that broke off behind its first final reply.
    measurements.messageDone(
      three,
      accepted({ acceptedRecipients: 1, refusedRecipients: 0 }),
      true,
      () => '',
    );
    const rejected = { outcome: 'rejected', acceptedRecipients: 1, refusedRecipients: 3 } as const;
    measurements.messageDone(three, accepted(rejected), false, () => '');
    const failed = {
      outcome: 'failed',
      acceptedRecipients: 1,
      refusedRecipients: 1,
      isInDoubt: true,
    } as const;
    measurements.messageDone(three, accepted(failed), false, () => '');
    const counts = measurements.takeCounts();
    assert.deepEqual([counts.accepted, counts.partial, counts.inDoubt], [2, 2, 1]);
    const { offered, acceptedCopies, refused, undecided } = counts;
    assert.deepEqual([offered, acceptedCopies, refused, undecided], [12, 3, 5, 4]);
    const { counters } = take(measurements);
    assert.equal(counters['smtp_recipients{outcome:undecided}'], 4);
  });

  test('judges by the expectation: a wanted refusal is no failure', () => {
    const measurements = new Measurements();
    measurements.messageDone(TIMES, accepted({ outcome: 'rejected' }), true, () => '');
    measurements.messageDone(TIMES, accepted(), false, () => '');
    const { rates } = take(measurements);
    assert.deepEqual(rates, { smtp_message_failed: [1, 1], checks: [1, 1] });
  });

  test('asks for a reply text once for each kind of outcome', () => {
    const measurements = new Measurements();
    let asked = 0;
    const sample = () => `text ${++asked}`;
    for (let i = 0; i < 3; i++) {
      measurements.messageDone(TIMES, accepted(), true, sample);
      measurements.messageDone(TIMES, accepted({ outcome: 'rejected', code: 550 }), false, sample);
    }
    const rows = measurements.takeOutcomes();
    assert.equal(asked, 2);
    assert.deepEqual(
      rows.map(({ outcome, count, sample: text }) => [outcome, count, text]),
      [
        ['accepted', 3, 'text 1'],
        ['rejected', 3, 'text 2'],
      ],
    );
  });

  test('keeps outcomes apart by reply, however many a server invents, and loses none', () => {
    const measurements = new Measurements();
    for (let i = 0; i < 1_500; i++) {
      measurements.messageDone(TIMES, accepted({ enhanced: 2_000_000 + i }), true, () => '');
    }
    const rows = measurements.takeOutcomes();
    assert.ok(rows.length <= 501);
    assert.equal(
      rows.reduce((sum, { count }) => sum + count, 0),
      1_500,
    );
  });

  test('counts final replies by command, code, enhanced code and class, but no 334', () => {
    const measurements = new Measurements();
    measurements.waited(Command.MAIL, 0, 5, reply(250, 2_001_000), 'accepted', true);
    measurements.waited(Command.MAIL, 0, 7, reply(250, 2_001_000), 'accepted', true);
    measurements.waited(Command.RCPT, 0, 9, reply(550, 5_001_001), 'mailbox_invalid', true);
    measurements.waited(Command.AUTH, 0, 3, reply(334), 'accepted', true);
    measurements.waited(Command.GREETING, 0, 4, reply(220), 'accepted', true);
    const { counters, trends } = take(measurements);
    assert.deepEqual(counters, {
      'smtp_replies{class:accepted,code:250,command:MAIL,enhanced:2.1.0}': 2,
      'smtp_replies{class:mailbox_invalid,code:550,command:RCPT,enhanced:5.1.1}': 1,
      'smtp_replies{class:accepted,code:220,command:GREETING,enhanced:none}': 1,
    });
    assert.deepEqual(trends, {
      'smtp_command_waiting{command:MAIL}': [2, 7],
      'smtp_command_waiting{command:RCPT}': [1, 9],
      'smtp_command_waiting{command:AUTH}': [1, 3],
      smtp_greeting_waiting: [1, 4],
    });
  });

  test('counts a wait without a reply at its elapsed time, as no reply', () => {
    const measurements = new Measurements();
    measurements.waited(Command.DATA, 1_000, 61_000, null, 'network', true);
    const { counters, trends } = take(measurements);
    assert.deepEqual(counters, {});
    const [count, maxUs = 0] = trends['smtp_command_waiting{command:DATA}'] ?? [];
    assert.equal(count, 1);
    assert.ok(Math.abs(maxUs - 60_000) <= 60);
  });

  test('counts good replies beyond all bounds under other, and each of them', () => {
    const measurements = new Measurements();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 1_500; i++) {
        measurements.waited(Command.MAIL, 0, 1, reply(250, 2_000_000 + i), 'accepted', true);
      }
    }
    const { counters } = take(measurements);
    assert.equal(Object.keys(counters).length, MAX_LABEL_SETS + 1);
    assert.equal(counters['smtp_replies{class:other,code:other,command:other,enhanced:other}'], 2_000);
  });

  test('measures the set-up of a session and counts it as open until it is closed', () => {
    const measurements = new Measurements();
    const stamps = { connectAtUs: 100, connectedAtUs: 150, tlsAtUs: 160, securedAtUs: 190 };
    const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', isResumed: false };
    const secure = session({ ...stamps, closedAtUs: 1_100 }, { tls });
    measurements.sessionBegun(true);
    measurements.sessionSetUp(secure, true);
    assert.equal(measurements.sessionsOpen, 1);
    measurements.sessionClosed(secure, true);
    assert.equal(measurements.sessionsOpen, 0);
    const { counters, trends } = take(measurements);
    const handshakes = 'smtp_tls_handshakes{cipher:TLS_AES_128_GCM_SHA256,resumed:no,version:TLSv1.3}';
    const connections = 'smtp_connections{address:127.0.0.3,port:25}';
    assert.deepEqual(counters, { smtp_sessions: 1, [connections]: 1, [handshakes]: 1 });
    assert.deepEqual(trends, {
      smtp_connecting: [1, 50],
      'smtp_tls_handshaking{resumed:no}': [1, 30],
      smtp_session_duration: [1, 1_000],
    });
  });

  test('keeps resumed TLS handshakes apart from full ones, and counts none that was not completed', () => {
    const measurements = new Measurements();
    const stamps = { connectAtUs: 100, connectedAtUs: 150, tlsAtUs: 160, securedAtUs: 190 };
    const tls = { version: 'TLSv1.2', cipher: 'ECDHE-RSA-AES128-GCM-SHA256', isResumed: true };
    measurements.sessionSetUp(session(stamps, { tls }), true);
    measurements.sessionSetUp(session({ ...stamps, securedAtUs: 0 }), true);
    const { counters, trends } = take(measurements);
    assert.deepEqual(counters, {
      'smtp_connections{address:127.0.0.3,port:25}': 2,
      'smtp_tls_handshakes{cipher:ECDHE-RSA-AES128-GCM-SHA256,resumed:yes,version:TLSv1.2}': 1,
    });
    assert.deepEqual(trends['smtp_tls_handshaking{resumed:yes}'], [1, 30]);
  });

  test('counts connections by where to, Unix sockets as such, and none that is not known', () => {
    const measurements = new Measurements();
    for (const remote of [{ address: '', port: 0 }, { address: '::1', port: 2_525 }, null]) {
      const given = { remote } as Partial<Session>;
      measurements.sessionSetUp(session({ connectAtUs: 100, connectedAtUs: 150 }, given), true);
    }
    assert.deepEqual(take(measurements).counters, {
      'smtp_connections{address:unix,port:none}': 1,
      'smtp_connections{address:__1,port:2525}': 1,
    });
  });

  test('does not count a session as open that never connected', () => {
    const measurements = new Measurements();
    const refused = session({ connectAtUs: 100, closedAtUs: 200 });
    measurements.sessionSetUp(refused, true);
    measurements.sessionClosed(refused, true);
    assert.equal(measurements.sessionsOpen, 0);
    assert.deepEqual(take(measurements).trends, {});
  });

  test('counts a lack of files or ports as a fault of the generator, by its code, warm-up or not', () => {
    const measurements = new Measurements();
    const fault = { cause: 'generator', systemCode: 'EMFILE' } as Session['fault'];
    measurements.sessionSetUp(session({ connectAtUs: 1 }, { fault }), true);
    measurements.sessionSetUp(session({ connectAtUs: 1 }, { fault }), false);
    const theirs = { cause: 'refused', systemCode: 'ECONNREFUSED' } as Session['fault'];
    measurements.sessionSetUp(session({ connectAtUs: 1 }, { fault: theirs }), true);
    assert.deepEqual(measurements.takeFaults(), { EMFILE: 2 });
    assert.deepEqual(measurements.takeFaults(), {});
  });

  test('counts a fault of the generator in an open session once, when it is closed', () => {
    const measurements = new Measurements();
    const fault = { cause: 'generator', systemCode: 'ENOBUFS' } as Session['fault'];
    const inSetUp = session({ connectAtUs: 1, closedAtUs: 2 }, { fault });
    measurements.sessionSetUp(inSetUp, true);
    measurements.sessionClosed(inSetUp, true);
    const stamps = { connectAtUs: 1, connectedAtUs: 2, openAtUs: 3, closedAtUs: 4 };
    measurements.sessionSetUp(session(stamps), true);
    measurements.sessionClosed(session(stamps, { fault }), true);
    assert.deepEqual(measurements.takeFaults(), { ENOBUFS: 2 });
  });

  test('counts bytes since they were last recorded or forgotten', () => {
    const measurements = new Measurements();
    Object.assign(measurements.traffic, { sentBytes: 100, receivedBytes: 10 });
    measurements.forgetTraffic();
    Object.assign(measurements.traffic, { sentBytes: 5, receivedBytes: 7 });
    measurements.recordTraffic();
    measurements.recordTraffic();
    assert.deepEqual(take(measurements).counters, { data_sent: 5, data_received: 7 });
  });
});
