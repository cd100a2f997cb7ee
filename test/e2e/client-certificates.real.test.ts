/**
 * Client certificates at a real Postfix, as the command line sends them: only who has one may relay.
 */
import assert from 'node:assert/strict';
import { chmod, readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { type Authority, makeAuthority } from '../servers/certificates.js';
import { eventually } from '../servers/eventually.js';
import { startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { temporaryDir } from '../tmp.js';
import { assertAddsUp, assertExit, loadRun, outcomesOf, scenarioFile } from './load-run.js';

const MESSAGES = 60;
const VUS = 3;

test('a client certificate: Postfix relays for who has one it trusts, and for nobody else', async (t) => {
  const dir = await temporaryDir(t);
  await chmod(dir, 0o755);
  const authority = await makeAuthority(dir);
  const postfix = await startWith(t, authority);
  if (postfix === undefined) return;
  const url = `smtp://127.0.0.1:${postfix.port}`;
  const { certPath: cert, keyPath: key } = await authority.issue('load.example.test');
  const file = (tls: object) =>
    scenarioFile(t, {
      target: { url, tls: { mode: 'starttls', ca: authority.caPath, ...tls } },
      scenarios: { test: { executor: 'shared-iterations', vus: VUS, iterations: MESSAGES } },
    });

  const known = await loadRun(t, [await file({ cert, key })]);
  assertExit(known, 0);
  assertAddsUp(known.result);
  assert.equal(known.result.counts.accepted, MESSAGES);
  await postfix.waitForEmptyQueue();
  assert.equal((await postfix.countsFromLog()).accepted, MESSAGES);
  const trusted = /Trusted TLS connection established from .* TLSv1\.3 /g;
  const handshakes = await eventually(
    async () => (await postfix.log()).match(trusted)?.length ?? 0,
    (count) => count >= VUS,
  );
  assert.equal(handshakes, VUS);

  const stranger = await (await makeAuthority(dir, 'stranger')).issue('load.example.test');
  for (const tls of [{}, { cert: stranger.certPath, key: stranger.keyPath }]) {
    const unknown = await loadRun(t, [await file(tls)]);
    assertExit(unknown, 99);
    assert.deepEqual(outcomesOf(unknown.result), [
      { outcome: 'rejected', phase: 'RCPT', cause: '', count: MESSAGES },
    ]);
  }
  assert.equal((await postfix.countsFromLog()).accepted, MESSAGES);
  assert.doesNotMatch(known.stdout + (await readFile(`${known.dir}/result.json`, 'utf8')), /BEGIN/);
});

async function startWith(t: TestContext, authority: Authority) {
  if (!requireProgram(t, 'postfix')) return undefined;
  const { certPath, keyPath } = await authority.issue('mx.example.test');
  const postfix = await startPostfix({
    extra: {
      smtpd_tls_security_level: 'may',
      smtpd_tls_chain_files: `${keyPath}, ${certPath}`,
      smtpd_tls_CAfile: authority.caPath,
      smtpd_tls_ask_ccert: 'yes',
      smtpd_tls_loglevel: '1',
      smtpd_relay_restrictions: 'permit_tls_all_clientcerts, reject',
      smtpd_error_sleep_time: '0',
      smtpd_hard_error_limit: '10000',
      smtpd_soft_error_limit: '10000',
    },
  });
  t.after(() => postfix.stop());
  return postfix;
}
