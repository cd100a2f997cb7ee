import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listing } from '#src/cli/init-command.js';
import { companionsOf, libraryScenarios } from '#src/cli/library.js';
import { columns } from '#src/report/terminal.js';
import { runCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('mailbench init', { concurrency: 2 }, () => {
  test('lists every scenario of the library with what it is for, and asks nothing', async () => {
    const { code, stdout, stderr } = await runCli(['init']);
    assert.deepEqual([code, stderr], [0, '']);
    const names = readdirSync(join(root, 'scenarios')).flatMap(
      (file) => /^(.*)\.(?:yaml|ts)$/.exec(file)?.[1] ?? [],
    );
    for (const name of names) assert.match(stdout, new RegExp(`^ {2}${name} {2,}[A-Z]`, 'm'));
    assert.match(stdout, /^Write one of them: mailbench init NAME \[FILE\]$/m);
  });

  for (const { name, path } of libraryScenarios()) {
    const mine = `own/mine${extname(path)}`;
    test(`${name} is written with all that it needs, and can be run where it stands`, async (t) => {
      const cwd = await temporaryDir(t);
      const { code, stdout, stderr } = await runCli(['init', name, mine], { cwd });
      assert.equal(code, 0, stderr);
      const text = readFileSync(join(cwd, mine), 'utf8');
      assert.match(text, /^(?:# |\/\*\*)/, 'with its comments');
      assert.doesNotMatch(text, /scenarios\/[\w-]+\.(?:yaml|ts)/, 'which name the new file');
      assert.match(stdout, new RegExp(`^wrote ${mine}$`, 'm'));
      assert.match(stdout, new RegExp(`^ {2}mailbench run ${mine}$`, 'm'));
      const valid = await runCli(['validate', mine], { cwd });
      assert.equal(valid.code, 0, valid.stderr);
    });
  }

  test('without a file it is written under its own name, and into a folder that is named', async (t) => {
    const cwd = await temporaryDir(t);
    mkdirSync(join(cwd, 'folder'));
    assert.equal((await runCli(['init', 'smoke'], { cwd })).code, 0);
    assert.equal((await runCli(['init', 'smoke', 'folder'], { cwd })).code, 0);
    assert.ok(existsSync(join(cwd, 'smoke.yaml')) && existsSync(join(cwd, 'folder/smoke.yaml')));
  });

  test('nothing is overwritten without --force, nor is anything else written then', async (t) => {
    const cwd = await temporaryDir(t);
    const [behaviours] = await companionsOf(libraryScenarios().find(({ name }) => name === 'reliability')!);
    const beside = join(cwd, behaviours!.path);
    mkdirSync(join(beside, '..'), { recursive: true });
    writeFileSync(beside, 'mine');
    const refused = await runCli(['init', 'reliability'], { cwd });
    assert.equal(refused.code, 104);
    assert.match(refused.stderr, /behaviours\/\S+ exists already \[INIT_FILE_EXISTS\]\n.*--force/);
    assert.deepEqual(readdirSync(cwd), ['behaviours']);
    writeFileSync(beside, behaviours!.content);
    assert.equal((await runCli(['init', 'reliability'], { cwd })).code, 0, 'what is the same is no obstacle');
    assert.equal((await runCli(['init', 'reliability'], { cwd })).code, 104, 'but the scenario is');
    writeFileSync(beside, 'mine');
    assert.equal((await runCli(['init', 'reliability', '--force'], { cwd })).code, 0);
    assert.deepEqual(readFileSync(beside), behaviours!.content);
  });

  test('a link that leads nowhere is not followed, and a folder that cannot be made is told', async (t) => {
    const cwd = await temporaryDir(t);
    symlinkSync('elsewhere.yaml', join(cwd, 'smoke.yaml'));
    const linked = await runCli(['init', 'smoke'], { cwd });
    assert.deepEqual([linked.code, existsSync(join(cwd, 'elsewhere.yaml'))], [1, false]);
    const nowhere = await runCli(['init', 'smoke', '/proc/mailbench/smoke.yaml'], { cwd });
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /INIT_WRITE_FAILED/);
  });

  test('code does not go into a file that is read as YAML', async (t) => {
    const cwd = await temporaryDir(t);
    const { code, stderr } = await runCli(['init', 'smoke', 'smoke.ts'], { cwd });
    assert.equal(code, 104);
    assert.match(stderr, /INIT_FILE_KIND\]\n.*ending \.yaml/);
  });

  test('a name that is not there is told with the one that was meant', async () => {
    const { code, stderr } = await runCli(['init', 'somke']);
    assert.equal(code, 104);
    assert.match(stderr, /no scenario somke.* \[INIT_NAME_UNKNOWN\]\n.*Did you mean `smoke`\?/);
  });

  test('through npx the next command has npx in it', async (t) => {
    const cwd = await temporaryDir(t);
    const { stdout } = await runCli(['init', 'smoke', "it's.yaml"], { cwd, env: { npm_command: 'exec' } });
    assert.match(stdout, /^ {2}npx mailbench run 'it'\\''s\.yaml'$/m);
  });
});

test('the list fits a narrow window', () => {
  const lines = listing(libraryScenarios(), 44).split('\n');
  assert.deepEqual(
    lines.filter((line) => columns(line) > 44).filter((line) => !line.startsWith('Write')),
    [],
  );
});

test('files outside of the library do not come along', async (t) => {
  const folder = await temporaryDir(t);
  writeFileSync(join(folder, 'a.txt'), 'a');
  const template = { subject: 's', text: 't', attachments: [{ path: 'a.txt' }] };
  const path = join(folder, 's.yaml');
  writeFileSync(path, JSON.stringify({ messages: [{ template }] }));
  assert.deepEqual(await companionsOf({ name: 's', path, purpose: '' }), []);
});

test('what is published holds the library with all its files', async () => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const listed = execFileSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [pack] = JSON.parse(listed) as [{ files: { path: string }[] }];
  const paths = new Set(pack.files.map(({ path }) => path));
  for (const scenario of libraryScenarios()) {
    const files = [
      scenario.path.slice(root.length),
      ...(await companionsOf(scenario)).map(({ path }) => `scenarios/${path}`),
    ];
    assert.deepEqual(
      files.filter((file) => !paths.has(file)),
      [],
      scenario.name,
    );
  }
});
