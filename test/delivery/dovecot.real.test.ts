/**
 * Mailboxes of a real Dovecot, read by IMAP and as Maildirs while mail is delivered to them by LMTP: all of it is
 * found, once, in the folder where a Sieve rule put it. What lies in the Maildirs is counted here by other means.
 */
import assert from 'node:assert/strict';
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createImapReader } from '#src/delivery/imap-reader.js';
import type { MailboxOptions } from '#src/delivery/mailbox.js';
import { createMaildirReader } from '#src/delivery/maildir-reader.js';
import type { DeliveryReader } from '#src/delivery/reader.js';
import { parseStamp } from '#src/message/stamp.js';
import type { ImapSource } from '#src/scenario/delivery-options.js';
import { runScenario } from '../e2e/scenario-run.js';
import { makeAuthority } from '../servers/certificates.js';
import { type Dovecot, type DovecotOptions, startDovecot } from '../servers/dovecot.js';
import { eventually } from '../servers/eventually.js';
import { requireProgram } from '../servers/require-program.js';
import { dial } from '../sink/dialog.js';
import { temporaryDir } from '../tmp.js';
import { startCutProxy } from './cut-proxy.js';
import { type Heard, listener, numbers, RUN, stamped } from './stored-mail.js';

const USERS = 8;
const MESSAGES = 2_000;
const FOLDERS = { inbox: ['INBOX'], junk: ['Junk'], other: ['Lists'] };
const SIEVE = `require ["fileinto", "mailbox"];
if header :is "X-Spam" "yes" { fileinto :create "Junk"; }
elsif header :is "X-List" "yes" { fileinto :create "Lists"; }
`;

describe('mailboxes of a Dovecot', { concurrency: 1 }, () => {
  test(`${MESSAGES} messages to ${USERS} mailboxes: each is found once, where it is, by IMAP and as Maildirs`, async (t) => {
    const dovecot = await start(t);
    if (dovecot === undefined) return;
    const readers = [
      await opened(t, imap(dovecot), { run: null }),
      await opened(t, maildirs(dovecot), { run: null }),
    ];
    const load = sendAll(dovecot);
    let isOver = false;
    const reading = readers.map(async ({ reader }) => {
      while (!isOver) {
        await reader.read();
        await sleep(300);
      }
      await reader.read();
    });
    const { counts } = await load.finally(() => {
      isOver = true;
    });
    await Promise.all(reading);
    assert.equal(counts.acceptedCopies, MESSAGES);

    const there = await stored(dovecot);
    assert.equal(there.size, MESSAGES);
    const placed = (placement: string) => [...there.values()].filter((one) => one.placement === placement);
    // Weighted 7 to 2 to 1; standard deviations 21, 18 and 13.
    for (const [placement, expected] of [
      ['inbox', 1400],
      ['junk', 400],
      ['other', 200],
    ] as const) {
      assert.ok(
        Math.abs(placed(placement).length - expected) < 100,
        `${placement}: ${placed(placement).length}`,
      );
    }
    for (const { heard } of readers) {
      assert.deepEqual(
        numbers(heard),
        [...there.keys()].sort((a, b) => a - b),
      );
      for (const { number, placement, rcpt, bytes, intact } of heard.receipts) {
        const truth = there.get(number ?? -1);
        assert.deepEqual(
          [placement, rcpt[0], bytes, intact],
          [truth?.placement, truth?.address, truth?.bytes, true],
        );
      }
      assert.deepEqual(
        heard.acknowledgements,
        heard.receipts.map(({ id }) => id),
      );
    }

    const [victim, truth] = [...there].find(([, { placement }]) => placement === 'junk') ?? assert.fail();
    await damage(truth.path);
    const run = readers[0]?.heard.receipts[0]?.run ?? assert.fail();
    for (const source of [imap(dovecot), maildirs(dovecot)]) {
      const { heard, reader } = await opened(t, source, { run });
      await reader.read();
      assert.equal(heard.receipts.length, MESSAGES);
      assert.deepEqual(
        heard.receipts.filter(({ intact }) => !intact).map(({ number }) => number),
        [victim],
      );
      const sampled = await opened(t, source, { run, sample: 0.1 });
      await sampled.reader.read();
      const examined = sampled.heard.receipts.filter(({ intact }) => intact !== null).length;
      // Standard deviation 13.
      assert.ok(Math.abs(examined - MESSAGES / 10) < 80, String(examined));
      const none = await opened(t, source, { run: 'another' });
      await none.reader.read();
      assert.deepEqual(numbers(none.heard), []);
    }
  });

  test('news is told by IDLE, without a read; a bounce is examined whatever the sample', async (t) => {
    const dovecot = await start(t, { users: ONE_USER });
    if (dovecot === undefined) return;
    const { heard, reader } = await opened(t, imap(dovecot, ONE_USER), { sample: 0 });
    await reader.read();
    await deliver(dovecot, stamped({ number: 1 }));
    await eventually(
      async () => heard.receipts.length,
      (length) => length === 1,
    );
    assert.deepEqual(numbers(heard), [1]);
    await deliver(dovecot, REPORT);
    await eventually(
      async () => heard.receipts.length,
      (length) => length === 2,
    );
    const [, bounce] = heard.receipts;
    assert.deepEqual(
      [bounce?.dsn?.run, bounce?.dsn?.number, bounce?.dsn?.recipients[0]?.status],
      [RUN, 7, '5.1.1'],
    );
    await reader.read();
    assert.equal(heard.receipts.length, 2);
  });

  test('without IDLE news is told by the next read', async (t) => {
    const dovecot = await start(t, { users: ONE_USER, extra: 'imap_capability = IMAP4rev1 UIDPLUS' });
    if (dovecot === undefined) return;
    const { heard, reader } = await opened(t, imap(dovecot, ONE_USER));
    for (const number of [1, 2, 3]) {
      await deliver(dovecot, stamped({ number }));
      await reader.read();
      assert.equal(heard.receipts.at(-1)?.number, number);
    }
    await deliver(dovecot, stamped({ number: 4 }).replace('Subject:', 'X-Spam: yes\r\nSubject:'));
    await reader.read();
    assert.deepEqual(numbers(heard), [1, 2, 3, 4]);
    assert.equal(heard.receipts.at(-1)?.placement, 'junk');
  });

  test('connections that are lost at any point neither double nor lose a message', async (t) => {
    const dovecot = await start(t, { users: ONE_USER });
    if (dovecot === undefined) return;
    const proxy = await startCutProxy(dovecot.imapPort);
    t.after(() => proxy.stop());
    const { heard, reader } = await opened(t, { ...imap(dovecot, ONE_USER), port: proxy.port });
    const all = Array.from({ length: 120 }, (_, number) => number);
    for (const number of all) await deliver(dovecot, stamped({ number, body: 'line\r\n'.repeat(200) }));
    proxy.budgets.push(500, 1_000, 3_000, 10_000, 40_000, 80_000, 2_000, 120_000);
    proxy.cut();
    for (let reads = 0; reads < 8; reads++) await reader.read();
    assert.deepEqual(numbers(heard), all);
    assert.ok(proxy.connections >= 9, String(proxy.connections));
    proxy.cut();
    await deliver(dovecot, stamped({ number: 500 }));
    await reader.read();
    assert.deepEqual(numbers(heard), [...all, 500]);
  });

  test('a message that the server cannot send whole keeps no other from being read', async (t) => {
    const dovecot = await start(t, { users: ONE_USER });
    if (dovecot === undefined) return;
    for (const number of [1, 2, 3, 4])
      await deliver(dovecot, stamped({ number, body: 'line\r\n'.repeat(2_000) }));
    const folder = join(dovecot.mailDir, 'alice/new');
    // Not by name: its microseconds have no fixed width, so that names do not sort as they came.
    for (const name of await readdir(folder)) {
      const message = await readFile(join(folder, name));
      if (parseStamp(message)?.number === 2) await writeFile(join(folder, name), message.subarray(0, 5_000));
    }
    const { heard, reader } = await opened(t, imap(dovecot, ONE_USER));
    await reader.read();
    assert.deepEqual(
      heard.receipts.map(({ number, intact }) => [number, intact]),
      [
        [1, true],
        [2, null],
        [3, true],
        [4, true],
      ],
    );
    assert.ok(heard.skips.includes('message 2 of "INBOX" of "alice" could not be read whole'));
  });

  test('after a change of UIDVALIDITY what was told stays told, and what is new is told', async (t) => {
    const dovecot = await start(t, { users: ONE_USER });
    if (dovecot === undefined) return;
    const proxy = await startCutProxy(dovecot.imapPort);
    t.after(() => proxy.stop());
    const { heard, reader } = await opened(t, { ...imap(dovecot, ONE_USER), port: proxy.port });
    for (const number of [1, 2, 3]) await deliver(dovecot, stamped({ number }));
    await reader.read();
    const [before] = heard.receipts;
    proxy.cut();
    // UIDVALIDITY is in seconds.
    await sleep(1_500);
    const mailbox = join(dovecot.mailDir, 'alice');
    for (const name of await readdir(mailbox)) {
      if (name.startsWith('dovecot')) await rm(join(mailbox, name));
    }
    await deliver(dovecot, stamped({ number: 4 }));
    await reader.read();
    assert.deepEqual(numbers(heard), [1, 2, 3, 4]);
    assert.ok(heard.skips.some((what) => /^UIDVALIDITY of "INBOX" of "alice" changed/.test(what)));
    const validity = (id = '') => id.split('/')[2];
    assert.notEqual(validity(heard.receipts.at(-1)?.id), validity(before?.id));
  });

  test('TLS, wrong passwords and servers that are not there', async (t) => {
    if (!requireProgram(t, 'openssl')) return;
    const dir = await temporaryDir(t);
    const authority = await makeAuthority(dir);
    const certificates = { caPath: authority.caPath, ...(await authority.issue('localhost')) };
    const dovecot = await start(t, { users: ONE_USER, certificates });
    if (dovecot === undefined) return;
    await deliver(dovecot, stamped({ number: 1 }));
    const source = imap(dovecot, ONE_USER);
    for (const [tls, port] of [
      ['starttls', dovecot.imapPort],
      ['implicit', dovecot.imapTlsPort],
    ] as const) {
      const { heard, reader } = await opened(t, { ...source, tls, port });
      await reader.read();
      assert.deepEqual(numbers(heard), [1]);
      await assert.rejects(opened(t, { ...source, tls, port, verify: true }), {
        code: 'DELIVERY_IMAP_UNREACHABLE',
      });
    }
    const accounts = [{ user: 'alice', pass: 'not-the-secret', address: '' }];
    const error = await opened(t, { ...source, accounts }).catch((reason) => reason);
    assert.equal(error.code, 'DELIVERY_IMAP_LOGIN');
    assert.doesNotMatch(`${error.message}${error.hint}${error.stack}`, /not-the-secret/);
    assert.equal(error.cause, undefined);
    const lasting = await opened(t, source);
    await lasting.reader.read();
    await dovecot.stop();
    for (let reads = 0; reads < 2; reads++) await lasting.reader.read();
    const troubles = lasting.heard.skips.filter((what) => what.includes('cannot be read at the moment'));
    assert.equal(troubles.length, 1);
    assert.doesNotMatch(lasting.heard.skips.join(), /secret/);
    assert.deepEqual(numbers(lasting.heard), [1]);
    await assert.rejects(opened(t, source), { code: 'DELIVERY_IMAP_UNREACHABLE', message: /ECONNREFUSED/ });
  });
});

const ONE_USER = { alice: 'secret' };
const ALL_USERS = Object.fromEntries(
  Array.from({ length: USERS }, (_, index) => [`user${index + 1}`, `secret${index + 1}`]),
);

async function start(t: TestContext, options: DovecotOptions = {}): Promise<Dovecot | undefined> {
  for (const name of [
    'dovecot',
    'Dovecot LMTP',
    'Dovecot submission',
    'Dovecot IMAP',
    'Dovecot Sieve',
  ] as const) {
    if (!requireProgram(t, name)) return undefined;
  }
  const dovecot = await startDovecot({
    users: ALL_USERS,
    imap: true,
    sieve: SIEVE,
    extra: 'mail_fsync = never',
    ...options,
  });
  t.after(() => dovecot.stop());
  return dovecot;
}

function imap(dovecot: Dovecot, users: Readonly<Record<string, string>> = ALL_USERS): ImapSource {
  const accounts = Object.entries(users).map(([user, pass]) => ({ user, pass, address: '' }));
  const { host, imapPort: port } = dovecot;
  return { host, port, tls: 'none', verify: false, accounts, folders: FOLDERS };
}

function maildirs({ mailDir }: Dovecot): { path: string; folders: typeof FOLDERS } {
  return { path: `${mailDir}/{{user}}`, folders: FOLDERS };
}

async function opened(
  t: TestContext,
  source: ImapSource | ReturnType<typeof maildirs>,
  options: Partial<MailboxOptions> = {},
): Promise<{ heard: Heard; reader: DeliveryReader }> {
  const all = { run: RUN, sample: 1, seed: 1, ...options };
  const reader = 'path' in source ? createMaildirReader(source, all) : createImapReader(source, all);
  t.after(() => reader.close());
  const heard = listener();
  await reader.open(heard);
  return { heard, reader };
}

/** By mailbench's own client. */
function sendAll(dovecot: Dovecot) {
  const template = (headers: Readonly<Record<string, string>>) => ({
    template: { text: 'Line {{seq}}\n'.repeat(20), headers },
  });
  return runScenario(
    {
      target: { url: `lmtp://127.0.0.1:${dovecot.lmtpPort}` },
      messages: [
        { weight: 7, ...template({}) },
        { weight: 2, ...template({ 'X-Spam': 'yes' }) },
        { weight: 1, ...template({ 'X-List': 'yes' }) },
      ],
      envelope: { to: { address: 'user{{n}}@rcpt.example.test', users: USERS } },
    },
    { vus: 8, iterations: MESSAGES },
  );
}

interface Stored {
  readonly path: string;
  readonly address: string;
  readonly placement: string;
  readonly bytes: number;
}

/** What lies in the Maildirs, by message number: with grep's eyes, not with the reader's. */
async function stored({ mailDir }: Dovecot): Promise<Map<number, Stored>> {
  const found = new Map<number, Stored>();
  const names = await readdir(mailDir, { recursive: true, withFileTypes: true });
  for (const entry of names.filter((one) => one.isFile() && /\/(new|cur)$/.test(one.parentPath))) {
    const path = join(entry.parentPath, entry.name);
    const text = await readFile(path, 'latin1');
    const number = Number(/^X-Mailbench: .*; n=(\d+);/m.exec(text)?.[1]);
    const folder = /\/\.(Junk|Lists)\//.exec(path)?.[1];
    const address = `${/\/mail\/(user\d)\//.exec(path)?.[1]}@rcpt.example.test`;
    const placement = folder === 'Junk' ? 'junk' : folder === 'Lists' ? 'other' : 'inbox';
    assert.equal(placement === 'junk', text.includes('\nX-Spam: yes\n'));
    assert.ok(!found.has(number), `${number} lies there twice`);
    found.set(number, { path, address, placement, bytes: text.split('\n').join('\r\n').length });
  }
  return found;
}

/** Changes one letter of the body, and nothing else that could be seen. */
async function damage(path: string): Promise<void> {
  const { atime, mtime } = await stat(path);
  const text = await readFile(path, 'latin1');
  assert.match(text, /Line/);
  await writeFile(path, text.replace(/Line(?!.*Line)/s, 'Lime'), 'latin1');
  await utimes(path, atime, mtime);
}

async function deliver(dovecot: Dovecot, message: string): Promise<void> {
  const lmtp = dial(dovecot.lmtpPort);
  await lmtp.reply();
  for (const line of ['LHLO t.example.test', 'MAIL FROM:<>', 'RCPT TO:<alice@example.test>', 'DATA']) {
    await lmtp.ask(line);
  }
  const { code, lines } = await lmtp.ask(`${message.replace(/^\./gm, '..')}.`);
  assert.equal(code, 250, lines.join(' '));
  lmtp.destroy();
}

const REPORT = `Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="b"

--b

It failed.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.test

Final-Recipient: rfc822; nobody@rcpt.example.test
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

${stamped({ number: 7 }).split('\r\n\r\n')[0]}

--b--
`.replace(/\r?\n/g, '\r\n');
