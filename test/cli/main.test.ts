import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { runCli } from '../cli.js';

const COMMANDS = ['run', 'rerun', 'report', 'verify', 'init', 'validate', 'schema', 'sink', 'completion'];
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

describe('mailbench', { concurrency: 2 }, () => {
  test('--help lists every command, examples and the exit codes', async () => {
    const { code, stdout, stderr } = await runCli(['--help']);
    assert.deepEqual([code, stderr], [0, '']);
    for (const command of COMMANDS)
      assert.match(stdout, new RegExp(`^ +mailbench ${command}\\b.* {2}\\S`, 'm'));
    assert.match(stdout, /Examples:\n +mailbench run/);
    assert.match(stdout, /Exit codes:\n +0 +ok/);
  });

  for (const command of COMMANDS) {
    test(`${command} --help describes its flags and gives an example`, async () => {
      const { code, stdout, stderr } = await runCli([command, '--help']);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, new RegExp(`^mailbench ${command}`));
      assert.match(stdout, new RegExp(`Examples:\\n +mailbench ${command}`));
      // A flag without a description is a line that ends after its name.
      assert.doesNotMatch(stdout, /^ +--[\w-]+ +\[/m);
    });
  }

  test('--version is that of package.json', async () => {
    for (const flag of ['--version', '-v']) {
      assert.deepEqual(await runCli([flag]), { code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
    }
  });

  test('complaints are in English whatever the locale', async () => {
    const { code, stderr } = await runCli(['run', '--vsu', '1'], { env: { LC_ALL: 'de_DE.UTF-8' } });
    assert.equal(code, 104);
    assert.match(stderr, /--vsu is not a flag of this command.*\n +Did you mean --vus\?/);
  });

  test('a flag that stands twice is refused, unless it may', async () => {
    const doubled = await runCli(['sink', '--receipts', 'a', '--receipts', 'b']);
    assert.equal(doubled.code, 104);
    assert.match(doubled.stderr, /--receipts is given more than once/);
    const listed = await runCli(['validate', 'scenarios/quick.yaml', '--set', 'name=a', '--set', 'seed=1']);
    assert.equal(listed.code, 0, listed.stderr);
  });

  test('schema prints a JSON Schema', async () => {
    const { code, stdout } = await runCli(['schema']);
    assert.equal(code, 0);
    assert.equal(typeof JSON.parse(stdout).properties.scenarios, 'object');
  });

  test('schema behaviours prints the one of behaviour files', async () => {
    const { code, stdout } = await runCli(['schema', 'behaviours']);
    assert.equal(code, 0);
    assert.equal(typeof JSON.parse(stdout).properties.behaviours, 'object');
  });

  test('schema knows no other files', async () => {
    const { code, stderr } = await runCli(['schema', 'sinks']);
    assert.equal(code, 104);
    assert.match(stderr, /"sinks".*"scenario", "experiment", "behaviours"/);
  });

  test('a reader that goes away is no error', async () => {
    const under = ['sh', '-c', '"$@" | head -c 1 >/dev/null', 'sh'];
    const { stderr } = await runCli(['schema'], { under });
    assert.equal(stderr, '');
  });
});
