/** README's "Did it arrive?" through a server that relays: `reliability` through a Postfix with the settings it comes with. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readDeliveryDetails } from '#src/result/delivery-details.js';
import { freePort } from '../free-port.js';
import { startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { assertAddsUp, assertExit, loadRun } from './load-run.js';

const [RELIABILITY = '', DELIVERY_ISSUES = '', SPAM = ''] = [
  'reliability',
  'delivery-issues',
  'spam-and-phishing',
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
