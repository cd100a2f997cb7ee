/** The examples with TLS and AUTH of docs/protocol.md, as printed, against the server it says to start. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../cli.js';
import { freePort } from '../free-port.js';
import {
  EXAMPLE_FOLDER,
  EXAMPLE_PASSWORD,
  EXAMPLE_PORT,
  startExampleServer,
} from '../servers/example-server.js';
import { requireProgram } from '../servers/require-program.js';
import { codeBlocks } from './markdown.js';

const PAGE = new URL('../../docs/protocol.md', import.meta.url);
const MECHANISMS = { 'client-certificate': 'EXTERNAL', scram: 'SCRAM-SHA-256' } as const;

test('the examples with a client certificate and with SCRAM work as printed', async (t) => {
  for (const name of ['dovecot', 'Dovecot submission', 'smtp-sink'] as const)
    if (!requireProgram(t, name)) return;
  const folder = await mkdtemp(join(tmpdir(), 'mailbench-readme-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const server = await startExampleServer(join(folder, EXAMPLE_FOLDER), await freePort());
  t.after(() => server.stop());
  for (const [name, mechanism] of Object.entries(MECHANISMS)) {
    const text = exampleNamed(name);
    assert.ok(text.includes(`localhost:${EXAMPLE_PORT}`), 'the port of the page is that of the server');
    const file = join(folder, `${name}.yaml`);
    await writeFile(file, text.replace(`:${EXAMPLE_PORT}`, `:${server.port}`));
    const { code, stdout, stderr } = await runCli(['run', file, '--out', folder], {
      env: { SMTP_PASS: EXAMPLE_PASSWORD },
    });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /200 {4}100% {2}accepted 250/);
    const logins = (await server.log()).split(`method=${mechanism},`).length - 1;
    assert.equal(logins, 5, `each of five sessions logs in by ${mechanism}`);
  }
});

function exampleNamed(name: string): string {
  const blocks = codeBlocks(readFileSync(PAGE, 'utf8'));
  const found = blocks.filter(({ text }) => text.startsWith(`name: ${name}\n`));
  assert.equal(found.length, 1, `one example named ${name}`);
  return found[0]?.text ?? '';
}
