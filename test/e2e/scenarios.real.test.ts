/** README's "Did it arrive?" through a server that relays: `reliability` through a Postfix with the settings it comes with. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scenarioRows } from '#src/report/scenario-rows.js';
import { readDeliveryDetails } from '#src/result/delivery-details.js';
import { freePort } from '../free-port.js';
import { startDovecot } from '../servers/dovecot.js';
import type { MaillogCounts } from '../servers/maillog.js';
import { startPolicyServer } from '../servers/policy-server.js';
import { startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { MATRICES } from './library.js';
import { assertAddsUp, assertExit, loadRun } from './load-run.js';

const [RELIABILITY = '', DELIVERY_ISSUES = '', SPAM = '', SECURITY = '', COMPLEXITY = ''] = [
  'reliability',
  'delivery-issues',
  'spam-and-phishing',
  'security',
  'complexity',
].map((name) => fileURLToPath(new URL(`../../scenarios/${name}.yaml`, import.meta.url)));
/** So that the test need not wait for queue runs five minutes apart. */
const IMPATIENT = { minimal_backoff_time: '2s', maximal_backoff_time: '4s', queue_run_delay: '2s' };

test('reliability through a Postfix: what it accepted arrives once and whole, though its receiver has a bad day', async (t) => {
  if (!requireProgram(t, 'postfix')) return;
  const port = await freePort();
  const postfix = await startPostfix({ relayPort: port });
  t.after(() => postfix.stop());
  const target = ['--target', `smtp://${postfix.host}:${postfix.port}`];
  const run = await loadRun(t, [
    ...[RELIABILITY, '--seed', '7'],
    ...[...target, '--set', `delivery.sink.listen=127.0.0.1:${port}`],
  ]);
  assertExit(run, 0);
  assertAddsUp(run.result);
  const { delivery } = run.result;
  assert.deepEqual([delivery?.accepted, delivery?.delivered], [1_600, 1_600]);
  await postfix.waitForEmptyQueue();
  const { sent } = await postfix.countsFromLog();
  assert.equal(sent, 1_600);
});

test('spam-and-phishing through a Postfix that checks bodies: it lets the spoofed sender through, and that is told', async (t) => {
  if (!requireProgram(t, 'postfix')) return;
  const port = await freePort();
  const postfix = await startPostfix({
    relayPort: port,
    extra: { body_checks: 'regexp:$config_directory/body_checks' },
    files: { body_checks: '/GTUBE-STANDARD|EICAR-STANDARD/ REJECT Message content rejected\n' },
  });
  t.after(() => postfix.stop());
  const target = ['--target', `smtp://${postfix.host}:${postfix.port}`];
  const run = await loadRun(t, [
    ...[SPAM, '--seed', '7', ...target],
    ...['--set', `delivery.sink={listen: 127.0.0.1:${port}}`],
  ]);
  assertExit(run, 99);
  assertAddsUp(run.result);
  const { counts, outcomes, delivery, metrics } = run.result;
  assert.deepEqual([delivery?.delivered, delivery?.lost], [counts.accepted, 0]);
  const unexpected = outcomes.filter(({ expected }) => !expected);
  assert.deepEqual(
    unexpected.map(({ outcome }) => outcome),
    ['accepted'],
  );
  assert.equal(metrics.smtp_message_failed?.values.passes, unexpected[0]?.count);
  assert.ok(outcomes.some(({ outcome, expected }) => outcome === 'rejected' && expected));
});

test('delivery-issues through a Postfix: what cannot be delivered bounces, and nothing else is missing', async (t) => {
  if (!requireProgram(t, 'postfix')) return;
  const port = await freePort();
  const postfix = await startPostfix({ relayPort: port, extra: IMPATIENT });
  t.after(() => postfix.stop());
  const target = ['--target', `smtp://${postfix.host}:${postfix.port}`];
  const run = await loadRun(
    t,
    [DELIVERY_ISSUES, '--seed', '7', ...target, '--set', `delivery.sink.listen=127.0.0.1:${port}`],
    { timeoutMs: 150_000 },
  );
  assertAddsUp(run.result);
  const { counts, delivery } = run.result;
  assert.equal(counts.acceptedCopies, counts.offered);
  assert.deepEqual([delivery?.lost, delivery?.pending, delivery?.duplicated], [0, 0, 0]);
  const domains = readDeliveryDetails(run.dir)?.domains ?? [];
  assert.equal(domains.length, 6);
  for (const { domain, accepted, delivered } of domains)
    assert.equal(delivered, domain === 'misconfigured.example.test' ? 0 : accepted, domain);
  assert.equal(delivery?.bounced, counts.acceptedCopies - (delivery?.delivered ?? 0));
  assert.ok((await postfix.log()).includes('status=deferred'), 'the receivers made it difficult');
});

test('security through a Postfix with Dovecot SASL: as it comes it takes TLS 1.1, and told not to it has no fault', async (t) => {
  for (const name of ['postfix', 'dovecot'] as const) if (!requireProgram(t, name)) return;
  const dovecot = await startDovecot({ users: { alice: 'opensesame' } });
  t.after(() => dovecot.stop());
  const port = await freePort();
  for (const [protocols, exit, found] of [
    ['>=TLSv1', 99, ['old-tls']],
    ['>=TLSv1.2', 0, []],
  ] as const) {
    const postfix = await startPostfix({
      relayPort: port,
      tls: true,
      extra: {
        smtpd_sasl_auth_enable: 'yes',
        smtpd_sasl_type: 'dovecot',
        smtpd_sasl_path: dovecot.authSocket,
        smtpd_tls_auth_only: 'yes',
        smtpd_tls_protocols: protocols,
        smtpd_relay_restrictions: 'permit_sasl_authenticated, reject',
      },
    });
    t.after(() => postfix.stop());
    const run = await loadRun(t, [
      ...[SECURITY, '--seed', '7', '--target', `smtp://${postfix.host}:${postfix.port}`],
      ...['--set', `delivery.sink={listen: 127.0.0.1:${port}}`],
    ]);
    const rows = scenarioRows(run.result);
    const failed = rows.filter(({ failedShare }) => failedShare !== 0);
    assert.deepEqual(
      failed.map(({ name }) => name),
      found,
    );
    assertExit(run, exit);
    assertAddsUp(run.result);
    // It offers no AUTH before STARTTLS; Dovecot knows SCRAM.
    const notOffered = rows.filter((row) => row.notOffered > 0);
    assert.deepEqual(
      notOffered.map(({ name }) => name),
      ['password-in-plain-text'],
    );
    assert.deepEqual([run.result.counts.accepted, run.result.delivery?.delivered], [25, 25]);
    const codes = run.result.outcomes.map(({ code }) => code);
    assert.ok(codes.includes(535) && codes.includes(554), String(codes));
  }
});

test('complexity through two configurations of a Postfix: each executor goes to its own', async (t) => {
  if (!requireProgram(t, 'postfix')) return;
  const port = await freePort();
  let asked = 0;
  const policy = await startPolicyServer(() => {
    asked++;
    return 'DUNNO';
  });
  t.after(() => policy.stop());
  const plain = await startPostfix({ relayPort: port, tls: true });
  t.after(() => plain.stop());
  const guarded = await startPostfix({
    relayPort: port,
    extra: { smtpd_recipient_restrictions: policy.restriction },
  });
  t.after(() => guarded.stop());
  const [easy, hard] = [plain, guarded].map(({ host, port: at }) => `smtp://${host}:${at}`);
  const { flags } = MATRICES.find(({ name }) => name === 'complexity') ?? assert.fail();
  const run = await loadRun(
    t,
    [COMPLEXITY, ...flags, '--seed', '7', '--set', `delivery.sink={listen: 127.0.0.1:${port}}`],
    { env: { PLAIN: easy, TLS: easy, VERIFIED: hard, FILTERED: hard } as Record<string, string> },
  );
  assertExit(run, 0);
  assertAddsUp(run.result);
  assert.equal(run.result.delivery?.delivered, 160);
  const { metrics } = run.result;
  const [{ sent: bySimple }, { sent: byGuarded }] = (await Promise.all(
    [plain, guarded].map((one) => one.countsFromLog()),
  )) as [MaillogCounts, MaillogCounts];
  assert.deepEqual([bySimple, byGuarded, asked], [80, 80, 80]);
  assert.ok((metrics.smtp_tls_handshakes?.n ?? 0) >= 4, 'forty messages, ten on a session');
});
