/** Executors with settings of their own, by the command line: who gets what, how it is sent, and how that is found again. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseReceiptLine } from '#src/delivery/receipt.js';
import { readResult } from '#src/result/run-directory.js';
import { runCli } from '../cli.js';
import { assertAddsUp, assertExit, loadRun, scenarioFile } from './load-run.js';

const TWENTY = { executor: 'shared-iterations', vus: 3, iterations: 20 };

test('each sends its own messages to its own recipients in its own way, and every copy is found, also later', async (t) => {
  const file = await scenarioFile(t, {
    seed: 3,
    target: { url: 'embedded', tls: { verify: false } },
    envelope: { to: { address: 'all{{n}}@rcpt.example.test', users: 5 } },
    scenarios: {
      plain: TWENTY,
      encrypted: { ...TWENTY, with: { target: { tls: { mode: 'starttls' } }, client: { chunking: true } } },
      others: {
        ...TWENTY,
        iteration: 'session',
        iterations: 4,
        with: {
          client: { messagesPerSession: 5, ehlo: 'others.example.test' },
          envelope: {
            to: { address: 'own{{n}}@own.example.test', users: 9, perMessage: 2 },
            from: 'own@example.test',
          },
          messages: [{ size: '9KiB' }],
        },
      },
      pool: { ...TWENTY, with: { client: { kind: 'nodemailer' } } },
      elsewhere: { ...TWENTY, with: { envelope: { to: 'one@elsewhere.example.test' } } },
    },
    delivery: { expect: 'sink' },
    thresholds: { delivery_lost: ['count==0'], checks: ['rate==1'] },
  });
  const run = await loadRun(t, [file, '--workers', '2']);
  assertExit(run, 0);
  assertAddsUp(run.result);
  const { accepted, delivered, unexpected } = run.result.delivery ?? assert.fail();
  assert.deepEqual([accepted, delivered, unexpected], [120, 120, 0]);
  const receipts = readFileSync(join(run.dir, 'receipts.ndjson'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const receipt = line === '' ? null : parseReceiptLine(line);
      return receipt !== null && 'number' in receipt ? [receipt] : [];
    });
  assert.equal(receipts.length, 100);
  for (const { number, rcpt, from, bytes } of receipts) {
    const executor = (number ?? 0) % 5;
    const isOwn = executor === 2;
    const wanted = isOwn ? /^own\d@own\./ : executor === 4 ? /^one@elsewhere\./ : /^all\d@rcpt\./;
    assert.equal(rcpt.length, isOwn ? 2 : 1, `${number}`);
    for (const recipient of rcpt) assert.match(recipient, wanted);
    assert.equal(from === 'own@example.test', isOwn, from);
    assert.ok(Math.abs(bytes - (isOwn ? 9 : 4) * 1024) < 64, `${bytes}`);
  }
  const handshakes = run.result.metrics.smtp_tls_handshakes?.n ?? 0;
  assert.ok(handshakes >= 1 && handshakes <= 3, `${handshakes} sessions of one executor`);

  const before = readResult(run.dir).delivery;
  const again = await runCli(['verify', run.dir, '--quiet']);
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(readResult(run.dir).delivery, before);
});

test('what an executor expects holds where neither message nor recipient says otherwise', async (t) => {
  const file = await scenarioFile(t, {
    envelope: { to: [{ address: 'a@rcpt.example.test' }] },
    scenarios: {
      usual: TWENTY,
      refused: { ...TWENTY, expect: 'rejected' },
      own: { ...TWENTY, expect: 'rejected', with: { messages: [{ size: '1KiB', expect: 'accepted' }] } },
      absent: { ...TWENTY, expect: { ifOffered: true }, with: { envelope: { prdr: true } } },
      unforeseen: { ...TWENTY, with: { envelope: { prdr: true } } },
    },
  });
  const { result } = await loadRun(t, [file]);
  const failed = (name: string) => result.metrics[`smtp_message_failed{scenario:${name}}`]?.values.rate;
  assert.deepEqual(['usual', 'refused', 'own', 'absent', 'unforeseen'].map(failed), [0, 1, 0, 0, 1]);
  const missing = (name: string) => result.metrics[`smtp_messages_not_offered{scenario:${name}}`]?.n;
  assert.deepEqual(['usual', 'absent', 'unforeseen'].map(missing), [undefined, 20, 20]);
});
