/** Mail that is signed with DKIM, judged by a sink that knows the public keys and refuses what does not verify. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { dkimRecordOf } from '#src/message/dkim-record.js';
import { runCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';
import { assertExit, loadRun } from './load-run.js';

const PKCS8 = { type: 'pkcs8', format: 'pem' } as const;
const KEYS = {
  r: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(PKCS8).toString(),
  e: generateKeyPairSync('ed25519').privateKey.export(PKCS8).toString(),
};

describe('mail signed with DKIM', { concurrency: 2 }, () => {
  test('passes at the receiver, per variant and per message, in every pipelining mode and with BDAT', async (t) => {
    for (const client of [{ pipelining: 'off' }, { pipelining: 'coalesced' }, { chunking: '1KiB' }]) {
      const file = await scenario(t, { published: KEYS, client });
      const run = await loadRun(t, [file, '--workers', '2']);
      assertExit(run, 0);
      assert.equal(run.result.counts.accepted, 300);
      assert.equal(run.result.delivery?.delivered, 300);
      assert.equal(run.result.delivery?.corrupted, 0);
    }
  });

  test('is refused at the receiver that holds another key', async (t) => {
    const run = await loadRun(t, [await scenario(t, { published: { ...KEYS, e: otherKey() }, client: {} })]);
    const failed = run.result.outcomes.filter(({ code }) => code === 550);
    assert.ok(failed.length > 0, JSON.stringify(run.result.outcomes));
  });

  test('validate prints the records that receivers need, each once', async (t) => {
    const { stdout, code } = await runCli(['validate', await scenario(t, { published: KEYS, client: {} })]);
    assert.equal(code, 0);
    const records = Object.entries(KEYS).map(([selector, key]) =>
      dkimRecordOf({ domain: 'a.example.test', selector, key, per: 'variant', headers: [] }),
    );
    const lines = records.map(({ name, text }) => `  ${name} TXT "${text}"`);
    assert.deepEqual(stdout.trimEnd().split('\n').slice(1), lines);
  });

  test('says before anything is sent what one signature cannot cover', async (t) => {
    const file = await scenario(t, { published: KEYS, client: {}, subject: 'Number {{seq}}' });
    const { code, stderr, result } = await loadRun(t, [file]);
    assert.equal(code, 104);
    assert.match(
      stderr,
      /cannot cover the header field Subject[\s\S]*MESSAGE_DKIM_PLACEHOLDER|MESSAGE_DKIM_PLACEHOLDER/,
    );
    assert.equal(result.counts.begun, 0);
  });
});

function otherKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export(PKCS8).toString();
}

interface Parts {
  readonly published: Readonly<Record<string, string>>;
  readonly client: object;
  readonly subject?: string;
}

async function scenario(t: TestContext, { published, client, subject = 'Offer' }: Parts): Promise<string> {
  const dir = await temporaryDir(t);
  const domain = 'a.example.test';
  const records = Object.entries(published).map(([selector, key]) =>
    dkimRecordOf({ domain, selector, key, per: 'variant', headers: [] }),
  );
  for (const [name, pem] of Object.entries(KEYS)) await writeFile(join(dir, `${name}.pem`), pem);
  await writeFile(
    join(dir, 'behaviours.json'),
    JSON.stringify({
      zone: Object.fromEntries(records.map(({ name, text }) => [name, { TXT: text }])),
      behaviours: [
        {
          when: { verb: 'CONTENT', authentication: { dkim: 'not-pass' } },
          reply: '550 5.7.20 No passing DKIM signature',
        },
      ],
    }),
  );
  const rsa = { domain, selector: 'r', key: 'r.pem' };
  const ed25519 = { domain, selector: 'e', key: 'e.pem' };
  const file = join(dir, 'signed.json');
  await writeFile(
    file,
    JSON.stringify({
      seed: 3,
      client,
      dkim: { ...rsa, per: 'message' },
      messages: [
        { size: '2KiB' },
        { template: { subject, text: 'Once for all.\n.\n' }, dkim: [rsa, ed25519] },
        {
          template: { subject: 'No {{seq}}', text: 'Yours, {{seq}}.\n' },
          dkim: { ...ed25519, per: 'message' },
        },
      ],
      envelope: { from: 'bounce-{{seq}}@a.example.test' },
      scenarios: { default: { executor: 'shared-iterations', vus: 4, iterations: 300 } },
      delivery: {
        expect: 'sink',
        sink: { behaviours: 'behaviours.json' },
      },
      thresholds: { smtp_message_failed: ['rate==0'] },
    }),
  );
  return file;
}
