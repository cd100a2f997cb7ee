/** What a hostile server says, from the wire to every file of a run: bounded, harmless where it is shown, and without secrets. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadRun, scenarioFile } from '#test/e2e/load-run.js';
import { type Behaviour, startGoodServer } from './good-dialog.js';

const PASS = 'xylophone zebra quartz';
const MARKUP = '<script>alert(1)</script> <img src=x onerror=alert(2)> ]]> | `x` **b** @team';
const CONTROLS = '\x1b[31mred\x1b]0;title\x07 \x9b2J \x00 \x7f \b\b';
const EVIL = `535-5.7.8 ${MARKUP}\r\n535 5.7.8 ${CONTROLS}`;
/** As it goes over the wire with AUTH PLAIN. */
const PLAIN = Buffer.from(`\0alice\0${PASS}`).toString('base64');

const BEHAVIOURS: Readonly<Record<string, Behaviour['always']>> = {
  'in one reply': { AUTH: `${EVIL} you said ${PASS}, ${PLAIN}\r\n` },
  'through the place where replies are cut': {
    AUTH: `535 ${'.'.repeat(500 - 8)}${PASS}${'.'.repeat(30_000)}\r\n`,
  },
  'as it was sent': { AUTH: (_peer, _good, line) => `535 5.7.8 what do you mean, ${line}?\r\n` },
};

for (const [how, always] of Object.entries(BEHAVIOURS)) {
  test(`a password quoted back ${how} reaches no file, and nothing that was said acts anywhere`, async (t) => {
    const server = await startGoodServer(t, { capabilities: ['AUTH PLAIN'], always: always ?? {} });
    const file = await scenarioFile(
      t,
      `name: texts
target:
  url: smtp://127.0.0.1:${server.raw.port}
  auth: { method: plain, user: alice, pass: "${PASS}", allowPlaintext: true }
scenarios: { a: { executor: shared-iterations, vus: 1, iterations: 2 } }
`,
    );
    const { dir, stdout, stderr, result } = await loadRun(t, [file, '--log-messages', 'all']);
    assert.equal(result.counts.rejected, 2);
    for (const row of result.outcomes) assert.ok(row.sample.length <= 500, 'a long sample');
    const texts = new Map(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'utf8')]));
    texts.set('stdout', stdout).set('stderr', stderr);
    for (const [name, text] of texts) assertHarmless(name, text);
  });
}

function assertHarmless(name: string, text: string): void {
  for (const secret of [PASS, PASS.slice(0, 6), PLAIN, Buffer.from(PASS).toString('base64')])
    assert.equal(text.includes(secret), false, `${name} holds ${secret}`);
  // JSON writes C0 out and nothing else; tabs and line ends are the files' own.
  const controls = /json$/.test(name) ? /[\x00-\x08\x0b-\x1f]/ : /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/;
  assert.doesNotMatch(text, controls, `${name} holds a control character`);
  if (name.endsWith('.html')) assert.doesNotMatch(text, /<script>alert|<img src=x/, name);
  if (name.endsWith('.xml')) assert.doesNotMatch(text, /<script>|<img|\]\]>/, name);
  if (name.endsWith('.md')) assert.doesNotMatch(text, /<script>|<img|[^\\]`x`|@team/, name);
}
