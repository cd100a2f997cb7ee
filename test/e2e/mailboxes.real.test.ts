/**
 * `mailbench run` into a real Dovecot, with the proof read from its mailboxes: LMTP in, a Sieve rule that files a share
 * into Junk, IMAP or Maildirs out. Placement has to agree with what lies on the disk, to the message.
 */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { readDeliveryDetails } from '#src/result/delivery-details.js';
import { type Dovecot, startDovecot } from '../servers/dovecot.js';
import { requireProgram } from '../servers/require-program.js';
import { assertAddsUp, assertExit, loadRun, scenarioFile } from './load-run.js';

const USERS = 5;
const MESSAGES = 600;
const FOLDERS = { inbox: ['INBOX'], junk: ['Junk'] };
const SIEVE = `require ["fileinto", "mailbox"];
if header :is "X-Spam" "yes" { fileinto :create "Junk"; }
`;

describe('mailbench run with proof from the mailboxes of a Dovecot', () => {
  for (const expect of ['imap', 'maildir'] as const) {
    test(`by ${expect}: nothing is lost, and placement is found exactly`, async (t) => {
      const dovecot = await start(t);
      if (dovecot === undefined) return;
      const file = await scenarioFile(t, {
        target: { url: `lmtp://127.0.0.1:${dovecot.lmtpPort}` },
        messages: [
          { weight: 3, template: { text: 'A letter {{seq}}\n' } },
          { weight: 1, template: { text: 'A prize {{seq}}\n', headers: { 'X-Spam': 'yes' } } },
        ],
        envelope: { to: { address: 'user{{n}}@rcpt.example.test', users: USERS } },
        scenarios: { all: { executor: 'shared-iterations', vus: 5, iterations: MESSAGES } },
        delivery: { expect, wait: '45s', ...sourceOf(expect, dovecot) },
        thresholds: { delivery_lost: ['count==0'], delivery_duplicated: ['count==0'] },
      });
      const run = await loadRun(t, [file]);
      assertExit(run, 0);
      assertAddsUp(run.result);
      const { delivery, metrics } = run.result;
      assert.deepEqual(
        [delivery?.accepted, delivery?.delivered, delivery?.corrupted, delivery?.unexpected],
        [MESSAGES, MESSAGES, 0, 0],
      );
      assert.equal(metrics.smtp_delivery_duration?.n, MESSAGES);
      const details = readDeliveryDetails(run.dir);
      const junk = await countJunk(dovecot);
      assert.ok(junk > 75 && junk < 225, `${junk} in Junk`);
      assert.deepEqual(details?.placements, { inbox: MESSAGES - junk, junk });
      for (const name of await readdir(run.dir))
        assert.doesNotMatch(await readFile(join(run.dir, name), 'utf8'), /secret-of-/, name);
    });
  }
});

function sourceOf(expect: 'imap' | 'maildir', { host, imapPort, mailDir }: Dovecot): object {
  if (expect === 'maildir') return { maildir: { path: `${mailDir}/{{user}}`, folders: FOLDERS } };
  const accounts = Object.entries(PASSWORDS).map(([user, pass]) => ({ user, pass }));
  return { imap: { url: `imap://${host}:${imapPort}`, accounts, folders: FOLDERS } };
}

const PASSWORDS = Object.fromEntries(
  Array.from({ length: USERS }, (_, index) => [`user${index + 1}`, `secret-of-${index + 1}`]),
);

/** Files in the Junk folders, by their directories. */
async function countJunk({ mailDir }: Dovecot): Promise<number> {
  const folders = Object.keys(PASSWORDS).flatMap((user) =>
    ['new', 'cur'].map((name) => join(mailDir, user, '.Junk', name)),
  );
  const files = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  return files.flat().length;
}

async function start(t: TestContext): Promise<Dovecot | undefined> {
  for (const name of [
    'dovecot',
    'Dovecot LMTP',
    'Dovecot submission',
    'Dovecot IMAP',
    'Dovecot Sieve',
  ] as const)
    if (!requireProgram(t, name)) return undefined;
  const dovecot = await startDovecot({
    users: PASSWORDS,
    imap: true,
    sieve: SIEVE,
    extra: 'mail_fsync = never',
  });
  t.after(() => dovecot.stop());
  return dovecot;
}
