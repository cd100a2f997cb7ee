/** The scenarios of README's "Did it arrive?", as they stand: what they say of themselves is so. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readDeliveryDetails } from '#src/result/delivery-details.js';
import { temporaryDir } from '../tmp.js';
import { assertAddsUp, assertExit, type LoadRun, loadRun } from './load-run.js';

describe('the published scenarios with a proof of delivery', { concurrency: 2 }, () => {
  test('reliability: 1,600 messages are tried until they are accepted, and each arrives once and whole', async (t) => {
    const run = await loadRun(t, [scenario('reliability'), '--seed', '7']);
    assertExit(run, 0);
    assertAddsUp(run.result);
    assert.deepEqual(blockOf(run), { accepted: 1_600, delivered: 1_600 });
    const { metrics } = run.result;
    assert.ok((metrics.smtp_attempts?.values.count ?? 0) > 1_650, 'the bad day was noticed');
    for (const command of ['MAIL', 'RCPT', 'CONTENT'])
      assert.ok(transientReplies(run, command) > 0, `${command} was refused for now`);
  });

  test('reliability: a message that a sink takes and loses fails it', async (t) => {
    const losing = join(await temporaryDir(t), 'losing.yaml');
    await writeFile(losing, 'behaviours: [{ when: { numbers: [1234] }, lose: true }]');
    const run = await loadRun(t, [
      scenario('reliability'),
      ...['--set', `delivery.sink.behaviours=${losing}`, '--set', 'delivery.wait=1s'],
    ]);
    assertExit(run, 99);
    assert.deepEqual(
      run.result.thresholds.flatMap(({ metric, ok }) => (ok ? [] : [metric])),
      ['delivery_lost'],
    );
  });

  test('delivery-issues: nothing is lost, and the difficult receivers are each as their domain says', async (t) => {
    const run = await loadRun(t, [scenario('delivery-issues'), '--seed', '7']);
    assertAddsUp(run.result);
    const { delivery, outcomes, counts } = run.result;
    assert.deepEqual(
      [delivery?.delivered, delivery?.lost, delivery?.duplicated],
      [counts.acceptedCopies, 0, 0],
    );
    const refused = outcomes.filter(({ outcome }) => outcome !== 'accepted');
    assert.deepEqual(
      refused.map(({ phase, code, class: why }) => [phase, code, why]),
      [['RCPT', 550, 'relay_denied']],
      'only misconfigured.example.test never takes its mail',
    );
    assert.deepEqual(domainsOf(run), [
      'busy.example.test',
      'down.example.test',
      'good.example.test',
      'grey.example.test',
      'stalled.example.test',
    ]);
    const replies = Object.keys(run.result.metrics).join('\n');
    for (const reply of ['code:450,', 'code:421,', 'class:throttled', 'code:550,'])
      assert.ok(replies.includes(reply), reply);
  });
});

test('spam-and-phishing: what a filter must stop is stopped, and nothing else', async (t) => {
  const run = await loadRun(t, [scenario('spam-and-phishing'), '--seed', '7']);
  assertExit(run, 0);
  assertAddsUp(run.result);
  const { counts, outcomes, delivery } = run.result;
  assert.deepEqual(
    outcomes.map(({ outcome, code, enhanced, expected }) => [outcome, code, enhanced, expected]).toSorted(),
    [
      ['accepted', 250, '2.6.0', true],
      ['rejected', 550, '5.7.26', true],
      ['rejected', 554, '5.7.1', true],
    ],
  );
  assert.equal(delivery?.delivered, counts.accepted);
  const open = await loadRun(t, [
    scenario('spam-and-phishing'),
    '--seed',
    '7',
    '--set',
    'delivery={expect: sink}',
  ]);
  assertExit(open, 99);
  assert.equal(open.result.counts.accepted, 200);
});

function scenario(name: string): string {
  return fileURLToPath(new URL(`../../scenarios/${name}.yaml`, import.meta.url));
}

/** The counts that are not 0. */
function blockOf({ result }: LoadRun): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(result.delivery ?? {}).filter(([, copies]) => copies > 0));
}

function transientReplies({ result }: LoadRun, command: string): number {
  return Object.entries(result.metrics)
    .filter(
      ([name]) =>
        name.startsWith('smtp_replies{') && name.includes(`,code:4`) && name.includes(`,command:${command},`),
    )
    .reduce((sum, [, { values }]) => sum + (values.count ?? 0), 0);
}

function domainsOf({ dir }: LoadRun): string[] {
  return (readDeliveryDetails(dir)?.domains ?? []).map(({ domain }) => domain).sort();
}
