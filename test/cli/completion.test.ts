import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COMMANDS, nameOf } from '#src/cli/commands.js';
import { candidates } from '#src/cli/completion.js';
import { runCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

const texts = async (...words: string[]) => (await candidates(words)).map(({ text }) => text);

describe('candidates', () => {
  test('of the first word are the commands, with what they do', async () => {
    const found = await candidates(['']);
    assert.deepEqual(
      found.filter(({ text }) => !text.startsWith('-')).map(({ text }) => text),
      COMMANDS.map(nameOf),
    );
    assert.ok(found.every(({ description }) => description !== ''));
    assert.deepEqual(await texts('re'), ['rerun', 'report']);
    assert.deepEqual(await texts('--v'), ['--version']);
  });

  test('behind a command are its flags, once each, but for those that may stand again', async () => {
    assert.deepEqual(await texts('run', '--l'), ['--log-messages']);
    assert.deepEqual(await texts('run', '--rate', '5', '--ra'), []);
    assert.deepEqual(await texts('run', '--set', 'a=1', '--se'), ['--seed', '--set']);
    for (const command of COMMANDS) {
      const flags = await candidates([nameOf(command), '-']);
      assert.ok(
        flags.every(({ description }) => description !== ''),
        nameOf(command),
      );
      assert.ok(flags.some(({ text }) => text === '--help'));
    }
  });

  test('a switch is proposed in the forms that change something', async () => {
    assert.deepEqual(await texts('run', '--color'), ['--color']);
    assert.deepEqual(await texts('run', '--no'), ['--no-color']);
    assert.deepEqual(await texts('sink', '--no'), ['--no-starttls']);
    assert.deepEqual(await texts('sink', '--start'), []);
  });

  test('behind a flag are its values, or files where it has none of its own', async () => {
    assert.deepEqual(await texts('run', '--summary-mode', ''), ['compact', 'full', 'disabled']);
    assert.deepEqual(await texts('run', '--summary-mode', '=', 'f'), ['full']);
    assert.deepEqual(await texts('run', '--pipelining', 'a'), ['auto']);
    assert.deepEqual(await texts('sink', '--profile', ''), ['gmail', 'outlook', 'yahoo']);
    assert.deepEqual(await texts('run', '--out', ''), []);
    assert.deepEqual(await texts('run', ''), []);
    assert.deepEqual(await texts('run', '--quiet', 'qu'), []);
  });

  test('of arguments are their words', async () => {
    assert.deepEqual(await texts('schema', ''), ['scenario', 'experiment', 'behaviours']);
    assert.deepEqual(await texts('completion', 'z'), ['zsh']);
    assert.deepEqual(await texts('schema', 'scenario', ''), []);
    assert.deepEqual(await texts('no-such-command', ''), []);
  });

  test('of a run are latest and the runs in reports/, the newest first', async (t) => {
    const cwd = await temporaryDir(t);
    for (const name of ['20261122-081403-aaaa', '20261123-081403-bbbb', 'example'])
      mkdirSync(join(cwd, 'reports', name), { recursive: true });
    const { stdout } = await runCli(['__complete', 'rerun', ''], { cwd });
    assert.equal(stdout, 'latest\n20261123-081403-bbbb\n20261122-081403-aaaa\n');
  });
});

describe('mailbench completion', { concurrency: 2 }, () => {
  test('prints the script of the shell that is named, or of $SHELL', async () => {
    const script = async (args: readonly string[], SHELL: string) =>
      (await runCli(['completion', ...args], { env: { SHELL } })).stdout;
    assert.match(await script([], '/bin/bash'), /^complete .* mailbench$/m);
    assert.match(await script([], '/usr/bin/zsh'), /^#compdef mailbench/);
    assert.match(await script(['zsh'], '/bin/bash'), /^#compdef mailbench/);
    assert.equal((await runCli(['completion', 'fish'])).code, 104);
  });

  test('the one of bash proposes what the command line says', async (t) => {
    const folder = await temporaryDir(t);
    writeFileSync(join(folder, 'mailbench'), `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`);
    chmodSync(join(folder, 'mailbench'), 0o755);
    const { stdout: script } = await runCli(['completion', 'bash']);
    const proposed = (...words: string[]) => {
      const line = words.map((word) => `'${word}'`).join(' ');
      const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _mailbench; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
      const out = execFileSync('bash', ['--norc', '-c', `${script}\n${ask}`], { env, encoding: 'utf8' });
      return out.split('\n').filter((text) => text !== '');
    };
    assert.deepEqual(proposed('mailbench', 're'), ['rerun', 'report']);
    assert.deepEqual(proposed('mailbench', 'run', '--pipelining', ''), ['off', 'auto', 'coalesced']);
    assert.deepEqual(proposed('mailbench', 'run', 'scenarios/q'), []);
  });
});
