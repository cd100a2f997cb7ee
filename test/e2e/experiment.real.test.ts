/**
 * Experiments with a truth: two Postfix configurations of which one really is slower, and the same server twice.
 *
 * The difference: a policy service at `smtpd_end_of_data_restrictions` that answers after 10 ms, at a constant rate far below what either takes.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type Comparison, readComparison } from '#src/result/comparison.js';
import { runCli } from '../cli.js';
import { startPolicyServer } from '../servers/policy-server.js';
import { startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { temporaryDir } from '../tmp.js';

const POLICY_MS = 10;
const STEADY = {
  a: {
    executor: 'constant-arrival-rate',
    rate: 60,
    duration: '3s',
    warmup: '1s',
    preAllocatedVUs: 20,
    maxVUs: 60,
  },
};

describe('mailbench experiment on servers whose truth is known', { concurrency: 1 }, () => {
  test('finds the Postfix with a slow policy service, and calls the same one twice the same', async (t) => {
    if (requireProgram(t, 'postfix') === undefined) return;
    const policy = await startPolicyServer(() => 'DUNNO', POLICY_MS);
    t.after(() => policy.stop());
    const postfix = await startPostfix();
    t.after(() => postfix.stop());
    const etc = join(postfix.dir, 'etc');
    const set = (value: string) =>
      `postconf -c ${etc} -e 'smtpd_end_of_data_restrictions = ${value}' && postfix -c ${etc} reload`;
    const { rows, rounds } = await experiment(t, {
      scenario: { target: { url: `smtp://127.0.0.1:${postfix.port}` }, scenarios: STEADY },
      seed: 7,
      rounds: 7,
      primary: ['smtp_message_duration med'],
      margin: '20%',
      drained: `postqueue -c ${etc} -p | grep -q 'queue is empty'`,
      variants: {
        without: { prepare: set('') },
        with: { prepare: set(policy.restriction) },
        again: { prepare: set('') },
      },
    });
    assert.equal(rounds, 7);
    const of = (name: string) => rows.find(({ variant }) => variant === name)!;
    t.diagnostic(
      rows.map(({ variant, verdict, changePct }) => `${variant} ${verdict} ${changePct}`).join(', '),
    );
    assert.equal(of('with').verdict, 'worse');
    const added = of('with').value! - of('with').base!;
    assert.ok(added > POLICY_MS * 0.9 && added < POLICY_MS * 3, `${added} ms`);
    assert.ok(['same', 'inconclusive'].includes(of('again').verdict ?? ''), `${of('again').verdict}`);
  });

  test('finds nothing between the embedded sink and itself', async (t) => {
    const scenario = { scenarios: { a: { ...STEADY.a, rate: 200, maxVUs: 200 } } };
    const { rows } = await experiment(t, { scenario, seed: 7, rounds: 8, variants: { a: {}, b: {} } });
    t.diagnostic(
      rows.map(({ metric, verdict, changePct }) => `${metric} ${verdict} ${changePct}`).join(', '),
    );
    for (const { metric, verdict } of rows)
      assert.ok(['same', 'inconclusive', 'changed'].includes(verdict ?? ''), `${metric} ${verdict}`);
  });
});

async function experiment(t: TestContext, words: object): Promise<Comparison> {
  const folder = await temporaryDir(t);
  const file = join(folder, 'e.yaml');
  writeFileSync(file, JSON.stringify(words));
  // Real tests run alone: the machine is at rest.
  const args = ['experiment', file, '--out', join(folder, 'out'), '--workers', '1', '--idle-within', '0s'];
  const ended = await runCli(args, { timeoutMs: 500_000 });
  assert.equal(ended.code, 0, `${ended.stdout}${ended.stderr}`);
  const place = /report: (\S+)\/comparison\.html/.exec(ended.stdout.replace(/\n\s+/g, ''))?.[1];
  return readComparison(place ?? '');
}
