/**
 * Signing in at real servers: every mechanism at Dovecot's submission, at a Postfix that asks Dovecot and at one that
 * asks Cyrus. The server's log has to name the mechanism and the user; a wrong secret has to end at AUTH with 535.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { makeAuthority } from '../servers/certificates.js';
import { type Dovecot, type DovecotOptions, startDovecot } from '../servers/dovecot.js';
import { eventually } from '../servers/eventually.js';
import { type Postfix, startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { startSmtpSink } from '../servers/smtp-sink.js';
import { temporaryDir } from '../tmp.js';
import { runScenario } from './scenario-run.js';

const AT_BOTH = ['plain', 'login', 'cram-md5', 'digest-md5', 'scram-sha-256'] as const;
/** Dovecot 2.3.13 dropped it. */
const AT_CYRUS = ['ntlm'] as const;
const WITH_TOKEN = ['xoauth2', 'oauthbearer'] as const;
const MECHANISMS = [...AT_BOTH, ...WITH_TOKEN];
type Mechanism = (typeof MECHANISMS)[number] | (typeof AT_CYRUS)[number];

const USER = 'alice';
const PASSWORD = 'correct horse, "battery" \\ stäple=';
/** Of `bob`: Dovecot's DIGEST-MD5 knows no Latin-1 (RFC 2831 §2.1.2.1), and Cyrus' NTLM nothing but ASCII. */
const ASCII_PASSWORD = 'correct horse, "battery" \\ staple=';
const LOAD = { vus: 3, iterations: 12 };

// Side by side, because starting a server and refusing a password is mostly waiting.
describe('signing in', { concurrency: 5 }, () => {
  test('Dovecot submission', async (t) => {
    const dovecot = await startSubmission(t);
    if (dovecot === undefined) return;
    const url = `smtp://127.0.0.1:${dovecot.submissionPort}`;
    for (const mechanism of MECHANISMS) {
      await t.test(`${mechanism}: the log has a login for each session, by that mechanism`, async () => {
        await assertSignsIn(url, auth(mechanism, dovecot));
        const logins = `Login: user=<${userOf(mechanism, dovecot)}>, method=${mechanism.toUpperCase()},`;
        assert.equal(await linesWith(() => dovecot.log(), logins, LOAD.vus), LOAD.vus);
      });
      await t.test(`${mechanism}: a wrong secret is rejected at AUTH`, () =>
        assertRejected(url, auth(mechanism, dovecot, 'wrong')),
      );
    }
  });

  test('Postfix with Dovecot SASL', async (t) => {
    const dovecot = await startSubmission(t);
    if (dovecot === undefined || !requireProgram(t, 'postfix')) return;
    const postfix = await startPostfix({
      extra: {
        ...ONLY_SIGNED_IN,
        smtpd_sasl_type: 'dovecot',
        smtpd_sasl_path: dovecot.authSocket,
      },
    });
    t.after(() => postfix.stop());
    await assertMechanisms(t, postfix, { mechanisms: MECHANISMS, dovecot });
  });

  test('Postfix with Cyrus SASL', async (t) => {
    const saslpasswd = requireProgram(t, 'saslpasswd2');
    if (!saslpasswd || !requireProgram(t, 'Cyrus SASL mechanisms') || !requireProgram(t, 'postfix')) return;
    const postfix = await startPostfix({
      extra: {
        ...ONLY_SIGNED_IN,
        smtpd_sasl_type: 'cyrus',
        cyrus_sasl_config_path: '$config_directory/sasl',
        smtpd_sasl_local_domain: 'example.test',
      },
      prepare: (configDir) => makeSasldb(saslpasswd, join(configDir, 'sasl')),
    });
    t.after(() => postfix.stop());
    await assertMechanisms(t, postfix, { mechanisms: [...AT_BOTH, ...AT_CYRUS] });
  });

  test('EXTERNAL at Dovecot: the certificate says who it is', async (t) => {
    const authority = await makeAuthority(await temporaryDir(t));
    const certificates = { caPath: authority.caPath, ...(await authority.issue('dovecot.example.test')) };
    const dovecot = await startSubmission(t, { certificates });
    if (dovecot === undefined) return;
    const url = `smtp://127.0.0.1:${dovecot.submissionPort}`;
    const tls = { mode: 'starttls', ca: authority.caPath };
    const { certPath: cert, keyPath: key } = await authority.issue(USER);
    const external = { method: 'external' };

    const run = await runScenario({ target: { url, tls: { ...tls, cert, key }, auth: external } }, LOAD);
    assert.equal(run.counts.accepted, LOAD.iterations);
    const logins = `Login: user=<${USER}>, method=EXTERNAL, rip=127.0.0.1, lip=127.0.0.1,`;
    assert.equal(await linesWith(() => dovecot.log(), logins, LOAD.vus), LOAD.vus);

    await t.test('without one it is rejected at AUTH', () => assertRejected(url, external, tls));

    // Dovecot that asks for certificates hands out tickets, and hangs up on who offers one.
    await t.test('a VU that is hung up on for its tickets soon offers none, and says why', async () => {
      const target = { url, tls: { ...tls, cert, key }, auth: external };
      const hungUp = await runScenario({ target, client: { messagesPerSession: 1 } }, { iterations: 30 });
      const { accepted, failed } = hungUp.counts;
      assert.ok(failed >= 1 && failed <= 2, `${failed} failed`);
      assert.equal(accepted, 30 - failed);
      assert.match(hungUp.outcomes.find(({ cause }) => cause === 'tls')?.sample ?? '', /resumption: false/);
    });
  });

  test('users of a CSV file sign in one after the other', async (t) => {
    const users = { alice: 'secret', bob: 'secret, too', carol: '"quoted"' };
    const dovecot = await startSubmission(t, { users });
    if (dovecot === undefined) return;
    const path = join(await temporaryDir(t), 'users.csv');
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const rows = Object.entries(users).map(([user, pass]) => `${user},${quoted(pass)}\n`);
    await writeFile(path, `user,pass\n${rows.join('')}`);
    await assertSignsIn(`smtp://127.0.0.1:${dovecot.submissionPort}`, {
      method: 'scram-sha-256',
      users: path,
    });
    for (const user of Object.keys(users)) {
      assert.equal(await linesWith(() => dovecot.log(), `Login: user=<${user}>, `, 1), 1, user);
    }
  });
});

const ONLY_SIGNED_IN = {
  smtpd_sasl_auth_enable: 'yes',
  smtpd_relay_restrictions: 'permit_sasl_authenticated, reject',
};

/** A Dovecot whose submission is relayed to a sink; undefined after skipping the test. */
async function startSubmission(t: TestContext, options: DovecotOptions = {}): Promise<Dovecot | undefined> {
  for (const name of ['dovecot', 'Dovecot submission', 'Dovecot LMTP', 'smtp-sink'] as const) {
    if (!requireProgram(t, name)) return undefined;
  }
  const sink = await startSmtpSink();
  t.after(() => sink.stop());
  const dovecot = await startDovecot({
    users: { [USER]: PASSWORD, bob: ASCII_PASSWORD },
    relayPort: sink.port,
    ...options,
  });
  t.after(() => dovecot.stop());
  return dovecot;
}

/** What Cyrus in Postfix reads: its configuration, and a database with the user. */
async function makeSasldb(saslpasswd: string, dir: string): Promise<void> {
  const database = join(dir, 'sasldb2');
  await mkdir(dir);
  await writeFile(
    join(dir, 'smtpd.conf'),
    `pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: ${database}
mech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 NTLM SCRAM-SHA-256
`,
  );
  for (const [user, password] of [[USER, PASSWORD] as const, ['bob', ASCII_PASSWORD] as const]) {
    const added = promisify(execFile)(saslpasswd, ['-p', '-c', '-f', database, '-u', 'example.test', user]);
    added.child.stdin?.end(password);
    await added;
  }
  await chmod(database, 0o644);
}

/** `auth` of the scenario; with the secret that is right unless another is given. */
function auth(method: Mechanism, dovecot: Dovecot | undefined, secret?: string): Record<string, unknown> {
  const user = userOf(method, dovecot);
  const common = { method, user, allowPlaintext: true };
  const isToken = WITH_TOKEN.some((one) => one === method);
  if (isToken) return { ...common, token: secret ?? dovecot?.tokenFor(user) };
  return { ...common, pass: secret ?? (user === USER ? PASSWORD : ASCII_PASSWORD) };
}

function userOf(method: Mechanism, dovecot: Dovecot | undefined): string {
  return method === 'ntlm' || (method === 'digest-md5' && dovecot !== undefined) ? 'bob' : USER;
}

async function assertMechanisms(
  t: TestContext,
  postfix: Postfix,
  { mechanisms, dovecot }: { mechanisms: readonly Mechanism[]; dovecot?: Dovecot },
): Promise<void> {
  const url = `smtp://127.0.0.1:${postfix.port}`;
  for (const mechanism of mechanisms) {
    await t.test(`${mechanism}: the log names mechanism and user with every message`, async () => {
      await assertSignsIn(url, auth(mechanism, dovecot));
      const signed = `, sasl_method=${mechanism.toUpperCase()}, sasl_username=${userOf(mechanism, dovecot)}`;
      assert.equal(await linesWith(() => postfix.log(), signed, LOAD.iterations), LOAD.iterations);
    });
    await t.test(`${mechanism}: a wrong secret is rejected at AUTH`, () =>
      assertRejected(url, auth(mechanism, dovecot, 'wrong')),
    );
  }
}

async function assertSignsIn(url: string, auth: Record<string, unknown>): Promise<void> {
  const run = await runScenario({ target: { url, auth } }, LOAD);
  assert.equal(run.counts.accepted, LOAD.iterations, JSON.stringify(run.outcomes));
  assert.equal(run.replies('AUTH', 235), LOAD.vus);
}

async function assertRejected(url: string, auth: Record<string, unknown>, tls?: object): Promise<void> {
  const target = { url, auth, ...(tls && { tls }) };
  const { outcomes } = await runScenario({ target }, { iterations: 1 });
  const seen = outcomes.map(({ outcome, phase, code, scope, count }) => [outcome, phase, code, scope, count]);
  assert.deepEqual(seen, [['rejected', 'AUTH', 535, 'session', 1]]);
}

/** How many lines of a log have this text, as soon as it is `wanted` and a moment has passed. */
async function linesWith(log: () => Promise<string>, text: string, wanted: number): Promise<number> {
  const count = async () => (await log()).split('\n').filter((line) => line.includes(text)).length;
  return eventually(count, (lines) => lines >= wanted);
}
