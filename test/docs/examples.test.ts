import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ScenarioFlags } from '#src/scenario/overrides.js';
import { runCli } from '../cli.js';
import { load, places } from '../scenario/load.js';
import { around } from './around.js';
import { anchorsOf, codeBlocks, linksOf, mailbenchCommands } from './markdown.js';

const root = new URL('../../', import.meta.url);
const pages = ['README.md', 'reports/README.md', ...docsPages()].map((path) => ({
  path,
  text: readFileSync(new URL(path, root), 'utf8'),
}));

test('every YAML example in the documentation is a scenario that loads', () => {
  const blocks = examples('yaml');
  assert.ok(blocks.length >= 5, `only ${blocks.length} found`);
  const faults = blocks.flatMap(({ place, text }) =>
    places(text, around).map((fault) => `${place}: ${fault}`),
  );
  assert.deepEqual(faults, []);
});

test('YAML that is no scenario says what it is', () => {
  const infos = new Set(pages.flatMap(({ text }) => codeBlocks(text).map(({ info }) => info)));
  assert.deepEqual([...infos].sort(), [
    '',
    'sh',
    'ts',
    'yaml',
    'yaml behaviours',
    'yaml experiment',
    'yaml workflow',
  ]);
});

test('every command line in the documentation uses a command that exists, and its flags', async () => {
  const commands = examples('sh').flatMap(({ place, text }) =>
    mailbenchCommands(text).map((words) => ({ place, words })),
  );
  assert.ok(commands.length >= 15, `only ${commands.length} found`);
  const known = await knownFlags();
  const faults = commands.flatMap(({ place, words: [name = '', ...rest] }) => {
    const flags = known.get(name);
    if (flags === undefined) return [`${place}: there is no command ${name}`];
    return flagsOf(rest).flatMap((flag) => (flags.has(flag) ? [] : [`${place}: ${name} has no --${flag}`]));
  });
  assert.deepEqual(faults, []);
});

test('every run in the documentation that needs no file of the reader would start', () => {
  const runs = examples('sh').flatMap(({ place, text }) =>
    mailbenchCommands(text).flatMap(([name, ...words]) => (name === 'run' ? [{ place, words }] : [])),
  );
  let tried = 0;
  for (const { place, words } of runs) {
    const { file, flags } = readRun(words);
    // Code is tried in e2e/code.test.ts.
    if (file !== null && (!file.startsWith('scenarios/') || file.endsWith('.ts'))) continue;
    const text = file === null ? null : readFileSync(new URL(file, root), 'utf8');
    assert.doesNotThrow(() => load(text, { ...around, flags }), `${place}: ${words.join(' ')}`);
    tried++;
  }
  assert.ok(tried >= 8, `only ${tried} tried`);
});

test('every link between the pages leads to a file, and to a heading of it', () => {
  const broken = pages.flatMap(({ path, text }) =>
    linksOf(text)
      .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(path, link))
      .map((link) => `${path}: ${link}`),
  );
  assert.deepEqual(broken, []);
});

test('commands are found behind variables and npx, with their quotes taken off', () => {
  const shell = `A=1 B= mailbench run a.yaml --set 'x={a: 1}' | head\nnpx mailbench run # why\necho mailbench\nmailbench`;
  assert.deepEqual(mailbenchCommands(shell), [['run', 'a.yaml', '--set', 'x={a: 1}'], ['run'], []]);
});

function docsPages(): string[] {
  const entries = readdirSync(new URL('docs/', root));
  return entries.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
}

function examples(info: string): { place: string; text: string }[] {
  return pages.flatMap(({ path, text }) =>
    codeBlocks(text)
      .filter((block) => block.info === info)
      .map((block) => ({ place: `${path}:${block.line}`, text: block.text })),
  );
}

/** Flags of each command, as its `--help` lists them. */
async function knownFlags(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { stdout } = await runCli(['--help']);
  const names = [...stdout.matchAll(/^ {2}mailbench (\w+).* {2}\S/gm)].map((match) => match[1] ?? '');
  const known = new Map<string, ReadonlySet<string>>();
  for (const name of names) {
    const listed = (await runCli([name, '--help'])).stdout.split('Examples:')[0] ?? '';
    const flags = [...listed.matchAll(/^\s+(?:-\w, )?--([a-z-]+)/gm)].map((match) => match[1] ?? '');
    known.set(name, new Set(flags));
  }
  return known;
}

function flagsOf(words: readonly string[]): string[] {
  return words
    .filter((word) => word.startsWith('--'))
    .map((word) => word.replace(/^--(?:no-)?/, '').replace(/=.*$/s, ''));
}

/** The words of `mailbench run` as what loadScenario takes; flags that touch no scenario are passed over. */
function readRun(words: readonly string[]): { file: string | null; flags: ScenarioFlags } {
  const flags: Record<string, string | boolean | string[]> = {};
  let file: string | null = null;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const key = word.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (!word.startsWith('--')) file = word;
    else if (['authorized', 'quiet', 'color', 'noColor', 'explain', 'json'].includes(key)) flags[key] = true;
    else {
      const value = words[++at] ?? '';
      const before = flags[key];
      const isList = key === 'set' || key === 'tag';
      flags[key] = isList ? [...(Array.isArray(before) ? before : []), value] : value;
    }
  }
  return { file, flags };
}

function leadsSomewhere(from: string, link: string): boolean {
  const [path = '', anchor = ''] = link.split('#');
  const url = path === '' ? new URL(from, root) : new URL(path, new URL(from, root));
  try {
    if (anchor === '') return readableOrFolder(url);
    return anchorsOf(readFileSync(url, 'utf8')).includes(anchor);
  } catch {
    return false;
  }
}

function readableOrFolder(url: URL): boolean {
  try {
    readFileSync(url);
    return true;
  } catch {
    return readdirSync(fileURLToPath(url)).length > 0;
  }
}
